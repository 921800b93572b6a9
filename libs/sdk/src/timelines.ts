import { Backoff, type BackoffOptions } from './backoff';
import { groupConvId, groupIdOf } from './ids';
import { type ClientState, Positions } from './state';
import { ConversationTimeline, type Timeline, type TimelineEnd } from './timeline';
import type { Timers } from './timers';
import type { Ask, Conversation, Entry } from './wire';

/** The conversation of a timeline. */
export type TimelineTarget = { readonly groupId: string } | { readonly convId: string };

/** Where a timeline begins, and what it does about much that was missed. */
export interface TimelineOptions {
  /** Begin after this `seq`; 0 for everything the user may see. Default: the position kept in the client's `state`, or else what comes from now on. */
  readonly fromSeq?: number;
  /**
   * When more was missed than a group's subscription recovers (500 entries by default): `page` (default) reads it page by page and tells
   * every entry; `skip` tells a `gap` and goes on with what comes.
   */
  readonly missed?: 'page' | 'skip';
}

/** What the timelines of a client work with. */
export interface TimelinesParts {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly backoff: BackoffOptions | undefined;
  readonly userId: () => string;
  /** A c2c that the app has not opened has something to tell. */
  readonly opened: (timeline: Timeline) => void;
  /** Whether the app wants to know of such. */
  readonly wanted: () => boolean;
  readonly report: (error: unknown) => void;
  /** An entry was handed to the app. */
  readonly told: (entry: Entry) => void;
}

/** So many timelines that nobody listens to are kept. */
const maxIdle = 1_000;

/** The timelines of a client by conversation, and where the other c2cs stand. */
export class Timelines {
  private readonly open = new Map<string, ConversationTimeline>();
  private readonly positions = new Positions();
  private online = false;
  /** Whether every c2c is known that existed at the last sync, so that one that is not known is new. */
  private complete = false;
  /** C2cs of whose entries only the list of this connection told: an entry may be on its way that the list counts already. */
  private readonly listed = new Set<string>();

  constructor(private readonly parts: TimelinesParts) {}

  /** The timeline of a conversation; the same one until it ends. Throws a `TypeError` when no conversation is named. */
  timeline(target: TimelineTarget, { fromSeq, missed = 'page' }: TimelineOptions = {}): Timeline {
    const convId = convIdOfTarget(target);
    const known = this.open.get(convId);
    if (known?.wanted) return known;
    const position = fromSeq ?? known?.position ?? this.positions.get(convId);
    const timeline = this.create(convId, position, missed, true);
    known?.close();
    return timeline;
  }

  /** Goes on from kept positions. */
  load({ positions, sync }: ClientState): void {
    for (const [convId, seq] of Object.entries(positions)) this.positions.set(convId, seq);
    this.complete = sync !== undefined;
  }

  /** Where everything stands. */
  save(): Pick<ClientState, 'positions' | 'heads'> {
    const positions = Object.fromEntries(this.positions.entries());
    const heads: Record<string, number> = {};
    for (const [convId, { position, highest, behind }] of this.open) {
      if (position !== undefined) positions[convId] = position;
      if (behind && groupIdOf(convId) === undefined) heads[convId] = highest;
    }
    return { positions, heads };
  }

  resume(): void {
    this.online = true;
    for (const timeline of [...this.open.values()]) timeline.resume();
  }

  suspend(): void {
    this.online = false;
    this.listed.clear();
    for (const timeline of this.open.values()) timeline.suspend();
  }

  /** The store is another one: nothing that is known holds. */
  restart(): void {
    this.positions.clear();
    this.listed.clear();
    this.complete = false;
    for (const [convId, timeline] of [...this.open]) {
      if (timeline.wanted) timeline.restart();
      else this.open.delete(convId);
    }
  }

  close(): void {
    for (const timeline of [...this.open.values()]) timeline.close();
  }

