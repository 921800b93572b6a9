import type { EntryEnvelope } from './envelope';

/** Entries that are held while one before them is missing; more are dropped and read again from the store. */
const maxHeld = 256;

/**
 * Orders what arrives of one conversation: passes every entry on exactly once, in the order of seq, and knows when one is missing.
 */
export class Cursor {
  private readonly held = new Map<number, EntryEnvelope>();
  private highest: number;

  /** `position` is the seq of the last entry that was passed on. */
  constructor(
    public position: number,
    private readonly pass: (envelope: EntryEnvelope) => void,
  ) {
    this.highest = position;
  }

  /** Whether an entry is known to exist that cannot be passed on because one before it is missing. */
  get hasHole(): boolean {
    return this.highest > this.position;
  }

  /** Takes an entry from any source. What was passed on before is dropped. */
  offer(envelope: EntryEnvelope): void {
    const { seq } = envelope.head;
    if (seq <= this.position) return;
    this.learn(seq);
    if (seq > this.position + 1) {
      if (this.held.size < maxHeld) this.held.set(seq, envelope);
      return;
    }
    this.advance(envelope);
    this.release();
  }

  /** Takes in that the log has entries up to `seq`. */
  learn(seq: number): void {
    if (seq > this.highest) this.highest = seq;
  }

  /**
   * Gives up on entries that the store itself lacks, whose log ends at `last`: goes on with the first one that is held, or with what comes
   * after the end. What was said to be beyond it never was.
   */
  skip(last: number): void {
    for (const seq of this.held.keys()) if (seq > last) this.held.delete(seq);
    this.highest = Math.max(this.position, last);
    const next = this.held.size > 0 ? Math.min(...this.held.keys()) : this.highest + 1;
    this.position = next - 1;
    this.release();
  }

  private release(): void {
    for (let next = this.held.get(this.position + 1); next; next = this.held.get(this.position + 1)) this.advance(next);
    if (this.held.size === 0) return;
    for (const seq of this.held.keys()) if (seq <= this.position) this.held.delete(seq);
  }

  private advance(envelope: EntryEnvelope): void {
    this.position = envelope.head.seq;
    this.held.delete(this.position);
    this.pass(envelope);
  }
}
