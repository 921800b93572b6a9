import type { Entry } from './wire';

/** So many entries are held while one before them is missing; more are dropped and read again. */
const maxHeld = 256;

/** Entries that came before their turn. */
export class Held {
  private readonly entries = new Map<number, Entry>();

  /** The seq of the first one after a position. */
  lowestAfter(position: number): number | undefined {
    let lowest: number | undefined;
    for (const seq of this.entries.keys()) if (seq > position && (lowest === undefined || seq < lowest)) lowest = seq;
    return lowest;
  }

  add(entry: Entry): void {
    if (this.entries.size < maxHeld) this.entries.set(entry.seq, entry);
  }

  /** Takes the entry whose turn it is after `position`; forgets those whose turn is over. */
  takeNext(position: number): Entry | undefined {
    if (this.entries.size === 0) return undefined;
    const next = this.entries.get(position + 1);
    if (next) this.entries.delete(position + 1);
    else for (const seq of this.entries.keys()) if (seq <= position) this.entries.delete(seq);
    return next;
  }

  clear(): void {
    this.entries.clear();
  }
}
