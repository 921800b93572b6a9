import type { Clock, Metrics } from '@app/kit';
import type { ConversationName } from '@app/protocol';
import { Cursor } from './cursor';
import type { EntryEnvelope, EntryHead } from './envelope';
import type { Outbox } from './outbox';
import { type Shared, type Turn, write } from './turn';

/** How many recent frames a group keeps for subscribers that catch up, and how many bytes of them. */
const ringSize = 256;
const ringBytes = 256 * 1024;

/** One connection's place in a group's stream. Nothing at or below `position` is sent to it. */
export interface Place {
  readonly box: Outbox;
  readonly userId: string;
  position: number;
  /** Seq of the user's joining: what tells of an earlier leaving does not end it. */
  joined: number;
  ended: boolean;
}

/** Whether an entry is the last that a place hears. */
export const endsPlace = ({ userId, joined }: Place, { seq, left, ends }: Pick<EntryHead, 'seq' | 'left' | 'ends'>): boolean =>
  ends === true || (left === userId && seq > joined);

/** What a feed needs from around it. */
export interface FeedContext {
  readonly turn: Turn;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * The stream of one conversation on this gateway: a cursor that puts entries in order, the frames of this turn, and those who hear
 * them. A c2c is heard by the sockets of both users; a group by the connections that subscribed.
 */
export class Feed implements Shared {
  /** `undefined` until it is known where the stream begins. */
  cursor: Cursor | undefined;
  lastActive: number;
  /** Store time of the newest entry that was passed on. */
  newestAt = 0;
  /** A hole is waiting for its time, or being read. */
  repairing = false;
  /** Nobody hears it any more, and another feed may have taken its place. */
  dropped = false;

  private readonly early: EntryEnvelope[] = [];
  private frames: Buffer[] = [];
  private oldestAt = 0;
  private live: readonly Place[] = [];
  private liveBoxes: readonly Outbox[] = [];
  private readonly ahead = new Set<Place>();
  private readonly ring: EntryEnvelope[] = [];
  private bytesKept = 0;

  constructor(
    readonly name: ConversationName,
    private readonly context: FeedContext,
    /** The sockets of a c2c's users; for a group, its subscribers are heard instead. */
    readonly audience?: () => readonly (readonly Outbox[])[],
  ) {
    this.lastActive = context.clock.now();
  }

  /** Seq of the last entry that was passed on, 0 while the beginning is not known. */
  get position(): number {
    return this.cursor?.position ?? 0;
  }

  /** What arrived while the beginning is not known, in the order of the log. */
  get waiting(): readonly EntryEnvelope[] {
    return this.early.toSorted((a, b) => a.head.seq - b.head.seq);
  }

  /** Begins the stream after `position`, stored by `at`, unless it has begun or ended. What arrived meanwhile follows. */
  start(position: number, at = 0): void {
    if (this.cursor || this.dropped) return;
    this.newestAt = at;
    this.cursor = new Cursor(position, (envelope) => this.pass(envelope));
    for (const envelope of this.early.splice(0)) this.cursor.offer(envelope);
  }

  /** Takes an entry from the bus or the store. */
  offer(envelope: EntryEnvelope): void {
    if (this.dropped) return;
    this.lastActive = this.context.clock.now();
    if (this.cursor) this.cursor.offer(envelope);
    // The newest are kept: what is missing before them is read from the store, what was after them would not be missed.
    else if (this.early.push(envelope) > ringSize) this.early.shift();
  }

  /** Ends it: what it still waits for is not passed on. */
  drop(): void {
    this.dropped = true;
    this.frames = [];
  }

