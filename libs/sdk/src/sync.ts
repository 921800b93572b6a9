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
  /** The token of the last round that came to its end. */
  token: string | undefined;
  private generation = 0;
  private running = false;
  private again = false;
  private cancelRetry: Cancel = () => undefined;

  constructor(private readonly parts: SyncParts) {}

  /** Runs a round now, or after the one that runs. */
  run(): void {
    if (this.running) this.again = true;
    else void this.round();
  }

  /** The connection has gone; the round that runs counts for nothing. */
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
    let since = this.token;
    for (let more = true; more;) {
      const page = await this.parts.ask('sync', since === undefined ? {} : { since });
      if (generation !== this.generation) return;
      const { next, hasMore, ...sections } = page;
      this.parts.take(sections);
      since = next;
      more = hasMore;
    }
    this.token = since;
    this.parts.done();
  }

  private failed(error: unknown): void {
    const code = codeOf(error);
    if (code === 'DISCONNECTED' || code === 'CLOSED') return;
    this.running = false;
    // A token that this store does not know: everything is listed once more.
    if (code === 'BAD_REQUEST' && this.token !== undefined) {
      this.token = undefined;
      return this.run();
    }
    if (!isPassing(error)) return this.parts.report(error);
    this.cancelRetry = this.parts.timers.after(error.retryAfterMs ?? this.parts.backoff.next(), () => this.run());
  }
}
