import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Log } from '@app/kit';
import { ImError } from '@app/protocol';
import { PresenceStore, type Seen } from '@app/storage';
import type { Caller } from '../caller';
import { LOG } from '../infra/infra.module';

const rowsAtOnce = 500;

/** While the store is away, so many wait to be written; the oldest are forgotten. */
const maxWaiting = 100_000;

type Waiting = LRUCache<string, number>;

/** When users and sessions were last seen: gathered, and written for many at once. */
@Injectable()
export class LastSeen {
  private readonly users: Waiting = new LRUCache({ max: maxWaiting });
  private readonly sessions: Waiting = new LRUCache({ max: maxWaiting });

  constructor(
    private readonly store: PresenceStore,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Remembers that a user and a session were there until a time (milliseconds since 1970). */
  note({ userId, sessionId }: Pick<Caller, 'userId' | 'sessionId'>, at: number): void {
    noteLater(this.users, userId, at);
    if (sessionId !== null) noteLater(this.sessions, sessionId, at);
  }

  /** Writes what was noted. What a store that is away does not take is written the next time. */
  async write(): Promise<void> {
    while (this.users.size + this.sessions.size > 0) {
      const some = { users: take(this.users), sessions: take(this.sessions) };
      try {
        await this.store.write(some);
      } catch (error) {
        for (const { id, at } of some.users) noteLater(this.users, id, at);
        for (const { id, at } of some.sessions) noteLater(this.sessions, id, at);
        if (!(error instanceof ImError)) throw error;
        this.log.debug({ err: error }, 'it cannot be written who was last seen when');
        return;
      }
    }
  }
}

function noteLater(waiting: Waiting, id: string, at: number): void {
  waiting.set(id, Math.max(at, waiting.peek(id) ?? 0));
}

/** The oldest come first. */
function take(waiting: Waiting): Seen[] {
  const some: Seen[] = [];
  while (some.length < rowsAtOnce && waiting.size > 0) {
    const [id, at] = waiting.rentries().next().value as [string, number];
    waiting.delete(id);
    some.push({ id, at });
  }
  return some;
}
