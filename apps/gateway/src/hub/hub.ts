import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, BusMessage } from '@app/bus';
import type { Background, Clock, Log, Metrics } from '@app/kit';
import { type ConversationName, ImError, parseConvId } from '@app/protocol';
import type { Committed, ConversationRef, ConversationStore, EntryStore, Window } from '@app/storage';
import {
  type ControlHead,
  type EntryEnvelope,
  type Head,
  controlEnvelope,
  entryEnvelope,
  entryFrame,
  entryTopics,
  stateEnvelope,
  userTopic,
} from './envelope';
import { Feed, type Place } from './feed';
import type { Outbox } from './outbox';
import { Topics } from './topics';
import type { Turn } from './turn';

const holeWaitMs = 50;
const retryReadMs = 1_000;
const idleCursorMs = 10 * 60_000;
const sweepMs = 60_000;
const pageSize = 200;
/** At a first sight, what was stored while this gateway listened and did not hear is read back this far. */
const firstSightLimit = 500;
const everything: Window = { from: 1, until: null };

interface LocalUser {
  boxes: readonly Outbox[];
  /** When this gateway began to listen for the user, in the store's time. */
  readonly since: number;
  readonly live: Promise<void>;
  readonly feeds: Set<Feed>;
}

interface GroupFeed {
  readonly feed: Feed;
  readonly places: Map<Outbox, Place>;
  readonly live: Promise<void>;
}

/** What a subscription was told, and how its frames begin to flow. */
export interface Subscribed {
  readonly lastSeq: number;
  readonly recovered: boolean;
  /** Sends what is missing and then live entries. To be called once the ack is on its way. */
  start(): void;
}

/** What the hub works with. */
export interface HubParts {
  readonly bus: Bus<Head>;
  readonly entries: EntryStore;
  readonly conversations: ConversationStore;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly background: Background;
  readonly log: Log;
}

/**
 * Brings what was stored to the connections of this gateway that may hear it: each entry once, in order, without holes. What comes over
 * the bus is a hint; what is missing is read from the store.
 */
export class Hub {
  private readonly users = new Map<string, LocalUser>();
  private readonly groups = new Map<string, GroupFeed>();
  private readonly c2cs = new Map<string, Feed>();
  /** The groups that each connection hears. */
  private readonly subscriptions = new Map<Outbox, Set<string>>();
  private readonly topics: Topics<Head>;
  private readonly sweeper: NodeJS.Timeout;
  private onControl: (userId: string, head: ControlHead) => void = () => undefined;
  /** Newest store time among cursors that were dropped for being idle: what is not newer was passed on before. */
  private watermark = 0;
  private closed = false;

  constructor(private readonly parts: HubParts) {
    this.topics = new Topics(parts.bus);
    parts.bus.listen(
      (topic, message) => this.receive(topic, message),
      (up) => parts.metrics.busUp.set(up ? 1 : 0),
    );
    this.sweeper = setInterval(() => this.dropIdle(), sweepMs).unref();
  }

  /** Sets who hears words about users from other gateways, and from this one. */
  listenControl(onControl: (userId: string, head: ControlHead) => void): void {
    this.onControl = onControl;
  }

  /** Lets a connection hear its user's c2c conversations and state. Resolves when nothing published from now on is missed. */
  async attach(userId: string, box: Outbox): Promise<void> {
    let user = this.users.get(userId);
    if (user) user.boxes = [...user.boxes, box];
    else {
      user = { boxes: [box], since: this.parts.clock.now(), live: this.topics.hold(userTopic(userId)), feeds: new Set() };
      this.users.set(userId, user);
    }
    await user.live;
  }

  /** Lets a connection hear nothing more. */
  detach(userId: string, box: Outbox): void {
    for (const convId of [...(this.subscriptions.get(box) ?? [])]) this.unsubscribe(convId, box);
    const user = this.users.get(userId);
    if (!user?.boxes.includes(box)) return;
    user.boxes = user.boxes.filter((other) => other !== box);
    if (user.boxes.length > 0) return;
    this.users.delete(userId);
    this.topics.release(userTopic(userId));
    for (const feed of user.feeds) {
      const [other] = this.localUsersOf(feed.name);
      if (other) other.feeds.add(feed);
      else this.dropC2c(feed);
    }
  }

  /** In how many groups a connection hears. */
  subscriptionsOf(box: Outbox): number {
    return this.subscriptions.get(box)?.size ?? 0;
  }

