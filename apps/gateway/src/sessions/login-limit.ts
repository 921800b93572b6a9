import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { Lane, Metrics } from '@app/kit';
import { ImError } from '@app/protocol';
import type { RateLimit, RateLimiter } from '@app/rate-limit';
import { CONFIG } from '../infra/config';
import { RATE_LIMITER } from '../infra/infra.module';

/** Attempts for one user name that may wait for each other. */
const maxWaiting = 100;

/** How often somebody may try to log in. Failures count against the user name, every attempt against the address. */
@Injectable()
export class LoginLimit {
  /** Attempts for one name take turns, so that guesses sent at once are counted one after another and good logins are not. */
  private readonly turns = new Map<string, Lane>();
  private readonly failures: RateLimit;
  private readonly perAddress: RateLimit;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
  ) {
    const { loginFailuresPerMinute, loginsPerAddressPerMinute } = config.auth;
    this.failures = { perSecond: loginFailuresPerMinute / 60, burst: loginFailuresPerMinute };
    this.perAddress = { perSecond: loginsPerAddressPerMinute / 60, burst: loginsPerAddressPerMinute };
  }

  /**
   * Runs `compare` in its turn; `undefined` from it is a wrong password. Throws `RATE_LIMIT`, `UNAVAILABLE` when too many wait, and what
   * `compare` throws, which counts as no attempt.
   */
  async attempt<T>(username: string, address: string, compare: () => Promise<T | undefined>): Promise<T | undefined> {
    const turn = this.turns.get(username) ?? new Lane();
    if (turn.length >= maxWaiting) throw new ImError('UNAVAILABLE');
    this.turns.set(username, turn);
    try {
      return await turn.run(() => this.counted(username, address, compare));
    } finally {
      if (turn.length === 0) this.turns.delete(username);
    }
  }

  private async counted<T>(username: string, address: string, compare: () => Promise<T | undefined>): Promise<T | undefined> {
    const failure = { key: `login:${username}`, limit: this.failures };
    const waitMs = await this.limiter.takeAll([failure, { key: `login-from:${address}`, limit: this.perAddress }]);
    if (waitMs > 0) {
      this.metrics.rateLimited.inc({ limit: 'login' });
      throw new ImError('RATE_LIMIT', 'too many attempts, wait a little', { retryAfterMs: waitMs });
    }
    let wrong = false;
    try {
      const found = await compare();
      wrong = found === undefined;
      return found;
    } finally {
      if (!wrong) await this.limiter.giveBack(failure.key, failure.limit);
    }
  }
}
