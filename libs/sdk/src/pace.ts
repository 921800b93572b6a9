/** How much slower than the server's bucket this one fills: two clocks never agree. */
const rateShare = 0.97;

/** How much of the server's burst is left unused: frames that were sent apart may arrive together. */
const burstShare = 0.8;

/** A token bucket a little tighter than the server's, so that sends wait here instead of being refused there. */
export class Pace {
  private perMs = 0;
  private burst = 0;
  private tokens = 0;
  private filledAt: number;
  private known = false;

  constructor(private readonly now: () => number) {
    this.filledAt = now();
  }

  /** Takes over the limits of a connection: sends per second, and how many at once. What was used up stays used up. */
  limit(sendQps: number, sendBurst: number): void {
    this.perMs = (sendQps * rateShare) / 1000;
    this.fill();
    this.burst = Math.max(1, Math.floor(sendBurst * burstShare));
    this.tokens = this.known ? Math.min(this.tokens, this.burst) : this.burst;
    this.known = true;
  }

  /** Takes one; answers 0, or how long to wait for the next one (ms). */
  take(): number {
    this.fill();
    if (this.tokens >= 1) {
      this.tokens--;
      return 0;
    }
    return Math.max(1, this.filledAt - this.now() + (1 - this.tokens) / this.perMs);
  }

  /** The server refused: its bucket has one in `ms`, whatever was counted here. */
  hold(ms: number): void {
    this.tokens = 0;
    // One is there when the time is over.
    this.filledAt = Math.max(this.filledAt, this.now() + ms - 1 / this.perMs);
  }

  private fill(): void {
    const now = this.now();
    // A clock that was set back must not take anything away, nor one in the future give anything.
    if (now <= this.filledAt) return;
    this.tokens = Math.min(this.burst, this.tokens + (now - this.filledAt) * this.perMs);
    this.filledAt = now;
  }
}
