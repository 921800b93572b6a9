import { type RateLimit } from './token-bucket';

/** One of the buckets that `takeAll` takes from. */
export interface RateRequest {
  readonly key: string;
  readonly limit: RateLimit;
  /** Default 1. */
  readonly n?: number;
}

/**
 * Token buckets by key, full when first named. Whoever shares the limiter shares the buckets.
 *
 * Every answer is 0 when the tokens were taken, else the whole number of milliseconds (at least 1) after which they would be there; then
 * nothing was taken. `Infinity` means never: more than the burst was asked for. The limit travels with each call and applies at once; a key
 * is meant to keep to one.
 *
 * A bucket is forgotten when it would be full again, never before.
 */
export interface RateLimiter {
  /** Takes `n` tokens (default 1) from the bucket of this key. */
  take(key: string, limit: RateLimit, n?: number): Promise<number> | number;

  /** Takes from all buckets or from none, and answers the longest wait. A key that is named twice pays twice. */
  takeAll(requests: readonly RateRequest[]): Promise<number> | number;

  /** Puts back `n` tokens (default 1) that were taken for something that did not happen. Never fills above the burst. */
  giveBack(key: string, limit: RateLimit, n?: number): Promise<void> | void;

  /** Lets go of whatever it holds; it is not used afterwards. */
  close(): Promise<void> | void;
}
