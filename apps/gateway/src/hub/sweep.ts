import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@app/kit';
import type { ChangeCursor, ChangedConversation } from '@app/storage';

/** The store as a sweep sees it. */
export interface SweepParts {
  /** The store's time, in milliseconds. */
  storeTime(): Promise<number>;
  /** Conversations that changed at or after `since` (store time) by the time of the change, after the place of the page before. */
  changedSince(since: number, after: ChangeCursor | undefined, limit: number): Promise<readonly ChangedConversation[]>;
  /** Told of every page that was found. */
  found(heads: readonly ChangedConversation[]): void;
  readonly log: Log;
  /** Milliseconds from one sweep to the next, about. */
  readonly everyMs: number;
}

/** Changes are looked for again this far back: they bear the time at which they were written, shortly before the commit. Milliseconds. */
const overlapMs = 10_000;
const pageSize = 1_000;

/**
 * Asks a store that other gateways write to what has changed: the bus may lose the last word of a conversation, and nothing after it
 * would show the hole. What a sweep costs follows what changed, not what is listened to.
 */
export class Sweep {
  private known = { storeTime: 0, at: 0 };
  private sweptAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private failing = false;
  private closed = false;

  constructor(private readonly parts: SweepParts) {}

  /** Learns the store's time and begins. Throws when the store cannot be asked. */
  async start(): Promise<void> {
    this.sweptAt = this.learn(await this.parts.storeTime());
    this.schedule();
  }

  /** The store's time, or a little before it, without asking. */
  get storeNow(): number {
    return this.known.storeTime + (performance.now() - this.known.at);
  }

  /** Sweeps at once, because something is likely to be missing. */
  soon(): void {
    if (this.sweptAt === 0 || this.closed) return;
    if (this.running) this.again = true;
    else this.sweep();
  }

  /** Asks no more. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    // Gateways that started together must not ask together.
    const wait = this.parts.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.sweep(), wait).unref();
  }

  private sweep(): void {
    clearTimeout(this.timer);
    this.running = this.pages()
      .then(() => {
        this.failing = false;
      })
      .catch((error: unknown) => {
        if (!this.failing && !this.closed) this.parts.log.warn({ err: error }, 'the store cannot be asked for changes, trying again');
        this.failing = true;
      })
      .then(() => {
        this.running = undefined;
        if (this.closed) return;
        if (this.again && !this.failing) this.sweep();
        else this.schedule();
        this.again = false;
      });
  }

  private async pages(): Promise<void> {
    const now = this.learn(await this.parts.storeTime());
    // A store whose clock went back, as after a change of its server, is asked by the earlier time.
    const since = Math.min(this.sweptAt, now) - overlapMs;
    let after: ChangeCursor | undefined;
    for (;;) {
      const heads = await this.parts.changedSince(since, after, pageSize);
      if (this.closed) return;
      if (heads.length > 0) this.parts.found(heads);
      const last = heads.at(-1);
      if (!last || heads.length < pageSize) break;
      after = { changedAt: last.changed_at, id: last.id };
      // A long list must not hold up what is live.
      await sleep(0);
    }
    this.sweptAt = now;
  }

  private learn(storeTime: number): number {
    this.known = { storeTime, at: performance.now() };
    return storeTime;
  }
}
