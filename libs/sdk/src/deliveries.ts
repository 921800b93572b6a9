import type { Backoff } from './backoff';
import { codeOf, isPassing } from './errors';
import type { Cancel, Timers } from './timers';
import type { Ask, Entry } from './wire';

/** So many milliseconds pass between two words about one conversation. */
const intervalMs = 1_000;

/** What telling of deliveries works with. */
export interface DeliveriesParts {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly backoff: Backoff;
  readonly userId: () => string;
}

/**
 * Tells the server how far c2cs have come to this device: at most one word per conversation and second. What the connection took along, or
 * a failure that passes, is told again later.
 */
export class Deliveries {
  /** What is to be told, by conversation. */
  private readonly waiting = new Map<string, number>();
  /** The end of a conversation's rest. */
  private readonly resting = new Map<string, Cancel>();

  constructor(private readonly parts: DeliveriesParts) {}

  /** An entry was handed to the app. */
  told(entry: Entry): void {
    if (entry.kind !== 'message' || entry.convType !== 'c2c' || entry.from === this.parts.userId()) return;
    const { convId, seq } = entry;
    this.keep(convId, seq);
    if (!this.resting.has(convId)) this.tell(convId);
  }

  /** Drops what is not told: the store is another one, or this is the end. */
  clear(): void {
    for (const cancel of this.resting.values()) cancel();
    this.resting.clear();
    this.waiting.clear();
  }

  private tell(convId: string): void {
    const seq = this.waiting.get(convId);
    if (seq === undefined) return;
    this.waiting.delete(convId);
    this.rest(convId, intervalMs);
    this.parts.ask('delivered', { convId, seq }).then(
      () => this.parts.backoff.reset(),
      (error: unknown) => this.failed(convId, seq, error),
    );
  }

  private failed(convId: string, seq: number, error: unknown): void {
    const passing = isPassing(error);
    if (!passing && codeOf(error) !== 'DISCONNECTED') return;
    this.keep(convId, seq);
    this.rest(convId, Math.max(intervalMs, (passing ? error.retryAfterMs : undefined) ?? this.parts.backoff.next()));
  }

  private keep(convId: string, seq: number): void {
    this.waiting.set(convId, Math.max(seq, this.waiting.get(convId) ?? 0));
  }

  private rest(convId: string, ms: number): void {
    this.resting.get(convId)?.();
    const cancel = this.parts.timers.after(ms, () => {
      this.resting.delete(convId);
      this.tell(convId);
    });
    this.resting.set(convId, cancel);
  }
}
