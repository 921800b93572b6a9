import type { Timers } from './timers';
import type { Ask, Entry } from './wire';

/** So many milliseconds pass between two words about one conversation. */
const intervalMs = 1_000;

/** What telling of deliveries works with. */
export interface DeliveriesParts {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly userId: () => string;
}

/**
 * Tells the server how far c2cs have come to this device: at most one word per conversation and second. What is not told, because the
 * connection went, the next one says.
 */
export class Deliveries {
  private readonly waiting = new Map<string, number>();
  private readonly resting = new Set<string>();

  constructor(private readonly parts: DeliveriesParts) {}

  /** An entry of a c2c was handed to the app. */
  told(entry: Entry): void {
    if (entry.kind !== 'message' || entry.convType !== 'c2c' || entry.from === this.parts.userId()) return;
    const { convId, seq } = entry;
    this.waiting.set(convId, Math.max(seq, this.waiting.get(convId) ?? 0));
    if (!this.resting.has(convId)) this.tell(convId);
  }

  private tell(convId: string): void {
    const seq = this.waiting.get(convId);
    if (seq === undefined) return;
    this.waiting.delete(convId);
    this.resting.add(convId);
    this.parts.ask('delivered', { convId, seq }).catch(() => undefined);
    this.parts.timers.after(intervalMs, () => {
      this.resting.delete(convId);
      this.tell(convId);
    });
  }
}
