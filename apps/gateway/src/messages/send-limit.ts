import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { Metrics } from '@app/kit';
import { ImError } from '@app/protocol';
import type { RateLimit, RateLimiter } from '@app/rate-limit';
import type { Caller } from '../caller';
import { CONFIG } from '../infra/config';
import { RATE_LIMITER } from '../infra/infra.module';

/** A user with several devices may send this many times what one device may. */
const devicesPerUser = 4;

/** Tokens that a gateway takes ahead at most; a quarter of the burst where that is less, so that few are kept from other gateways. */
const maxLot = 50;

/** The buckets of `wsSendQPS` and `wsSendBurst`: one per user and device, and a wider one per user. */
@Injectable()
export class SendLimit {
  private readonly device: RateLimit;
  private readonly user: RateLimit;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
  ) {
    const { wsSendQPS, wsSendBurst } = config;
    const lot = Math.min(maxLot, Math.floor(wsSendBurst / 4));
    this.device = { perSecond: wsSendQPS, burst: wsSendBurst, lot };
    this.user = { perSecond: wsSendQPS * devicesPerUser, burst: wsSendBurst * devicesPerUser, lot };
  }

  /**
   * Takes one send from the caller's buckets: at once where tokens are at hand, which is mostly so, else over the network. Throws
   * `RATE_LIMIT`, or rejects with it.
   */
  take({ userId, deviceId }: Caller): void | Promise<void> {
    const waitMs = this.limiter.takeAll([
      { key: `send:${userId}:${deviceId ?? ''}`, limit: this.device },
      { key: `send:${userId}`, limit: this.user },
    ]);
    return waitMs instanceof Promise ? waitMs.then((ms) => this.check(ms)) : this.check(waitMs);
  }

  private check(waitMs: number): void {
    if (waitMs === 0) return;
    this.metrics.rateLimited.inc({ limit: 'send' });
    throw new ImError('RATE_LIMIT', 'you are sending too fast', { retryAfterMs: waitMs });
  }
}
