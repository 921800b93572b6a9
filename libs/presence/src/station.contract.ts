import { RedisLink, limiterConnector } from '@app/rate-limit';
import { eventually } from '@app/testing';
import type { PresenceTimings } from './presence';
import { RedisPresence } from './redis.presence';

/** A clock that is real runs on while a busy machine is slow. */
export const slowTimings: PresenceTimings = { ttlMs: 2_000, graceMs: 1_000 };
/** So long that nothing expires in a test that does not wait for it. */
export const longTimings: PresenceTimings = { ttlMs: 600_000, graceMs: 600_000 };

/** A gateway's presence over the Redis of a URL, with what it tells, for the tests of what it promises. */
export class Station {
  readonly presence: RedisPresence;
  readonly link: RedisLink;
  readonly troubles: string[] = [];

  constructor(url: string, prefix: string, timings: PresenceTimings = longTimings) {
    this.link = new RedisLink({
      connect: limiterConnector(url, 'parley-presence'),
      timings: { answerMs: 5_000, readyMs: 20_000, pauseMs: 50 },
      trouble: ({ message }) => this.troubles.push(message),
    });
    this.presence = new RedisPresence({ link: this.link, prefix, timings });
  }

  /** Waits until Redis can be asked. */
  async joined(): Promise<this> {
    await eventually(
      () => this.link.up,
      () => 'Redis to answer',
    );
    return this;
  }

  /** The user's devices that are here. */
  async devicesOf(userId: string): Promise<string[]> {
    return [...((await this.presence.look([userId])).get(userId) ?? [])].sort();
  }
}

/** Lets a real clock run. Timers may be a millisecond early, and the clock of Redis ticks at other moments. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms + 2));
