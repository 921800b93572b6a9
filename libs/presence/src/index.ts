export { InProcessPresence } from './in-process.presence';
export type { Device, Presence, PresenceTimings } from './presence';
export { RedisPresence } from './redis.presence';
export { RedisRoll } from './redis.roll';
export type { Located, Roll } from './roll';
