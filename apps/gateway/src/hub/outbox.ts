import type { Duplex } from 'node:stream';
import type { Box, Turn } from './turn';

/**
 * What waits to be written to one socket. Frames pushed in one turn of the event loop leave in one write. When the peer reads too
 * slowly and more than `limit` bytes wait, `onOverflow` is called once.
 */
export class Outbox implements Box {
  corked = false;
  /** While set, frames are dropped: a socket hears nothing before its connection has begun. */
  muted = false;
  private frames: Buffer[] = [];
  private pushedBytes = 0;
  private overflown = false;
  /** The turn in which more than the limit came to wait. */
  private fullSince = -1;

  constructor(
    private readonly socket: Duplex,
    private readonly turn: Turn,
    private readonly limit: number,
    private readonly onOverflow: () => void,
  ) {}

  /** Adds a frame for this socket alone. */
  push(frame: Buffer): void {
    if (this.muted) return;
    this.pushedBytes += frame.length;
    if (this.frames.push(frame) === 1) this.turn.touch(this);
  }

  /** Writes what was pushed. */
  flush(): void {
    const { frames } = this;
    if (frames.length === 0) return;
    this.frames = [];
    this.pushedBytes = 0;
    const [first] = frames;
    this.write(frames.length === 1 && first ? first : Buffer.concat(frames));
  }

  /** Writes bytes now; they may be shared with other sockets. */
  write(bytes: Buffer): void {
    const { socket } = this;
    if (!socket.writable || this.overflown || this.muted) return;
    if (socket.writableLength > this.limit && this.fullSince !== this.turn.count) {
      this.overflown = true;
      return this.onOverflow();
    }
    if (!socket.write(bytes) && socket.writableLength > this.limit) this.fullSince = this.turn.count;
  }

  cork(): void {
    this.corked = true;
    this.socket.cork();
  }

  uncork(): void {
    this.corked = false;
    this.socket.uncork();
  }

  /** Whether the socket is gone, so that nothing will ever be written. */
  get gone(): boolean {
    return this.socket.destroyed;
  }

  /** Whether the peer has fallen behind so far that nothing more should be read for it from the store. */
  get behind(): boolean {
    return this.socket.writableNeedDrain || this.pushedBytes > this.socket.writableHighWaterMark;
  }

  /** Whether the peer is behind by half of what may wait. Like `behind`, it never holds for a socket that is gone or ending. */
  get heavy(): boolean {
    return this.behind && this.socket.writableLength + this.pushedBytes > this.limit / 2;
  }

  /** Resolves when the peer has caught up, or is gone. */
  async drained(): Promise<void> {
    this.flush();
    const { socket } = this;
    if (!socket.writableNeedDrain || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }
}
