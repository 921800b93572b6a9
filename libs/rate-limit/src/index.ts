export { InProcessRateLimiter } from './in-process.rate-limiter';
export type { RateLimiter, RateRequest } from './rate-limiter';
export { type LimiterClient, type LimiterConnector, limiterClientOptions, limiterConnector } from './redis-connector';
export { RedisRateLimiter, type RedisRateLimiterOptions } from './redis.rate-limiter';
export { type RateLimit, TokenBucket } from './token-bucket';
