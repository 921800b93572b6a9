/** A socket's writes, as a turn sees them. */
export interface Box {
  /** Set while a turn holds this socket's writes back, so that they leave together. */
  readonly corked: boolean;
  cork(): void;
  uncork(): void;
  /** Writes what waits for this socket alone. */
  flush(): void;
  /** Writes bytes now; they may be shared with other sockets. */
  write(bytes: Buffer): void;
}

/** Something whose frames go to many sockets at once. */
export interface Shared {
  /** The frames of this turn as one piece of bytes, and whom they are for. Takes them. */
  take(): { readonly bytes: Buffer; readonly audiences: readonly (readonly Box[])[] } | undefined;
}

/**
 * Joins writes: what arises in one turn of the event loop leaves in one write per socket when the turn ends. Replies and other frames
 * for a single socket go before shared ones, so that an ack precedes the event it causes.
 */
export class Turn {
  private boxes: Box[] = [];
  private shared: Shared[] = [];
  private scheduled = false;
  private ended = 0;

  /** Lets an outbox be flushed when the turn ends. */
  touch(box: Box): void {
    this.boxes.push(box);
    this.schedule();
  }

  /** Lets shared frames be written when the turn ends. */
  touchShared(shared: Shared): void {
    this.shared.push(shared);
    this.schedule();
  }

  /** How many turns have ended. */
  get count(): number {
    return this.ended;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.end());
  }

  private end(): void {
    const { boxes, shared } = this;
    this.boxes = [];
    this.shared = [];
    this.scheduled = false;
    const corked: Box[] = [];
    for (const box of boxes) {
      if (shared.length > 0 && !box.corked) {
        box.cork();
        corked.push(box);
      }
      box.flush();
    }
    // With a single piece of shared bytes a socket gets one write anyway; holding it back would only cost time.
    const several = shared.length > 1;
    for (const source of shared) {
      const taken = source.take();
      if (taken) write(taken.bytes, taken.audiences, several ? corked : undefined);
    }
    for (const box of corked) box.uncork();
    this.ended++;
  }
}

/** Writes one piece of bytes to every socket of the audiences. */
export function write(bytes: Buffer, audiences: readonly (readonly Box[])[], corked?: Box[]): void {
  for (const audience of audiences) {
    for (const box of audience) {
      if (corked && !box.corked) {
        box.cork();
        corked.push(box);
      }
      box.write(bytes);
    }
  }
}
