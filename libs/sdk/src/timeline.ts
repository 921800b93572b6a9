import type { Backoff } from './backoff';
import { Emitter, type Unsubscribe } from './emitter';
import { ParleyError, type ParleyErrorCode, codeOf, isPassing } from './errors';
import { Held } from './held';
import type { Cancel, Timers } from './timers';
import type { ActionOutput, Entry } from './wire';

/** Entries that exist, or existed, and will not come: both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Why a timeline began anew, at the present end of its log; what the app shows of the conversation is to be loaded again:
 * - `epoch`: the store is another one (a restore, a promotion),
 * - `ahead`: the position was beyond the end of the log.
 */
export interface TimelineReset {
  readonly reason: 'epoch' | 'ahead';
}

/**
 * Why nothing more comes: `LEFT`: the user left the group or was removed; `CLOSED`: the app closed it, opened it anew, or listened to it no
 * more while a thousand others had something to tell; otherwise the server's code.
 */
export interface TimelineEnd {
  readonly code: ParleyErrorCode | 'LEFT';
}

/** What a timeline tells. */
export interface TimelineEvents {
  /** Each entry exactly once, in the order of `seq`. */
  entry: Entry;
  /** Entries outside of the user's window, or left out by choice (`missed: 'skip'`); the next entry comes after them. */
  gap: Gap;
  reset: TimelineReset;
  /** The `seq` of the last entry that was told, or passed over; keep it to go on from there. */
  position: number;
  /** Nothing more comes. */
  end: TimelineEnd;
}

/** One conversation as it happens: every entry once, in order, across any number of connections. */
export interface Timeline {
  readonly convId: string;
  /** The `seq` of the last entry that was told or passed over; `undefined` until the timeline knows where it begins. */
  readonly position: number | undefined;
  /** Set when nothing more comes. */
  readonly ended: TimelineEnd | undefined;
  /** Listens; what is returned ends it. Listen before anything is awaited, so that nothing is missed. */
  on<E extends keyof TimelineEvents>(event: E, listener: (data: TimelineEvents[E]) => void): Unsubscribe;
  /** Ends it; a group is not heard any more. */
  close(): void;
}

/** What a timeline works with. */
export interface TimelineParts {
  readonly convId: string;
  readonly timers: Timers;
  readonly backoff: Backoff;
  /** Reads a page of the log after a position. */
  readonly read: (afterSeq: number, limit: number) => Promise<ActionOutput<'entries'>>;
  /** Lets this connection hear the group; missing for a c2c, which is heard anyway. */
  readonly subscribe?: (fromSeq: number | undefined) => Promise<ActionOutput<'subscribe_group'>>;
  readonly userId: () => string;
  readonly missed: 'page' | 'skip';
  readonly report: (error: unknown) => void;
  /** An entry was handed to the app. */
  readonly told?: (entry: Entry) => void;
  readonly onEnd: (end: TimelineEnd) => void;
}

/** An entry that is missing may be on its way for so long (ms). */
const holeWaitMs = 100;
/** The largest page that is read; the server allows 500. */
const pageSize = 200;
/** An empty page below a known entry may be a store that lags; so often it is asked again. */
const emptyReads = 4;

/**
 * Orders what arrives of one conversation from any source, drops doubles, and reads what is missing; one read at a time. While nobody
 * wants it, it only follows the end of the log.
 */
export class ConversationTimeline implements Timeline {
  readonly convId: string;
  position: number | undefined;
  ended: TimelineEnd | undefined;
  private readonly events: Emitter<TimelineEvents>;
  private readonly held = new Held();
  /** The highest seq that is known to exist. */
  highest = 0;
  /** Raised by everything that makes outstanding answers void. */
  private generation = 0;
  private live = false;
  private reading = false;
  /** Whether the log is to be read to its end, wherever that is. */
  private toEnd: boolean;
  /** The membership has ended: what is left of the window is read, then this is the end. */
  private ending: TimelineEnd | undefined;
  private cancelWait: Cancel | undefined;
  private cancelRetry: Cancel = () => undefined;

  constructor(
    private readonly parts: TimelineParts,
    position: number | undefined,
    /** Opened by the app: told whether or not somebody listens at the moment. */
    private readonly kept: boolean,
  ) {
    this.convId = parts.convId;
    this.events = new Emitter(parts.report);
    this.position = position;
    this.highest = position ?? 0;
    this.toEnd = kept && !parts.subscribe;
  }

