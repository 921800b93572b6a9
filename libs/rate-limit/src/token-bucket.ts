/** How often something may happen: `perSecond` on average, `burst` at once. Both are counted in tokens and may be fractions. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  /**
   * How many tokens a limiter that asks others may take ahead of need in one go, so that it need not ask each time. Default none. The
   * same for all who use the key; within one process it means nothing.
   */
  readonly lot?: number;
}

/**
 * A bucket of tokens in this process, full at first, filling at `perSecond` up to `burst`. Cheap enough to be asked for every frame.
 *
 * The clock gives milliseconds. A clock that goes back neither adds nor removes tokens: filling goes on from its new time.
 * With whole numbers for `perSecond` and `burst` the count is exact.
 */
export class TokenBucket {
  // In thousandths of a token, so that a whole rate gives a whole number every millisecond and nothing is lost to rounding.
  private level: number;
  private levelAt: number;

  /** `limit` may be replaced; what is above the new burst is lost with the next call. */
  constructor(
    public limit: RateLimit,
    private readonly now: () => number,
  ) {
    this.level = limit.burst * 1000;
    this.levelAt = Math.floor(now());
  }

  /**
   * Takes `n` tokens and returns 0, or takes nothing and returns after how many milliseconds (a whole number, at least 1) they would be
   * there. More than `burst` are never there: `Infinity`.
   */
  take(n = 1): number {
    this.fill();
    const wanted = n * 1000;
    if (wanted <= this.level) {
      this.level -= wanted;
      return 0;
    }
    return n > this.limit.burst ? Infinity : this.untilLevel(wanted);
  }

  /** Puts `n` tokens back, as if they had not been taken. */
  giveBack(n = 1): void {
    this.level += n * 1000;
    this.fill();
  }

  /** Lets `n` tokens be there no sooner than in `waitMs`, because somebody who knows more of them says so. */
  holdBack(n: number, waitMs: number): void {
    this.fill();
    // One millisecond less: a clock elsewhere ticks at other moments.
    this.level = Math.min(this.level, n * 1000 - (waitMs - 1) * this.limit.perSecond);
  }

  /** True when it holds all it can, and is thus no different from a new one. */
  get full(): boolean {
    this.fill();
    return this.level === this.limit.burst * 1000;
  }

  private fill(): void {
    const now = Math.floor(this.now());
    const filled = this.level + Math.max(0, now - this.levelAt) * this.limit.perSecond;
    this.level = Math.min(this.limit.burst * 1000, filled);
    this.levelAt = now;
  }

  private untilLevel(wanted: number): number {
    return Math.max(1, Math.ceil((wanted - this.level) / this.limit.perSecond));
  }
}