  /** Puts a place into the stream if the ring still has what it lacks; answers whether it did. */
  join(place: Place): boolean {
    if (this.position < place.position) {
      this.ahead.add(place);
      return true;
    }
    // What the stream lacks may take back what the ring still has: the store knows.
    if (this.cursor?.hasHole && place.position < this.position) return false;
    const first = this.ring[0]?.head.seq ?? this.position + 1;
    if (place.position + 1 < first) return false;
    const missing = this.ring.filter(({ head }) => head.seq > place.position);
    // Not taken back yet, perhaps; what the store shows is.
    const now = this.context.clock.now();
    if (missing.some(({ head }) => head.endsAt !== undefined && head.endsAt <= now)) return false;
    this.writeNow();
    for (const { head, body } of missing) {
      if (place.ended) break;
      place.box.push(body);
      place.position = head.seq;
      if (endsPlace(place, head)) place.ended = true;
    }
    // Its frames must be on the socket before it shares the next ones.
    place.box.flush();
    if (!place.ended) this.setLive([...this.live, place]);
    return true;
  }

  /** How far a place has come: those that hear live are where the stream is. */
  reachedBy(place: Place): number {
    return this.live.includes(place) ? this.position : place.position;
  }

  /** Takes a place out; frames that were passed on before still reach it. */
  leave(place: Place): void {
    place.ended = true;
    this.ahead.delete(place);
    if (!this.live.includes(place)) return;
    this.writeNow();
    this.setLive(this.live.filter((other) => other !== place));
  }

  /** Hands a frame that is no entry to those who hear live, except for one user. */
  passOn(frame: Buffer, exceptUserId: string): void {
    for (const { box, userId } of this.live) if (userId !== exceptUserId) box.push(frame);
  }

  /** Forgets entries that the store lacks, see `Cursor.skip`. */
  skip(last: number): void {
    this.cursor?.skip(last);
  }

  take(): { bytes: Buffer; audiences: readonly (readonly Outbox[])[] } | undefined {
    const { frames } = this;
    const [first] = frames;
    if (!first) return undefined;
    this.frames = [];
    const audiences = this.audience?.() ?? [this.liveBoxes];
    const heard = audiences.reduce((count, boxes) => count + boxes.length, 0);
    if (heard > 0) {
      this.context.metrics.deliveries.inc(frames.length * heard);
      this.context.metrics.deliverySeconds.observe(Math.max(0, this.context.clock.now() - this.oldestAt) / 1000);
    }
    return { bytes: frames.length === 1 ? first : Buffer.concat(frames), audiences };
  }

  private pass(envelope: EntryEnvelope): void {
    const { head, body } = envelope;
    this.newestAt = Math.max(this.newestAt, head.at);
    if (this.frames.push(body) === 1) {
      this.oldestAt = head.at;
      this.context.turn.touchShared(this);
    }
    if (this.audience) return;
    this.remember(envelope);
    if (head.erases !== undefined) this.forget(head.erases);
    if (head.left !== undefined || head.ends) this.remove(head);
    if (this.ahead.size > 0) this.admit(head.seq);
  }

  /** Lets those who catch up later read from the store, where a message says what it says now, or nothing. */
  private forget(seq: number): void {
    const last = this.ring.findLastIndex(({ head }, i) => i < this.ring.length - 1 && (head.seq === seq || head.erases === seq));
    for (let count = last + 1; count > 0; count--) this.forgetOldest();
  }

  private remember(envelope: EntryEnvelope): void {
    this.ring.push(envelope);
    this.bytesKept += envelope.body.length;
    while (this.ring.length > ringSize || this.bytesKept > ringBytes) this.forgetOldest();
  }

  private forgetOldest(): void {
    this.bytesKept -= this.ring.shift()?.body.length ?? 0;
  }

  /** Membership follows the log: right after the entry that ends it, the user's connections are out. */
  private remove(head: EntryHead): void {
    const leaving = this.live.filter((place) => endsPlace(place, head));
    if (leaving.length === 0) return;
    this.writeNow();
    for (const place of leaving) place.ended = true;
    this.setLive(this.live.filter((place) => !place.ended));
  }

  private admit(seq: number): void {
    for (const place of this.ahead) {
      if (place.position > seq) continue;
      this.ahead.delete(place);
      this.writeNow();
      this.setLive([...this.live, place]);
    }
  }

  private writeNow(): void {
    const taken = this.take();
    if (taken) write(taken.bytes, taken.audiences);
  }

  private setLive(places: readonly Place[]): void {
    this.live = places;
    this.liveBoxes = places.map((place) => place.box);
  }
}
