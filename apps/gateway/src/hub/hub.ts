import type { Bus, BusMessage } from '@app/bus';
import type { Clock } from '@app/kit';
import { type ConversationName, ImError, parseConvId } from '@app/protocol';
import type { Committed, ConversationRef } from '@app/storage';
import { Arrivals, type ReadArrivals } from './arrivals';
import {
  type ControlHead,
  type EntryEnvelope,
  type Head,
  controlEnvelope,
  entryEnvelope,
  entryTopics,
  stateEnvelope,
  userTopic,
} from './envelope';
import { Feed, type Place } from './feed';
import type { Outbox } from './outbox';
import { type RepairParts, Repairs } from './repairs';
import { type ChangedHead, Sweep, type SweepParts, overlapMs } from './sweep';
import { Topics } from './topics';
import type { Turn } from './turn';

const idleCursorMs = 10 * 60_000;
const dropIdleMs = 60_000;

interface LocalUser {
  boxes: readonly Outbox[];
  /** What was stored after this time (of the store) in a conversation without a cursor was stored while this gateway listened. */
  readonly since: number;
  /** It is not known yet where the user's conversations stood when this gateway began to listen. */
  arriving: boolean;
  /** Where those stood then that had changed lately and have no cursor yet. */
  readonly heads: Map<string, number>;
  live: Promise<void>;
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

/** What the hub asks of a store that other gateways write to as well. */
export type SharedStore = Pick<SweepParts, 'storeTime' | 'changedSince' | 'everyMs'> & { readonly arrivals: ReadArrivals };

/** What the hub works with. Without `shared`, everything that is stored is stored by this process and heard over its bus. */
export interface HubParts extends RepairParts {
  readonly bus: Bus<Head>;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly shared?: SharedStore | undefined;
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
  private readonly repairs: Repairs;
  private readonly sweep: Sweep | undefined;
  private readonly arrivals: Arrivals | undefined;
  private readonly idler: NodeJS.Timeout;
  private onControl: (userId: string, head: ControlHead) => void = () => undefined;
  /** Newest store time among cursors that were dropped for being idle: what is not newer was passed on before. */
  private watermark = 0;
  private linkUp = false;

  constructor(private readonly parts: HubParts) {
    const { bus, shared, log } = parts;
    this.topics = new Topics(bus);
    this.repairs = new Repairs(parts);
    this.sweep = shared && new Sweep({ ...shared, log, found: (heads) => this.learn(heads) });
    this.arrivals = shared && new Arrivals(shared.arrivals);
    bus.listen(
      (topic, message) => this.receive(topic, message),
      (up) => this.linkIs(up),
    );
    this.idler = setInterval(() => this.dropIdle(), dropIdleMs).unref();
  }

  /** Begins to look for what the bus did not bring. Throws when the store cannot be asked. */
  async start(): Promise<void> {
    await this.sweep?.start();
  }