  /** Whether somebody wants to know what happens. */
  get wanted(): boolean {
    return !this.ended && (this.kept || this.events.heard());
  }

  /** Whether entries are known to exist that were not told. */
  get behind(): boolean {
    return this.position !== undefined && this.highest > this.position;
  }

  on<E extends keyof TimelineEvents>(event: E, listener: (data: TimelineEvents[E]) => void): Unsubscribe {
    return this.events.on(event, listener);
  }

  close(): void {
    this.end({ code: 'CLOSED' });
  }

  /** A connection is there. */
  resume(): void {
    if (this.ended) return;
    this.suspend();
    this.live = true;
    this.ending = undefined;
    if (this.parts.subscribe) void this.join(this.parts.subscribe);
    else this.fill();
  }

  /** The connection has gone. */
  suspend(): void {
    this.live = this.reading = false;
    this.generation++;
    this.cancelWait?.();
    this.cancelWait = undefined;
    this.cancelRetry();
  }

  /** The store is another one: begins anew at the end of the log. To be resumed. */
  restart(): void {
    this.suspend();
    this.position = undefined;
    this.begun({ reason: 'epoch' });
  }

  /** Takes an entry from the connection. */
  offer(entry: Entry): void {
    if (this.ended) return;
    const { seq } = entry;
    const before = this.position;
    if (before !== undefined && seq <= before) return;
    this.highest = Math.max(this.highest, seq);
    if (!this.wanted) return this.pass(seq);
    if (seq === (before ?? NaN) + 1) {
      this.deliver(entry);
      this.release();
      this.tellPosition(before);
    } else this.held.add(entry);
    this.waitForHole();
  }

  /** Entries up to that seq exist. */
  known(lastSeq: number): void {
    if (this.ended || this.position === undefined) return;
    this.highest = Math.max(this.highest, lastSeq);
    if (!this.wanted) return this.pass(lastSeq);
    // A group's own stream is on its way; of a c2c nothing from before this connection comes by itself.
    if (this.parts.subscribe) this.waitForHole();
    else this.fill();
  }

  private async join(subscribe: (fromSeq: number | undefined) => Promise<ActionOutput<'subscribe_group'>>): Promise<void> {
    const { generation, position: asked } = this;
    try {
      const { lastSeq, recovered } = await subscribe(asked);
      if (generation === this.generation) this.joined(asked, lastSeq, recovered);
    } catch (error) {
      if (generation === this.generation) this.failed(error, () => void this.join(subscribe));
    }
  }

  /** `asked`: the position that was told. Entries behind the ack may have been taken already: they come in the same turn. */
  private joined(asked: number | undefined, lastSeq: number, recovered: boolean): void {
    const before = this.position;
    this.parts.backoff.reset();
    if (asked === undefined) this.position = lastSeq;
    else if (lastSeq < asked) {
      this.position = lastSeq;
      this.begun({ reason: 'ahead' });
    } else if (!recovered && this.parts.missed === 'skip') this.skipTo(lastSeq + 1);
    this.highest = Math.max(this.highest, recovered ? 0 : lastSeq);
    this.release();
    this.tellPosition(before);
    // What was not recovered does not come by itself; everything else gets its time.
    if (recovered) this.waitForHole();
    else this.fill();
  }

  private waitForHole(): void {
    const { position } = this;
    if (!this.live || this.reading || this.cancelWait || !this.behind) return;
    this.cancelWait = this.parts.timers.after(holeWaitMs, () => {
      this.cancelWait = undefined;
      // While entries flow, the missing ones may be among them.
      if (this.position === position) this.fill();
      else this.waitForHole();
    });
  }

  private fill(): void {
    if (!this.live || this.reading || this.ended) return;
    void this.readMissing(this.generation);
  }

  private async readMissing(generation: number): Promise<void> {
    this.reading = true;
    try {
      for (let empty = 0; this.isMissing();) {
        const asked = this.position;
        const page = await this.parts.read(asked ?? Number.MAX_SAFE_INTEGER, this.limit());
        if (generation !== this.generation) return;
        this.parts.backoff.reset();
        if (asked === undefined) this.begin(page.lastSeq);
        else this.take(page);
        if (generation !== this.generation) return;
        if (this.position !== asked) empty = 0;
        else if (this.behind && ++empty < emptyReads && !this.ending) {
          await new Promise<void>((resolve) => (this.cancelRetry = this.parts.timers.after(holeWaitMs * 2 ** empty, resolve)));
        } else this.giveUp();
        if (generation !== this.generation) return;
      }
      this.reading = false;
      if (this.ending) this.end(this.ending);
    } catch (error) {
      if (generation !== this.generation) return;
      this.reading = false;
      this.failed(error, () => this.fill());
    }
  }

