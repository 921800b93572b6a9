export type { Bus, BusListener, BusMessage } from './bus';
export { Exchange, InProcessBus } from './in-process.bus';
export { RedisBus } from './redis.bus';
export { redisConnector } from './redis-connector';