  /** Whether what other gateways publish is heard. */
  get busUp(): boolean {
    return this.linkUp;
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
      user = this.listenFor(userId, box);
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
      this.repairs.mend(group.feed);
      const wanted = Math.max(fromSeq ?? lastSeq, from - 1);
      const recovered = wanted <= lastSeq && lastSeq - wanted <= limit;
      place.position = recovered ? wanted : lastSeq;
      const start = () => this.parts.background.run('catch up', this.repairs.catchUp(ref, group.feed, place));
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

  /** Ends what goes on by itself. */
  async close(): Promise<void> {
    clearInterval(this.idler);
    this.repairs.close();
    await this.sweep?.close();
  }

  private linkIs(up: boolean): void {
    const back = up && !this.linkUp;
    this.linkUp = up;
    this.parts.metrics.busUp.set(up ? 1 : 0);
    // What was published while the link was down is missing.
    if (back) this.sweep?.soon();
  }

  private listenFor(userId: string, box: Outbox): LocalUser {
    const { sweep, arrivals } = this;
    const live = this.topics.hold(userTopic(userId));
    const user: LocalUser = {
      boxes: [box],
      // What has the very time at which listening began may have come after it.
      since: sweep ? sweep.storeNow - overlapMs : this.parts.clock.now() - 1,
      arriving: sweep !== undefined,
      heads: new Map(),
      live,
      feeds: new Set(),
    };
    if (arrivals) user.live = live.then(() => this.arrive(userId, user, arrivals));
    return user;
  }

  /**
   * Times cannot tell what was stored after this gateway began to listen: a transaction may end long after its time. So those
   * conversations of the user that changed lately begin where the store has them now; in all others what is recent comes later.
   */
  private async arrive(userId: string, user: LocalUser, arrivals: Arrivals): Promise<void> {
    const waiting = new Set<Feed>();
    try {
      for (const { conv_id, last_seq } of await arrivals.headsOf(userId, user.since)) {
        const feed = this.c2cs.get(conv_id);
        if (!feed?.cursor) user.heads.set(conv_id, last_seq);
        if (feed) waiting.add(feed);
      }
    } catch (error) {
      this.parts.log.warn({ err: error }, 'it cannot be read where conversations stand, what is recent will be heard again');
    }
    user.arriving = false;
    for (const feed of new Set([...waiting, ...user.feeds])) {
      const [first] = feed.waiting;
      if (first) this.begin(feed, first.head.seq, first.head.prevAt);
      this.repairs.mend(feed);
    }
  }

  /** Takes in where logs stand: what a listener here has not heard is on its way, or was lost. */
  private learn(heads: readonly ChangedHead[]): void {
    for (const { conv_id, last_seq } of heads) {
      const name = parseConvId(conv_id);
      const feed = this.groups.get(conv_id)?.feed ?? (name?.convType === 'c2c' ? this.openC2c(name) : undefined);
      if (!feed) continue;
      if (feed.cursor) feed.cursor.learn(last_seq);
      else if (feed.audience) this.begin(feed, last_seq + 1);
      this.repairs.mend(feed);
    }
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
      case 'device_contested':
      case 'device_replaced':
        return this.onControl(topic.slice(userTopic('').length), head);
    }
  }

  private receiveEntry(envelope: EntryEnvelope): void {
    const { convId } = envelope.head;
    const name = parseConvId(convId);
    const feed = this.groups.get(convId)?.feed ?? (name?.convType === 'c2c' ? this.openC2c(name) : undefined);
    if (!feed) return;
    if (feed.audience) this.begin(feed, envelope.head.seq, envelope.head.prevAt);
    feed.offer(envelope);
    this.repairs.mend(feed);
  }

  /**
   * Begins the stream of a c2c, of which the entries below `seq` are stored, the last of them at `prevAt` if that is known. What was stored
   * before its users came is not for them; what came since and was not heard is read first.
   */
  private begin(feed: Feed, seq: number, prevAt = Infinity): void {
    if (feed.cursor || feed.repairing || feed.dropped) return;
    const users = this.localUsersOf(feed.name);
    if (users.some((user) => user.arriving)) return;
    const others = users.filter((user) => !user.heads.has(feed.name.convId));
    const since = Math.max(this.watermark, Math.min(...others.map((user) => user.since)));
    if (prevAt <= since) this.beginAfter(feed, seq - 1);
    else this.repairs.beginSince(feed, seq, since, (position) => this.beginAfter(feed, position));
  }

  /** Begins after `position`, or earlier where a user of it came earlier. */
  private beginAfter(feed: Feed, position: number): void {
    if (feed.dropped) return;
    const { convId } = feed.name;
    const users = this.localUsersOf(feed.name);
    feed.start(Math.min(position, ...users.map((user) => user.heads.get(convId) ?? Infinity)), this.sweep?.storeNow);
    for (const user of users) user.heads.delete(convId);
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
      for (const user of this.localUsersOf(feed.name)) {
        user.feeds.delete(feed);
        user.heads.delete(feed.name.convId);
      }
    }
  }
}
