import type { CloseReason } from '@app/protocol';
import { TokenBucket } from '@app/rate-limit';
import type { SocketCaller } from '../caller';
import type { Dispatcher, Outcome, Reply } from './dispatcher';

/** How many frames are too many. */
export interface FrameLimits {
  readonly perSecond: number;
  readonly burst: number;
  /** Frames that may wait or be in work before reading from the peer pauses. */
  readonly inFlight: number;
}

/** The connection whose frames these are. */
export interface Peer {
  readonly caller: SocketCaller;
  readonly open: boolean;
  write(text: string): void;
  close(reason: CloseReason): void;
  pause(): void;
  resume(): void;
  /** Runs `then` once the peer has received all that was written until now. */
  afterSeen(then: () => void): void;
  /** Lets sends to a conversation succeed again. */
  mend(convId: string): void;
  /** Called when no send is in work. */
  quiet(): void;
}

const now = (): number => performance.now();
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A peer that sends this many times what it may is closed instead of being told again and again. */
const floodFactor = 10;

/** The place of a frame's reply in the order of replies. */
interface Slot {
  reply?: Reply;
  /** How many times sends had been mended when its frame was begun. */
  mends: number;
}

interface QueuedFrame {
  readonly text: string | undefined;
  readonly slot: Slot;
}

/**
 * The frames of one connection: started in the order they arrive, and answered in that order. Sends go on while earlier sends are being
 * stored; any other action waits until the sends before it are settled.
 */
export class FrameLoop {
  private readonly queue: (QueuedFrame | (() => void))[] = [];
  private readonly slots: Slot[] = [];
  private readonly bucket: TokenBucket;
  private readonly flood: TokenBucket;
  // Most connections never need these, and there may be a hundred thousand.
  private mending: Set<string> | undefined;
  /** Conversations that were mended while sends were in work, and which mend it was. */
  private mended: Map<string, number> | undefined;
  private mends = 0;
  private ready = false;
  private running = false;
  private paused = false;
  private sending = 0;
  private settled: (() => void) | undefined;

  constructor(
    private readonly peer: Peer,
    private readonly dispatcher: Dispatcher,
    private readonly limits: FrameLimits,
  ) {
    this.bucket = new TokenBucket({ perSecond: limits.perSecond, burst: limits.burst }, now);
    this.flood = new TokenBucket({ perSecond: limits.perSecond * floodFactor, burst: limits.burst * floodFactor }, now);
  }

  /** Begins to work on frames; those that came before have waited. */
  start(): void {
    this.ready = true;
    this.go();
  }

  /** Takes a ping; answers whether it may be answered. */
  pinged(): boolean {
    if (this.flood.take() === 0) return true;
    this.peer.close('TOO_MANY_FRAMES');
    return false;
  }

  /** Takes a frame; `undefined` stands for a binary one. */
  push(text: string | undefined): void {
    if (!this.peer.open) return;
    if (this.flood.take() > 0) return this.peer.close('TOO_MANY_FRAMES');
    const waitMs = this.bucket.take();
    const slot: Slot = { mends: 0 };
    this.slots.push(slot);
    if (waitMs > 0) return this.fill(slot, this.dispatcher.limited(text, waitMs));
    this.queue.push({ text, slot });
    this.hold();
    this.go();
  }

  /** Resolves when every frame that was taken has its reply. */
  async idle(): Promise<void> {
    while (this.slots.length > 0 && this.peer.open) await nextTurn();
  }

  private go(): void {
    if (this.running || !this.ready) return;
    this.running = true;
    void this.run();
  }

  private async run(): Promise<void> {
    for (let next = this.queue.shift(); next && this.peer.open; next = this.queue.shift()) {
      if (typeof next === 'function') {
        next();
        continue;
      }
      const { text, slot } = next;
      const task = this.dispatcher.read(text, this.peer.caller);
      if (task.kind === 'refused') {
        this.fill(slot, task.reply);
        continue;
      }
      const { box } = this.peer.caller.connection;
      if (task.action === 'send') {
        // The echoes of what it sends count as well: a sender is taken no faster than it reads.
        while (box.heavy) await box.drained();
      } else {
        if (this.sending > 0) await new Promise<void>((resolve) => (this.settled = resolve));
        // What a slow reader has not taken yet must not pile up.
        while (box.behind) await box.drained();
      }
      if (!this.peer.open) break;
      slot.mends = this.mends;
      const begun = task.begin();
      this.settle(slot, begun instanceof Promise ? await begun : begun);
      // The embedded store answers without leaving this turn: others, and what was written, get theirs in between.
      if (task.action !== 'send') await nextTurn();
    }
    this.running = false;
  }

  private settle(slot: Slot, outcome: Outcome): void {
    if ('reply' in outcome) return this.fill(slot, outcome.reply);
    this.sending++;
    void outcome.later.then((reply) => {
      this.sending--;
      this.fill(slot, reply);
      if (this.sending > 0) return;
      this.mended = undefined;
      this.peer.quiet();
      this.settled?.();
    });
  }

  /** Replies leave in the order of their frames: one waits for those before it. */
  private fill(slot: Slot, reply: Reply): void {
    slot.reply = reply;
    for (let first = this.slots[0]; first?.reply; first = this.slots[0]) {
      this.slots.shift();
      this.peer.write(first.reply.text);
      if (first.reply.brokeIn !== undefined) this.mendWhenSeen(first.reply.brokeIn, first.mends);
      first.reply.after?.();
    }
    this.hold();
  }

  /** Sends to a conversation fail after one was UNAVAILABLE, until the peer can have read so. */
  private mendWhenSeen(convId: string, begunAfter: number): void {
    // It failed with those that were mended since; a failure after them is another one.
    if (this.mending?.has(convId) || (this.mended?.get(convId) ?? 0) > begunAfter) return;
    (this.mending ??= new Set<string>()).add(convId);
    const mend = () => {
      this.mending?.delete(convId);
      (this.mended ??= new Map<string, number>()).set(convId, ++this.mends);
      this.peer.mend(convId);
    };
    // Frames that arrived before its word have not all been begun: the peer had not read of the failure when it sent them.
    this.peer.afterSeen(() => {
      this.queue.push(mend);
      this.go();
    });
  }

  /** Stops reading while too much is in work, and goes on when half of it is done. */
  private hold(): void {
    if (!this.paused && this.slots.length >= this.limits.inFlight) {
      this.paused = true;
      this.peer.pause();
    } else if (this.paused && this.slots.length <= this.limits.inFlight / 2) {
      this.paused = false;
      this.peer.resume();
    }
  }
}
