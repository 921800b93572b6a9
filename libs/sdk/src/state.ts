/** What a client needs to go on after a page load, as plain JSON. */
export interface ClientState {
  /** The identity of the store that the rest belongs to. */
  readonly epoch: string;
  /** The user that the rest belongs to. */
  readonly userId: string;
  /** The token of the last `sync`; missing before the first one has come to its end. */
  readonly sync?: string;
  /** The position of each timeline, and where each c2c stood, by `convId`. */
  readonly positions: Readonly<Record<string, number>>;
  /** How far c2cs are known to reach, where that is beyond their position. */
  readonly heads: Readonly<Record<string, number>>;
}

/** So many conversations without a timeline are remembered; the ones that were quiet longest are forgotten. */
const maxPositions = 10_000;

/** Where conversations without a timeline stand. */
export class Positions {
  /** Whether some were forgotten, so that one that is not known need not be new. */
  forgetful = false;
  private readonly seqs = new Map<string, number>();

  get(convId: string): number | undefined {
    return this.seqs.get(convId);
  }

  set(convId: string, seq: number): void {
    this.seqs.delete(convId);
    this.seqs.set(convId, seq);
    if (this.seqs.size <= maxPositions) return;
    this.forgetful = true;
    for (const oldest of this.seqs.keys()) return void this.seqs.delete(oldest);
  }

  delete(convId: string): void {
    this.seqs.delete(convId);
  }

  clear(): void {
    this.seqs.clear();
    this.forgetful = false;
  }

  entries(): Iterable<readonly [string, number]> {
    return this.seqs;
  }
}
