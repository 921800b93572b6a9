import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Clock } from '@app/kit';
import { type LiveSession, SessionStore } from '@app/storage';
import { CLOCK } from '../infra/infra.module';

const cachedMs = 10_000;
const maxBatch = 500;

interface Waiting {
  resolve(session: LiveSession | undefined): void;
  reject(error: unknown): void;
}

/** Reads sessions: what is asked in one turn of the event loop is one query, and an answer counts for at most ten seconds. */
@Injectable()
export class SessionReader {
  private readonly cached = new LRUCache<string, { session: LiveSession | undefined; at: number }>({ max: 100_000 });
  private readonly ended = new LRUCache<string, true>({ max: 100_000 });
  private waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly sessions: SessionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The session, or `undefined` if there is none. */
  read(id: string): Promise<LiveSession | undefined> {
    const known = this.cached.get(id);
    if (known && this.clock.now() - known.at < cachedMs) return Promise.resolve(known.session);
    return new Promise((resolve, reject) => {
      if (this.waiting.size === 0) setImmediate(() => void this.readWaiting());
      const others = this.waiting.get(id);
      if (others) others.push({ resolve, reject });
      else this.waiting.set(id, [{ resolve, reject }]);
    });
  }

  /** Remembers that a session was ended, whatever a read that is under way brings. */
  end(id: string): void {
    this.ended.set(id, true);
    this.cached.delete(id);
  }

  /** Whether this gateway ended the session lately, or learnt that another one did. */
  hasEnded(id: string): boolean {
    return this.ended.has(id);
  }

  /** Lets the next read ask the store. */
  forget(id: string): void {
    this.cached.delete(id);
  }

  private async readWaiting(): Promise<void> {
    const { waiting } = this;
    this.waiting = new Map();
    const ids = [...waiting.keys()];
    for (let i = 0; i < ids.length; i += maxBatch) {
      const batch = ids.slice(i, i + maxBatch);
      // What is asked now may be answered late, and is then as old as the question.
      const at = this.clock.now();
      try {
        const found = new Map((await this.sessions.getMany(batch)).map((session) => [session.id, session]));
        for (const id of batch) {
          const session = found.get(id);
          // An unknown session is not remembered: its row may be on its way.
          if (session) this.cached.set(id, { session, at });
          for (const one of waiting.get(id) ?? []) one.resolve(session);
        }
      } catch (error) {
        for (const id of batch) for (const one of waiting.get(id) ?? []) one.reject(error);
      }
    }
  }
}
