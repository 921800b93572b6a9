import type { Bus, BusMessage } from '@app/bus';
import { type SettingsHead, isSettingsHead, settingsTopic } from '@app/config';
import { type NudgeHead, gatewayTopic, isNudgeHead } from '@app/fanout';
import type { Clock } from '@app/kit';
import { type ConversationName, ImError, parseConvId } from '@app/protocol';
import type { ChangedConversation, Committed, ConversationRef } from '@app/storage';
import { Arrivals } from './arrivals';
import { C2cFeeds } from './c2c-feeds';
import {
  type DeviceHead,
  type EntryEnvelope,
  type Head,
  deviceEnvelope,
  entryEnvelope,
  entryTopics,
  isEntryHead,
  isRevokedHead,
  isTopicOf,
  nudgeEnvelope,
  passingEnvelope,
  revokedEnvelope,
  sessionsTopic,
  settingsEnvelope,
  stateEnvelope,
  userTopic,
} from './envelope';
import { Feed, type Place } from './feed';
import type { Outbox } from './outbox';
import { type RepairParts, Repairs } from './repairs';
import type { SharedStore } from './shared-store';
import { Sweep } from './sweep';
import { Topics } from './topics';
import type { Turn } from './turn';
import { textFrame } from './ws-frame';

const dropIdleMs = 60_000;

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

/** What the hub works with. Without `shared`, everything that is stored is stored by this process and heard over its bus. */
export interface HubParts extends RepairParts {
  readonly bus: Bus<Head>;
  /** What this process is called by those who tell it something alone. */
  readonly gatewayId: string;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly shared?: SharedStore | undefined;
}

/**
 * Brings what was stored to the connections of this gateway that may hear it: each entry once, in order, without holes. What comes over
 * the bus is a hint; what is missing is read from the store.
 */
export class Hub {
  private readonly c2cs: C2cFeeds;
  private readonly groups = new Map<string, GroupFeed>();
  /** The groups that each connection hears. */
  private readonly subscriptions = new Map<Outbox, Set<string>>();
  private readonly topics: Topics<Head>;
  private readonly repairs: Repairs;
  private readonly sweep: Sweep | undefined;
  private readonly idler: NodeJS.Timeout;
  private onDevice: (userId: string, head: DeviceHead) => void = () => undefined;
  private onRevoked: (userId: string, sessionId: string) => void = () => undefined;
  private onSettings: (head: SettingsHead) => void = () => undefined;
  private onLink: () => void = () => undefined;
  private linkUp = false;
  private linksMade = 0;

  constructor(private readonly parts: HubParts) {
    const { bus, shared, log } = parts;
    const topics = new Topics(bus);
    const repairs = new Repairs(parts);
    const sweep = shared && new Sweep({ ...shared, log, found: (heads) => this.learn(heads) });
    const arrivals = shared && new Arrivals(shared.arrivals);
    this.topics = topics;
    this.repairs = repairs;
    this.sweep = sweep;
    this.c2cs = new C2cFeeds({ ...parts, topics, repairs, sweep, arrivals });
    bus.listen(
      (topic, message) => this.receive(topic, message),
      (up) => this.linkIs(up),
    );
    this.idler = setInterval(() => this.c2cs.dropIdle(), dropIdleMs).unref();
  }

  /** Begins to hear what is told to this gateway, and to look for what the bus did not bring. Throws when the store cannot be asked. */
  async start(): Promise<void> {
    // A gateway starts without waiting for a bus that is slow.
    this.parts.background.run('gateway topic', this.topics.hold(gatewayTopic(this.parts.gatewayId)));
    await this.sweep?.start();
  }

  /** Whether what other gateways publish is heard. */
  get busUp(): boolean {
    return this.linkUp;
  }

  /** How often the link to the other gateways was made. */
  get links(): number {
    return this.linksMade;
  }

  /** The same while there is one, and `undefined` while there is none. */
  get link(): number | undefined {
    return this.linkUp ? this.linksMade : undefined;
  }

  /** Sets who hears words about devices of users who are here from other gateways, and from this one. */
  listenDevices(onDevice: (userId: string, head: DeviceHead) => void): void {
    this.onDevice = onDevice;
  }

