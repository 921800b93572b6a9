import { eventually } from '@app/testing';
import { limiterConnector } from './redis-connector';
import { RedisRateLimiter, type RedisRateLimiterOptions } from './redis.rate-limiter';

/** A busy machine may be slow; what is tested is what Redis decides. */
export const patient = { answerMs: 5_000, readyMs: 20_000 };

/** A limiter over the Redis of a URL, with what it tells, for the tests of what it promises. */
export class Gateway {
  readonly limiter: RedisRateLimiter;
  readonly troubles: string[] = [];
  fallbacks = 0;
  opened = 0;

  constructor(url: string, options: Partial<RedisRateLimiterOptions> = {}) {
    const connect = limiterConnector(url);
    this.limiter = new RedisRateLimiter({
      connect: () => {
        this.opened++;
        return connect();
      },
      prefix: 'test:',
      timings: patient,
      onFallback: () => this.fallbacks++,
      onTrouble: ({ message }) => this.troubles.push(message),
      ...options,
    });
  }

  /** Waits until Redis decides. */
  async joined(): Promise<this> {
    const probe = { perSecond: 1_000_000, burst: 1_000_000 };
    await eventually(
      async () => {
        const before = this.fallbacks;
        await this.limiter.take('probe', probe);
        return before === this.fallbacks;
      },
      () => 'Redis to decide',
    );
    this.fallbacks = 0;
    return this;
  }
}
