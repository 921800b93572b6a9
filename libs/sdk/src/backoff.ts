/** How long a client waits before it tries again. */
export interface BackoffOptions {
  /** The longest first wait (ms, default 500); it doubles with every failure. */
  readonly baseMs?: number;
  /** The longest wait of all (ms, default 30,000). */
  readonly capMs?: number;
}

/** Waits that grow with every failure, with full jitter: anything from 0 to the present ceiling, so that clients do not come at once. */
export class Backoff {
  private failures = 0;
  private readonly baseMs: number;
  private readonly capMs: number;

  constructor(
    { baseMs = 500, capMs = 30_000 }: BackoffOptions = {},
    private readonly random: () => number = Math.random,
  ) {
    this.baseMs = baseMs;
    this.capMs = capMs;
  }

  /** The next wait (ms). */
  next(): number {
    // Beyond that many doublings every sensible cap is reached, and the power stays a number.
    const ceiling = Math.min(this.capMs, this.baseMs * 2 ** Math.min(this.failures++, 30));
    return this.random() * ceiling;
  }

  /** Begins with short waits again. */
  reset(): void {
    this.failures = 0;
  }
}