  /**
   * Sets who hears of sessions that were ended, on this gateway or another, of users who are here or not. Resolves when nothing is missed
   * that is said while there is a link.
   */
  listenRevoked(onRevoked: (userId: string, sessionId: string) => void): Promise<void> {
    this.onRevoked = onRevoked;
    return this.topics.hold(sessionsTopic);
  }

  /**
   * Sets who hears what other processes say of their settings, and this one too, and who is told of every link that is made from now on.
   * Resolves when nothing is missed that is said while there is a link.
   */
  listenSettings(onSettings: (head: SettingsHead) => void, onLink: () => void): Promise<void> {
    this.onSettings = onSettings;
    this.onLink = onLink;
    return this.topics.hold(settingsTopic);
  }

  /** Lets a connection hear its user's c2c conversations and state. Resolves when nothing published from now on is missed. */
  attach(userId: string, box: Outbox): Promise<void> {
    return this.c2cs.attach(userId, box);
  }

  /** Lets a connection hear nothing more. */
  detach(userId: string, box: Outbox): void {
    for (const convId of [...(this.subscriptions.get(box) ?? [])]) this.unsubscribe(convId, box);
    this.c2cs.detach(userId, box);
  }

  /** In how many groups a connection hears. */
  subscriptionsOf(box: Outbox): number {
    return this.subscriptions.get(box)?.size ?? 0;
  }

