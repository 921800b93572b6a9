import type { Config } from '@app/config';
import { type Log, redisNames } from '@app/kit';
import { InProcessPresence, type Presence, type PresenceTimings, RedisPresence, RedisRoll, type Roll } from '@app/presence';
import { RedisLink, limiterConnector } from '@app/rate-limit';
import type { Database } from '@app/storage';

interface Outside {
  readonly database: Database;
  readonly log: Log;
}

/** However slow the heartbeat is, a gateway that was killed leaves no ghosts for longer than twice this many milliseconds. */
const slowestBeatMs = 30_000;

/** How long devices stay connected by what a gateway said of them: two heartbeats, and a reconnect is quiet for up to five seconds. */
export function presenceTimings({ heartbeatMs }: Config): PresenceTimings {
  const beatMs = Math.min(heartbeatMs, slowestBeatMs);
  return { ttlMs: 2 * beatMs, graceMs: Math.min(5_000, Math.round(beatMs / 5)) };
}

/** Who is connected, shared with the other gateways on the same store when there is a Redis; the link to it may still be down. */
export function openPresence(config: Config, { database, log }: Outside, gatewayId: string): Presence {
  const timings = presenceTimings(config);
  if (config.redisUrl === '') return new InProcessPresence({ timings, holder: gatewayId });
  const link = new RedisLink({
    connect: limiterConnector(config.redisUrl, 'parley-presence'),
    timings: { answerMs: 1_000, readyMs: 2_000, pauseMs: 1_000 },
    trouble: (error) => log.warn({ err: error }, 'Redis cannot be asked who is connected, each gateway tells of itself'),
  });
  return new RedisPresence({ link, prefix: redisNames(config.redisPrefix, database.id).presence, timings, holder: gatewayId });
}

/** Who is connected to which gateway; a gateway alone knows by its own presence. */
export function openRoll(config: Config, { database, log }: Outside, presence: Presence): Roll {
  if (presence instanceof InProcessPresence) return presence;
  const link = new RedisLink({
    connect: limiterConnector(config.redisUrl, 'parley-roll'),
    timings: { answerMs: 2_000, readyMs: 2_000, pauseMs: 1_000 },
    trouble: (error) => log.warn({ err: error }, 'Redis cannot be asked who is connected where, groups wait'),
  });
  return new RedisRoll({ link, prefix: redisNames(config.redisPrefix, database.id).presence });
}
