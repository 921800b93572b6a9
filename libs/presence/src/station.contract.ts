import { randomUUID } from 'node:crypto';
import { RedisLink, limiterConnector } from '@app/rate-limit';
import { eventually } from '@app/testing';
import type { PresenceTimings } from './presence';
import { RedisPresence } from './redis.presence';
import { RedisRoll } from './redis.roll';

/** A clock that is real runs on while a busy machine is slow. */
export const slowTimings: PresenceTimings = { ttlMs: 2_000, graceMs: 1_000 };
/** So long that nothing expires in a test that does not wait for it. */
export const longTimings: PresenceTimings = { ttlMs: 600_000, graceMs: 600_000 };

/** A gateway's presence over the Redis of a URL, with what it tells, for the tests of what it promises. */
export class Station {
  readonly presence: RedisPresence;
  readonly link: RedisLink;
  readonly troubles: string[] = [];

  constructor(url: string, prefix: string, timings: PresenceTimings = longTimings, holder: string = randomUUID()) {
    this.link = openLink(url, (message) => this.troubles.push(message));
    this.presence = new RedisPresence({ link: this.link, prefix, timings, holder });
  }

  /** Waits until Redis can be asked. */
  async joined(): Promise<this> {
    await joined(this.link);
    return this;
  }

  /** The user's devices that are here. */
  async devicesOf(userId: string): Promise<string[]> {
    return [...((await this.presence.look([userId])).get(userId) ?? [])].sort();
  }
}

/** A roll over the Redis of a URL, once it can be asked. */
export async function openRoll(url: string, prefix: string): Promise<RedisRoll> {
  const link = openLink(url);
  await joined(link);
  return new RedisRoll({ link, prefix });
}

/** Lets a real clock run. Timers may be early, and the clock of Redis was seen six milliseconds behind on a busy machine. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms + 20));

const openLink = (url: string, trouble: (message: string) => void = () => undefined): RedisLink =>
  new RedisLink({
    connect: limiterConnector(url, 'parley-presence'),
    timings: { answerMs: 5_000, readyMs: 20_000, pauseMs: 50 },
    trouble: ({ message }) => trouble(message),
  });

const joined = (link: RedisLink): Promise<void> =>
  eventually(
    () => link.up,
    () => 'Redis to answer',
  );