  /**
   * Lets a connection hear a group. `admit` tells, by a fresh read made once the topic is live, where the log stands and where the
   * member's window begins; it throws when the user may not hear. More than `limit` missing entries are not recovered.
   */
  async subscribe(
    ref: ConversationRef,
    { box, userId }: { box: Outbox; userId: string },
    admit: () => Promise<{ lastSeq: number; from: number }>,
    { fromSeq, limit }: { fromSeq: number | undefined; limit: number },
  ): Promise<Subscribed> {
    const { convId } = ref.name;
    const known = this.groups.get(convId)?.places.get(box);
    if (known && !known.ended) {
      const { from } = await admit();
      const position = Math.max(this.groups.get(convId)?.feed.position ?? 0, known.position);
      if (from <= position + 1) return { lastSeq: position, recovered: true, start: () => undefined };
      // The user left and came back, and the stream is not there yet: this place would end where they left.
      this.unsubscribe(convId, box);
    }
    // Nobody would end it.
    if (box.gone) throw new ImError('UNAVAILABLE');
    const group = this.openGroup(ref.name);
    const place: Place = { box, userId, position: 0, ended: false };
    group.places.set(box, place);
    const subscribed = this.subscriptions.get(box);
    if (subscribed) subscribed.add(convId);
    else this.subscriptions.set(box, new Set([convId]));
    try {
      await group.live;
      const { lastSeq, from } = await admit();
      if (place.ended) throw new ImError('UNAVAILABLE');
      group.feed.start(lastSeq);
      this.mend(group.feed);
      const wanted = Math.max(fromSeq ?? lastSeq, from - 1);
      const recovered = wanted <= lastSeq && lastSeq - wanted <= limit;
      place.position = recovered ? wanted : lastSeq;
      const start = () => this.parts.background.run('catch up', this.catchUp(ref, group.feed, place));
      return { lastSeq, recovered, start };
    } catch (error) {
      this.unsubscribe(convId, box);
      throw error;
    }
  }

  /** Ends a connection's subscription, if it has one. */
  unsubscribe(convId: string, box: Outbox): void {
    const group = this.groups.get(convId);
    const place = group?.places.get(box);
    if (!group || !place) return;
    group.feed.leave(place);
    group.places.delete(box);
    const subscribed = this.subscriptions.get(box);
    subscribed?.delete(convId);
    if (subscribed?.size === 0) this.subscriptions.delete(box);
    if (group.places.size > 0) return;
    this.groups.delete(convId);
    group.feed.drop();
    this.topics.release(convId);
  }

  /** Publishes what was committed. */
  publishEntries(committed: readonly Committed[]): void {
    for (const { conversation, entry, prevAt } of committed) {
      const envelope = entryEnvelope(entry, prevAt);
      for (const topic of entryTopics(conversation.name)) this.parts.bus.publish(topic, envelope);
    }
  }

  /** Tells the user's own connections of a change of state: a hint, whose truth `sync` has. */
  publishState(userId: string, event: string, data: unknown): void {
    this.parts.bus.publish(userTopic(userId), stateEnvelope(event, data));
  }

  /** Sends a word about a user to every gateway that has the user's connections, this one included. */
  publishControl(userId: string, head: ControlHead): void {
    this.parts.bus.publish(userTopic(userId), controlEnvelope(head));
  }

  close(): void {
    this.closed = true;
    clearInterval(this.sweeper);
  }

  private receive(topic: string, message: BusMessage<Head>): void {
    const { head } = message;
    switch (head.kind) {
      case 'entry':
        return this.receiveEntry(message as EntryEnvelope);
      case 'state':
        for (const box of this.users.get(topic.slice(userTopic('').length))?.boxes ?? []) box.push(message.body);
        return;
      case 'session_revoked':
      case 'device_connected':
        return this.onControl(topic.slice(userTopic('').length), head);
    }
  }

  private receiveEntry(envelope: EntryEnvelope): void {
    const { convId } = envelope.head;
    const name = parseConvId(convId);
    const feed = this.groups.get(convId)?.feed ?? (name?.convType === 'c2c' ? this.openC2c(name) : undefined);
    if (!feed) return;
    if (!feed.cursor && feed.name.convType === 'c2c') this.firstSight(feed, envelope);
    feed.offer(envelope);
    this.mend(feed);
  }

  /**
   * With no cursor, an entry begins the stream, unless one before it was stored while this gateway already listened: then what was
   * stored since is read first.
   */
  private firstSight(feed: Feed, { head }: EntryEnvelope): void {
    if (feed.repairing) return;
    // What has the very time at which listening began may have come after it.
    const listening = this.localUsersOf(feed.name).map((user) => user.since - 1);
    const since = Math.max(this.watermark, Math.min(...listening));
    if (head.prevAt <= since) return feed.start(head.seq - 1);
    feed.repairing = true;
    this.parts.background.run('first sight', this.readSince(feed, head.seq, since));
  }

