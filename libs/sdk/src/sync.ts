import type { Backoff } from './backoff';
import { codeOf, isPassing } from './errors';
import type { Cancel, Timers } from './timers';
import type { Ask, SyncSections } from './wire';

/** What a sync works with. */
export interface SyncParts {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly backoff: Backoff;
  readonly take: (page: SyncSections) => void;
  /** A round has come to its end. */
  readonly done: () => void;
  readonly report: (error: unknown) => void;
}

/** Asks for what changed since the last time, page by page; a request that comes meanwhile is served by one more round. */
export class Sync {
  private finished: string | undefined;
  /** Where a round that has begun goes on: what its pages told is not told again, and nor is what ended since. */
  private place: string | undefined;
  private generation = 0;
  private running = false;
  private again = false;
  private cancelRetry: Cancel = () => undefined;

  constructor(private readonly parts: SyncParts) {}

  /** The token of the last round that came to its end. */
  get token(): string | undefined {
    return this.finished;
  }

  /** Begins anew, after what a token stands for or with everything. */
  restart(token?: string): void {
    this.finished = token;
    this.place = undefined;
  }

  /** Runs a round now, or after the one that runs. */
  run(): void {
    if (this.running) this.again = true;
    else void this.round();
  }

  /** The connection has gone; the round goes on with the page that was not answered. */
  stop(): void {
    this.generation++;
    this.running = this.again = false;
    this.cancelRetry();
  }

  private async round(): Promise<void> {
    const { generation } = this;
    this.running = true;
    this.again = false;
    try {
      await this.pages(generation);
      if (generation !== this.generation) return;
      this.running = false;
      this.parts.backoff.reset();
      if (this.again) this.run();
    } catch (error) {
      if (generation === this.generation) this.failed(error);
    }
  }

  private async pages(generation: number): Promise<void> {
    for (let more = true; more;) {
      const since = this.place ?? this.finished;
      const page = await this.parts.ask('sync', since === undefined ? {} : { since });
      if (generation !== this.generation) return;
      const { next, hasMore, ...sections } = page;
      this.parts.take(sections);
      this.place = next;
      more = hasMore;
    }
    this.restart(this.place);
    this.parts.done();
  }

  private failed(error: unknown): void {
    const code = codeOf(error);
    if (code === 'DISCONNECTED' || code === 'CLOSED') return;
    this.running = false;
    // A token that this store does not know: everything is listed once more.
    if (code === 'BAD_REQUEST' && (this.place ?? this.finished) !== undefined) {
      this.restart();
      return this.run();
    }
    if (!isPassing(error)) return this.parts.report(error);
    this.cancelRetry = this.parts.timers.after(error.retryAfterMs ?? this.parts.backoff.next(), () => this.run());
  }
}
