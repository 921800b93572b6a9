export { InProcessRateLimiter } from './in-process.rate-limiter';
export type { RateLimiter, RateRequest } from './rate-limiter';
export { type RateLimit, TokenBucket } from './token-bucket';
