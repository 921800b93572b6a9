export type { Bus, BusListener, BusMessage } from './bus';
export { Exchange, InProcessBus } from './in-process.bus';
export { type DropReason, RedisBus, type RedisBusOptions } from './redis.bus';
export { redisConnector, type RedisConnector } from './redis-connector';
