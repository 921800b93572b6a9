import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { Metrics } from '@app/kit';
import { ImError } from '@app/protocol';
import type { RateLimit, RateLimiter } from '@app/rate-limit';
import { frameLimitOf } from './frame-limit';
import { CONFIG } from './infra/config';
import { RATE_LIMITER } from './infra/infra.module';

/** Tokens that a gateway takes ahead at most. */
const maxLot = 50;

/** How many REST requests a user may make: as many as one connection may send frames. */
@Injectable()
export class RequestLimit {
  private readonly limit: RateLimit;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
  ) {
    const limit = frameLimitOf(config);
    this.limit = { ...limit, lot: Math.min(maxLot, Math.floor(limit.burst / 20)) };
  }

  /** Counts a request. Throws `RATE_LIMIT`. */
  async take(userId: string): Promise<void> {
    const waitMs = await this.limiter.take(`request:${userId}`, this.limit);
    if (waitMs === 0) return;
    this.metrics.rateLimited.inc({ limit: 'requests' });
    throw new ImError('RATE_LIMIT', 'too many requests', { retryAfterMs: waitMs });
  }
}