  private async readSince(feed: Feed, seq: number, since: number): Promise<void> {
    const missed = await this.untilRead(
      async () => {
        const ref = await this.parts.conversations.find(feed.name);
        return ref ? this.parts.entries.since(ref, seq, since, firstSightLimit) : [];
      },
      () => feed.dropped,
    );
    if (!missed) return;
    feed.start((missed[0]?.seq ?? seq) - 1);
    for (const entry of missed) feed.offer(entryEnvelope(entry, 0));
    feed.repairing = false;
    this.mend(feed);
  }

  /** What the store answers, sooner or later; `undefined` when nobody wants it any more. */
  private async untilRead<T>(read: () => Promise<T>, unwanted: () => boolean): Promise<T | undefined> {
    while (!unwanted() && !this.closed) {
      try {
        const answer = await read();
        return unwanted() ? undefined : answer;
      } catch (error) {
        this.parts.log.warn({ err: error }, 'what listeners miss cannot be read, trying again');
        await sleep(retryReadMs, undefined, { ref: false });
      }
    }
    return undefined;
  }

  /** Lets a hole wait a moment for the entry that may be on its way, then reads it from the store. */
  private mend(feed: Feed, waitMs = holeWaitMs): void {
    if (feed.repairing || !feed.cursor?.hasHole || this.closed) return;
    feed.repairing = true;
    setTimeout(() => this.parts.background.run('repair', this.repair(feed)), waitMs).unref();
  }

  private async repair(feed: Feed): Promise<void> {
    try {
      if (!feed.cursor?.hasHole || feed.dropped || this.closed) {
        feed.repairing = false;
        return;
      }
      const before = feed.position;
      const ref = await this.parts.conversations.find(feed.name);
      const page = ref ? await this.parts.entries.after(ref, everything, before, pageSize) : { items: [], hasMore: false };
      if (feed.dropped) return;
      for (const entry of page.items) feed.offer(entryEnvelope(entry, 0));
      const repaired = feed.position > before;
      if (!repaired) {
        this.parts.log.error({ convId: feed.name.convId, after: before }, 'the store lacks entries below the head of a conversation');
        feed.skip(before);
      }
      this.parts.metrics.hubGaps.inc({ repaired: repaired ? 'yes' : 'no' });
      feed.repairing = false;
      this.mend(feed, 0);
    } catch (error) {
      feed.repairing = false;
      this.mend(feed, retryReadMs);
      throw error;
    }
  }

  /** Sends pages from the store as the socket drains, until the ring has the rest. */
  private async catchUp(ref: ConversationRef, feed: Feed, place: Place): Promise<void> {
    while (!place.ended) {
      if (feed.join(place)) return;
      const passed = feed.position;
      const page = await this.untilRead(
        () => this.parts.entries.after(ref, everything, place.position, pageSize),
        () => place.ended,
      );
      if (!page) return;
      // Other subscriptions of the same connection may have filled it meanwhile.
      while (place.box.behind && !place.ended) await place.box.drained();
      // The store lacks what was passed on by then; what came since is not behind this place.
      if (page.items.length === 0) place.position = passed;
      for (const entry of page.items) {
        if (place.ended) return;
        place.box.push(entryFrame(entry));
        place.position = entry.seq;
        if (entry.kind === 'member_left' && entry.userId === place.userId) place.ended = true;
      }
      await place.box.drained();
    }
  }

  private openGroup(name: ConversationName): GroupFeed {
    const found = this.groups.get(name.convId);
    if (found) return found;
    const group = { feed: new Feed(name, this.parts), places: new Map<Outbox, Place>(), live: this.topics.hold(name.convId) };
    this.groups.set(name.convId, group);
    return group;
  }

  private dropC2c(feed: Feed): void {
    feed.drop();
    this.c2cs.delete(feed.name.convId);
  }

  private openC2c(name: ConversationName): Feed | undefined {
    const found = this.c2cs.get(name.convId);
    if (found) return found;
    const users = this.localUsersOf(name);
    if (users.length === 0) return undefined;
    const feed = new Feed(name, this.parts, () => this.audiencesOf(name));
    this.c2cs.set(name.convId, feed);
    for (const user of users) user.feeds.add(feed);
    return feed;
  }

  private audiencesOf(name: ConversationName): readonly (readonly Outbox[])[] {
    return this.localUsersOf(name).map((user) => user.boxes);
  }

  private localUsersOf(name: ConversationName): LocalUser[] {
    if (name.convType !== 'c2c') return [];
    return name.users.map((userId) => this.users.get(userId)).filter((user) => user !== undefined);
  }

  private dropIdle(): void {
    const idleSince = this.parts.clock.now() - idleCursorMs;
    for (const feed of this.c2cs.values()) {
      if (feed.lastActive > idleSince || feed.repairing) continue;
      this.dropC2c(feed);
      this.watermark = Math.max(this.watermark, feed.newestAt);
      for (const user of this.localUsersOf(feed.name)) user.feeds.delete(feed);
    }
  }
}
