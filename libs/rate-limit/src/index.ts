export { InProcessRateLimiter } from './in-process.rate-limiter';
export type { RateLimiter } from './rate-limiter';
export { limiterConnector } from './redis-connector';
export { RedisLink } from './redis-link';
export { RedisRateLimiter } from './redis.rate-limiter';
export { type RateLimit, TokenBucket } from './token-bucket';