  /**
   * Lets a connection hear a group. `admit` tells, by a fresh read made once the topic is live, where the log stands, where the member's
   * window begins and, unless that is the same, where they joined; it throws when the user may not hear. More than `limit` missing entries
   * are not recovered.
   */
  async subscribe(
    ref: ConversationRef,
    { box, userId }: { box: Outbox; userId: string },
    admit: () => Promise<{ lastSeq: number; from: number; joined?: number }>,
    { fromSeq, limit }: { fromSeq: number | undefined; limit: number },
  ): Promise<Subscribed> {
    const { convId } = ref.name;
    const known = this.groups.get(convId)?.places.get(box);
    if (known && !known.ended) {
      const { from, joined = from } = await admit();
      const position = this.groups.get(convId)?.feed.reachedBy(known) ?? 0;
      if (!known.ended && joined <= position + 1) return { lastSeq: position, recovered: true, start: () => undefined };
      // The user left and came back, and this place is not there yet: it would end where they left.
      this.unsubscribe(convId, box);
    }
    // Nobody would end it.
    if (box.gone) throw new ImError('UNAVAILABLE');
    const group = this.openGroup(ref.name);
    const place: Place = { box, userId, position: 0, joined: 0, ended: false };
    group.places.set(box, place);
    const subscribed = this.subscriptions.get(box);
    if (subscribed) subscribed.add(convId);
    else this.subscriptions.set(box, new Set([convId]));
    try {
      await group.live;
      const { lastSeq, from, joined = from } = await admit();
      if (place.ended) throw new ImError('UNAVAILABLE');
      group.feed.start(lastSeq);
      // What the bus has not brought by now is on its way, or missing.
      group.feed.cursor?.learn(lastSeq);
      this.repairs.mend(group.feed);
      const wanted = Math.max(fromSeq ?? lastSeq, from - 1);
      const recovered = wanted <= lastSeq && lastSeq - wanted <= limit;
      place.position = recovered ? wanted : lastSeq;
      place.joined = joined;
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

  /** Tells all who hear a group now of something that passes, except for one user. What is lost is not told again. */
  publishToOthers(convId: string, exceptUserId: string, event: string, data: unknown): void {
    this.parts.bus.publish(convId, passingEnvelope(convId, exceptUserId, event, data));
  }

  /** Tells the connections of users to one gateway, this one or another, what was said in a group that they do not hear. */
  nudge(gatewayId: string, head: NudgeHead, event: string): void {
    this.parts.bus.publish(gatewayTopic(gatewayId), nudgeEnvelope(head, event));
  }

  /** Sends a word about a user's devices to every gateway that has the user's connections, this one included. */
  publishDevice(userId: string, head: DeviceHead): void {
    this.parts.bus.publish(userTopic(userId), deviceEnvelope(head));
  }

  /** Tells every gateway, this one included, that a session has ended. */
  publishRevoked(userId: string, sessionId: string): void {
    this.parts.bus.publish(sessionsTopic, revokedEnvelope(userId, sessionId));
  }

  /** Tells every gateway, this one included, of settings. */
  publishSettings(head: SettingsHead): void {
    this.parts.bus.publish(settingsTopic, settingsEnvelope(head));
  }

  /** Ends what goes on by itself; answers of the store that still come are nobody's. */
  close(): void {
    clearInterval(this.idler);
    this.repairs.close();
    this.sweep?.close();
  }

  private linkIs(up: boolean): void {
    const back = up && !this.linkUp;
    if (back) this.linksMade++;
    this.linkUp = up;
    this.parts.metrics.busUp.set(up ? 1 : 0);
    // What was published while the link was down is missing.
    if (!back) return;
    this.sweep?.soon();
    this.onLink();
  }

  /** Takes in where logs stand: what a listener here has not heard is on its way, or was lost. */
  private learn(heads: readonly ChangedConversation[]): void {
    for (const { conv_id, last_seq } of heads) {
      const feed = this.feedOf(conv_id);
      if (!feed) continue;
      if (!feed.cursor && feed.audience) this.c2cs.begin(feed, last_seq + 1);
      // Where it begins before that, what is missing is read now and not by the next sweep.
      feed.cursor?.learn(last_seq);
      this.repairs.mend(feed);
    }
  }

  private receive(topic: string, message: BusMessage<Head>): void {
    const { head } = message;
    switch (head.kind) {
      case 'entry':
        if (isEntryHead(head) && isTopicOf(topic, head.convId)) this.receiveEntry(message as EntryEnvelope);
        return;
      case 'state':
        for (const box of this.c2cs.boxesOf(topic.slice(userTopic('').length))) box.push(message.body);
        return;
      case 'passing':
        if (topic === head.convId) this.groups.get(topic)?.feed.passOn(message.body, head.exceptUserId);
        return;
      case 'nudge':
        if (topic === gatewayTopic(this.parts.gatewayId) && isNudgeHead(head)) this.receiveNudge(head, message.body);
        return;
      case 'settings':
        if (topic === settingsTopic && isSettingsHead(head)) this.onSettings(head);
        return;
      case 'session_revoked':
        if (topic === sessionsTopic && isRevokedHead(head)) this.onRevoked(head.userId, head.sessionId);
        return;
      case 'device_connected':
      case 'device_contested':
      case 'device_replaced':
        return this.onDevice(topic.slice(userTopic('').length), head);
    }
  }

  private receiveNudge({ convId, userIds }: NudgeHead, event: Buffer): void {
    const frame = textFrame(event.toString());
    const heard = this.groups.get(convId)?.places;
    for (const userId of userIds) {
      for (const box of this.c2cs.boxesOf(userId)) if (heard?.get(box)?.ended ?? true) box.push(frame);
    }
  }

  private receiveEntry(envelope: EntryEnvelope): void {
    const { convId, seq, prevAt } = envelope.head;
    const feed = this.feedOf(convId);
    if (!feed) return;
    if (feed.audience) this.c2cs.begin(feed, seq, prevAt);
    feed.offer(envelope);
    this.repairs.mend(feed);
  }

  /** The stream of a conversation that somebody here hears. */
  private feedOf(convId: string): Feed | undefined {
    const group = this.groups.get(convId);
    if (group) return group.feed;
    const name = parseConvId(convId);
    return name?.convType === 'c2c' ? this.c2cs.open(name) : undefined;
  }

  private openGroup(name: ConversationName): GroupFeed {
    const found = this.groups.get(name.convId);
    if (found) return found;
    const group = { feed: new Feed(name, this.parts), places: new Map<Outbox, Place>(), live: this.topics.hold(name.convId) };
    this.groups.set(name.convId, group);
    return group;
  }
}