  private isMissing(): boolean {
    return !this.ended && (this.toEnd || this.behind);
  }

  /** How much to ask for: a hole is as large as the distance to what is held behind it. */
  private limit(): number {
    const { position } = this;
    if (position === undefined) return 1;
    const next = this.held.lowestAfter(position) ?? (this.toEnd ? Infinity : this.highest + 1);
    return Math.min(pageSize, Math.max(1, next - 1 - position));
  }

  /** Begins at the end of the log, or before what came since this was asked for. */
  private begin(lastSeq: number): void {
    this.toEnd = false;
    this.position = Math.min(lastSeq, (this.held.lowestAfter(0) ?? Infinity) - 1);
    this.highest = Math.max(this.highest, this.position);
    this.release();
    this.tellPosition(undefined);
  }

  /** Takes a page of the log. */
  private take({ entries, lastSeq }: ActionOutput<'entries'>): void {
    const { generation, position: before } = this;
    this.highest = Math.max(this.highest, lastSeq);
    this.toEnd = false;
    for (const entry of entries) {
      if (this.ended || generation !== this.generation) break;
      if (entry.seq <= (this.position ?? 0)) continue;
      // The log has no holes: what is missing in a page is outside of the user's window.
      this.skipTo(entry.seq);
      if ((this.position ?? 0) < entry.seq) this.deliver(entry);
    }
    this.release();
    this.tellPosition(before);
  }

  /** The log does not have what seemed to be missing. */
  private giveUp(): void {
    const before = this.position;
    const lowest = this.held.lowestAfter(before ?? 0);
    if (lowest === undefined) this.highest = before ?? 0;
    else this.skipTo(lowest);
    this.toEnd = false;
    this.release();
    this.tellPosition(before);
  }

  /** Goes on until the entry before `seq`, with those that are held and without those that are not there. */
  private skipTo(seq: number): void {
    while (this.position !== undefined && !this.ended && this.position + 1 < seq) {
      const next = Math.min(seq, this.held.lowestAfter(this.position) ?? seq);
      const from = this.position + 1;
      this.position = next - 1;
      this.highest = Math.max(this.highest, this.position);
      if (from < next) this.events.emit('gap', { from, to: next - 1 });
      this.release();
    }
  }

  private release(): void {
    while (this.position !== undefined && !this.ended) {
      const next = this.held.takeNext(this.position);
      if (!next) return;
      this.deliver(next);
    }
  }

  private deliver(entry: Entry): void {
    this.position = entry.seq;
    this.events.emit('entry', entry);
    this.parts.told?.(entry);
    if (entry.kind !== 'member_left' || entry.userId !== this.parts.userId()) return;
    this.tellPosition(undefined);
    this.end({ code: 'LEFT' });
  }

  /** Nobody wants to know: only keeps up. */
  private pass(seq: number): void {
    this.position = Math.max(this.position ?? 0, seq);
    this.highest = Math.max(this.highest, this.position);
    this.held.clear();
  }

  private tellPosition(before: number | undefined): void {
    if (!this.ended && this.position !== undefined && this.position !== before) this.events.emit('position', this.position);
  }

  private begun(reset: TimelineReset): void {
    this.held.clear();
    this.highest = this.position ?? 0;
    this.toEnd = !this.parts.subscribe;
    this.events.emit('reset', reset);
  }

  private failed(error: unknown, again: () => void): void {
    const code = codeOf(error);
    if (code === 'DISCONNECTED' || code === 'CLOSED') return;
    if (isPassing(error)) {
      this.cancelRetry = this.parts.timers.after(error.retryAfterMs ?? this.parts.backoff.next(), again);
      return;
    }
    if (!(error instanceof ParleyError)) this.parts.report(error);
    const end: TimelineEnd = { code: code ?? 'INTERNAL' };
    // A former member may still read what was said until the end of the membership.
    if (code !== 'NOT_GROUP_MEMBER' || this.ending || this.position === undefined) return this.end(end);
    this.ending = end;
    this.toEnd = true;
    this.fill();
  }

  private end(end: TimelineEnd): void {
    if (this.ended) return;
    this.suspend();
    this.ended = end;
    this.held.clear();
    this.events.emit('end', end);
    this.parts.onEnd(end);
  }
}
