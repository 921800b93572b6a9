const periodMs = 10_000;

/**
 * Keeps a trouble that comes with every request from filling the log. The first time is told at once; what follows is told together, at
 * most once in ten seconds, with how often it came since.
 */
export class Recurring<T> {
  private tellAgainAt = -Infinity;
  private times = 0;

  /** `tell` gets the latest one and how many it stands for; the clock gives milliseconds and does not go back. */
  constructor(
    private readonly tell: (latest: T, times: number) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one in. */
  happened(one: T): void {
    this.times++;
    const now = this.now();
    if (now < this.tellAgainAt) return;
    this.tellAgainAt = now + periodMs;
    this.tell(one, this.times);
    this.times = 0;
  }
}
