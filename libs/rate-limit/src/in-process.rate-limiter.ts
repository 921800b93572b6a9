import { type RateLimiter, type RateRequest } from './rate-limiter';
import { type RateLimit, TokenBucket } from './token-bucket';

const sweepEveryMs = 10_000;
const bucketsPerStep = 100;

/**
 * The `RateLimiter` of one process; every answer is synchronous. The clock gives milliseconds and should be monotone.
 *
 * Memory follows the buckets that are not full. Every 10 s a sweep forgets the full ones, a hundred with each call, so that a million
 * idle keys are gone after ten thousand calls and no call waits for them.
 */
export class InProcessRateLimiter implements RateLimiter {
  private readonly buckets = new Map<string, TokenBucket>();
  private sweep: Iterator<[string, TokenBucket]> | undefined;
  private nextSweepAt: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.nextSweepAt = now() + sweepEveryMs;
  }

  /** How many buckets are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  take(key: string, limit: RateLimit, n = 1): number {
    this.sweepOn();
    return this.bucket(key, limit).take(n);
  }

  takeAll(requests: readonly RateRequest[]): number {
    this.sweepOn();
    // A wait does not depend on what the others answer, so that every bucket is asked and the longest wait is known in one go.
    const waits = requests.map(({ key, limit, n }) => this.bucket(key, limit).take(n));
    const longest = Math.max(0, ...waits);
    if (longest > 0) {
      requests.forEach(({ key, limit, n }, index) => {
        if (waits[index] === 0) this.bucket(key, limit).giveBack(n);
      });
    }
    return longest;
  }

  giveBack(key: string, limit: RateLimit, n = 1): void {
    // A bucket that is not remembered is full.
    if (this.buckets.has(key)) this.bucket(key, limit).giveBack(n);
  }

  /** Lets `n` tokens of a key be there no sooner than in `waitMs`, because somebody who knows more of them says so. */
  holdBack(key: string, limit: RateLimit, n: number, waitMs: number): void {
    this.bucket(key, limit).holdBack(n, waitMs);
  }

  close(): void {
    this.sweep = undefined;
    this.buckets.clear();
  }

  private bucket(key: string, limit: RateLimit): TokenBucket {
    let bucket = this.buckets.get(key);
    if (!bucket) this.buckets.set(key, (bucket = new TokenBucket(limit, this.now)));
    bucket.limit = limit;
    return bucket;
  }

  /** One step of a sweep. A Map's iterator bears deletions and additions, so it may rest between two calls. */
  private sweepOn(): void {
    if (!this.sweep) {
      const now = this.now();
      if (now < this.nextSweepAt) return;
      this.nextSweepAt = now + sweepEveryMs;
      this.sweep = this.buckets.entries();
    }
    for (let step = 0; step < bucketsPerStep; step++) {
      const next = this.sweep.next();
      if (next.done) {
        this.sweep = undefined;
        return;
      }
      const [key, bucket] = next.value;
      if (bucket.full) this.buckets.delete(key);
    }
  }
}
