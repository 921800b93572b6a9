import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { Metrics } from '@app/kit';
import { ImError } from '@app/protocol';
import type { RateLimit, RateLimiter } from '@app/rate-limit';
import { frameLimitOf } from '../frame-limit';
import { CONFIG } from '../infra/config';
import { RATE_LIMITER } from '../infra/infra.module';

/** How many REST requests a user may make: as many as one connection may send frames. */
@Injectable()
export class RequestLimit {
  private readonly limit: RateLimit;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
  ) {
    this.limit = frameLimitOf(config);
  }

  /** Counts a request. Throws `RATE_LIMIT`. */
  async take(userId: string): Promise<void> {
    const waitMs = await this.limiter.take(`request:${userId}`, this.limit);
    if (waitMs === 0) return;
    this.metrics.rateLimited.inc({ limit: 'requests' });
    throw new ImError('RATE_LIMIT', 'too many requests', { retryAfterMs: waitMs });
  }
}