  /** Takes an entry from the connection. */
  offer(entry: Entry): void {
    const { convId, seq } = entry;
    const known = this.open.get(convId);
    if (known) {
      known.offer(entry);
      if (!known.wanted) this.keepIdle(convId, known);
    } else if (groupIdOf(convId) === undefined) {
      const told = this.listed.delete(convId) ? undefined : this.positions.get(convId);
      const position = told ?? (this.isNew(convId) ? 0 : seq - 1);
      if (this.parts.wanted()) this.discover(convId, position).offer(entry);
      else this.positions.set(convId, Math.max(position, seq));
    }
  }

  /** Takes what is known of how far conversations reach. */
  learn(conversations: readonly Pick<Conversation, 'convId' | 'lastSeq'>[]): void {
    for (const { convId, lastSeq } of conversations) {
      const known = this.open.get(convId);
      if (known) known.known(lastSeq);
      else if (groupIdOf(convId) === undefined) this.learnC2c(convId, lastSeq);
    }
  }

  /** A sync has come to its end. */
  learned(): void {
    this.complete = true;
  }

  private learnC2c(convId: string, lastSeq: number): void {
    const known = this.positions.get(convId) ?? (this.isNew(convId) ? 0 : undefined);
    if (known === undefined) this.listed.add(convId);
    const position = known ?? lastSeq;
    if (position < lastSeq && this.parts.wanted()) this.discover(convId, position).known(lastSeq);
    else this.positions.set(convId, Math.max(position, lastSeq));
  }

  /** Whether a c2c began after the last sync. */
  private isNew(convId: string): boolean {
    return this.complete && !this.positions.forgetful && this.positions.get(convId) === undefined;
  }

  private discover(convId: string, position: number): ConversationTimeline {
    const timeline = this.create(convId, position, 'page', false);
    this.parts.opened(timeline);
    this.keepIdle(convId, timeline);
    return timeline;
  }

  private create(convId: string, position: number | undefined, missed: 'page' | 'skip', kept: boolean): ConversationTimeline {
    const { ask, timers, backoff, userId, report, told } = this.parts;
    const groupId = groupIdOf(convId);
    const timeline: ConversationTimeline = new ConversationTimeline(
      {
        convId,
        timers,
        backoff: new Backoff(backoff),
        userId,
        missed,
        report,
        told,
        read: (afterSeq, limit) => ask('entries', { convId, afterSeq, limit }),
        ...(groupId === undefined
          ? {}
          : { subscribe: (fromSeq) => ask('subscribe_group', { groupId, ...(fromSeq === undefined ? {} : { fromSeq }) }) }),
        onEnd: (end) => this.forget(timeline, groupId, end),
      },
      position,
      kept,
    );
    this.positions.delete(convId);
    this.open.set(convId, timeline);
    if (this.online) timeline.resume();
    return timeline;
  }

  private forget(timeline: ConversationTimeline, groupId: string | undefined, { code }: TimelineEnd): void {
    const { convId, position } = timeline;
    // Another one may have taken its place.
    if (this.open.get(convId) !== timeline) return;
    this.open.delete(convId);
    if (groupId === undefined) {
      if (position !== undefined) this.positions.set(convId, position);
    } else if (code === 'CLOSED' && this.online) {
      // It ends with the connection at the latest.
      this.parts.ask('unsubscribe_group', { groupId }).catch(() => undefined);
    }
  }

  /** Keeps the ones that were busy last. */
  private keepIdle(convId: string, timeline: ConversationTimeline): void {
    this.open.delete(convId);
    this.open.set(convId, timeline);
    if (this.open.size <= maxIdle) return;
    for (const oldest of this.open.values()) {
      if (oldest.wanted) continue;
      oldest.close();
      return;
    }
  }
}

function convIdOfTarget(target: TimelineTarget): string {
  const { convId, groupId } = target as { readonly convId?: unknown; readonly groupId?: unknown };
  if (typeof convId === 'string') return convId;
  if (typeof groupId === 'string') return groupConvId(groupId);
  throw new TypeError('a timeline needs a groupId or a convId; that of a c2c is c2cConvId(yourUserId, theirUserId)');
}
