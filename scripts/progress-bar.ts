const width = 30;

/** Where a stream of text goes: a terminal can draw over its last line. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How far a count has come: a bar that is drawn again and again on a terminal, and a line for every tenth elsewhere. */
export class ProgressBar {
  private begunAt: number;
  private begun = 0;
  private tenths = 0;
  private drawn = false;

  /** `now` is in ms. */
  constructor(
    private readonly out: Output,
    private readonly what: string,
    private readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.begunAt = now();
  }

  /** So many were there already: they say nothing of the pace. */
  skip(done: number): void {
    this.begunAt = this.now();
    this.begun = done;
    this.tenths = this.tenthOf(done);
  }

  /** So many are there by now. */
  show(done: number): void {
    const line = this.line(done);
    if (this.out.isTTY) {
      this.drawn = true;
      const full = Math.round((width * done) / this.total);
      this.out.write(`\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${line}\x1b[K`);
    } else if (this.tenthOf(done) > this.tenths) {
      this.out.write(`${line}\n`);
    }
    this.tenths = this.tenthOf(done);
  }

  /** What is written next begins a line of its own. */
  end(): void {
    if (this.drawn) this.out.write('\n');
  }

  private tenthOf(done: number): number {
    return Math.floor((10 * done) / this.total);
  }

  private line(done: number): string {
    const seconds = Math.max(0.001, (this.now() - this.begunAt) / 1000);
    const rate = (done - this.begun) / seconds;
    const left = rate > 0 ? `${clock((this.total - done) / rate)} left` : 'beginning';
    const percent = `${Math.floor((100 * done) / this.total)} %`.padStart(5);
    return `${percent}  ${text(done)} of ${text(this.total)} ${this.what}, ${text(rate)}/s, ${left}`;
  }
}

/** A whole number with commas. */
export const text = (value: number): string => Math.round(value).toLocaleString('en');

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
