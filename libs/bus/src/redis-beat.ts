/** How often the link is tried. */
export interface BeatTimings {
  /** Milliseconds between two beats. */
  readonly beatMs: number;
  /** So many beats without a sign of life end the link. */
  readonly beats: number;
}

export interface BeatParts {
  /** Publishes a beat by every part of the link. Its number is to come back to `heard` from each. */
  send(beat: number): void;
  /** So many parts the link has at present. */
  parts(): number;
  /** Whether there is somebody to wait for. */
  connected(): boolean;
  /** For the first time since `start`, beats came back from all parts. */
  alive(): void;
  /** No sign of life came for too long. */
  dead(): void;
}

/**
 * Tells whether what is published comes back. It counts its own ticks, not the time: a process that stood still for a while finds at
 * its next tick what has arrived meanwhile.
 */
export class Beat {
  private readonly ticker: NodeJS.Timeout;
  private sent = 0;
  /** The first beat that proves anything. */
  private proof = Infinity;
  private proven = false;
  private ticks = 0;
  /** The parts from which a beat came back since they last all had one. */
  private readonly back = new Set<number>();

  constructor(
    private readonly parts: BeatParts,
    private readonly timings: BeatTimings,
  ) {
    this.ticker = setInterval(() => this.tick(), timings.beatMs);
  }

  /** Everything is in place: the next beat that comes back shows that it works. */
  start(): void {
    this.ticks = 0;
    this.back.clear();
    this.proven = false;
    this.proof = this.sent + 1;
    this.parts.send(++this.sent);
  }

  /** Something is missing: until the next `start`, what comes back proves nothing. */
  stop(): void {
    this.ticks = 0;
    this.proof = Infinity;
  }

  /** A sign of life. */
  sign(): void {
    this.ticks = 0;
  }

  /** A beat came back by one of the parts, which are numbered from 0. */
  heard(beat: number, part: number): void {
    if (beat < this.proof) return;
    if (this.back.add(part).size < this.parts.parts()) return;
    this.back.clear();
    this.ticks = 0;
    if (this.proven) return;
    this.proven = true;
    this.parts.alive();
  }

  close(): void {
    clearInterval(this.ticker);
  }

  private tick(): void {
    if (!this.parts.connected()) return;
    if (this.ticks >= this.timings.beats) return this.parts.dead();
    this.ticks++;
    if (this.proof !== Infinity) this.parts.send(++this.sent);
  }
}
