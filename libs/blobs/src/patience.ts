/** Ends what waits for another side that does nothing: one limit for each time that it is waited for. */
export class Patience {
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** Aborted when the other side was waited for too long, or by `end`. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** From now on it is the other side's turn. */
  begin(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abort.abort(), this.ms);
  }

  /** It has done something. */
  rest(): void {
    clearTimeout(this.timer);
  }

  /** Stops the request, if it still runs. */
  end(): void {
    this.rest();
    this.abort.abort();
  }
}
