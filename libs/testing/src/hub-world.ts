import { Duplex } from 'node:stream';
import { type Bus, type BusListener, type BusMessage, Exchange, InProcessBus } from '@app/bus';
import { Background, type Clock, createLog, newId, systemClock } from '@app/kit';
import { type ConversationName, groupConversation } from '@app/protocol';
import { type Content, ConversationLog, type ConversationRef, type Database, clientKey } from '@app/storage';
import type { Head } from '../../../apps/gateway/src/hub/envelope';
import { Hub } from '../../../apps/gateway/src/hub/hub';
import { Outbox } from '../../../apps/gateway/src/hub/outbox';
import { sharedStore } from '../../../apps/gateway/src/hub/shared-store';
import { Turn } from '../../../apps/gateway/src/hub/turn';
import type { ServerFrame } from './client';
import { type TempStore, openTempStore } from './temp-store';

/** A bus that loses, keeps back, swaps and doubles what is published, as the test says. */
export class LossyBus implements Bus<Head> {
  /** Decides about each entry: how often it goes through now; `'hold'` keeps it until `deliver`. */
  fate: (seq: number, topic: string) => number | 'hold' = () => 1;
  readonly kept: { readonly topic: string; readonly message: BusMessage<Head> }[] = [];
  readonly topics = new Set<string>();
  private readonly inner: InProcessBus<Head>;
  /** While set, only its own listener hears what is published here. */
  alone = false;
  private onMessage: BusListener<Head> = () => undefined;
  private onLink: (up: boolean) => void = () => undefined;

  constructor(exchange?: Exchange) {
    this.inner = new InProcessBus(exchange);
  }

  /** Tells the listener that the link to other buses is lost or back. */
  linkIs(up: boolean): void {
    this.onLink(up);
  }

  publish(topic: string, message: BusMessage<Head>): void {
    const { head } = message;
    const fate = head.kind === 'entry' ? this.fate(head.seq, topic) : 1;
    if (this.alone) this.toItself(topic, message);
    else if (fate === 'hold') this.kept.push({ topic, message });
    else for (let i = 0; i < fate; i++) this.inner.publish(topic, message);
  }

  /** Lets what was kept back go, in the given order of places, or as it came. */
  deliver(order: readonly number[] = this.kept.map((_, i) => i)): void {
    const kept = this.kept.splice(0);
    for (const place of order) {
      const found = kept[place];
      if (found) this.inner.publish(found.topic, found.message);
    }
  }

  async subscribe(topic: string): Promise<void> {
    await this.inner.subscribe(topic);
    this.topics.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.inner.unsubscribe(topic);
    this.topics.delete(topic);
  }

  listen(onMessage: BusListener<Head>, onLink: (up: boolean) => void): void {
    this.onMessage = onMessage;
    this.onLink = onLink;
    this.inner.listen(onMessage, onLink);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private toItself(topic: string, message: BusMessage<Head>): void {
    if (this.topics.has(topic)) this.onMessage(topic, message);
  }
}

/** One connection as the hub sees it: an outbox, and what came out of it. */
export class HubListener {
  /** Every frame so far, in the order of writing. */
  readonly frames: ServerFrame[] = [];
  readonly box: Outbox;
  readonly socket: Duplex;
  overflown = false;
  /** While set, what is written stays in the socket's buffer. */
  private stuck: (() => void) | undefined;
  private stalled = false;

  constructor(
    readonly userId: string,
    turn: Turn,
    limit = 1024 * 1024,
  ) {
    this.socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        this.take(chunk);
        if (this.stalled) this.stuck = done;
        else done();
      },
    });
    this.box = new Outbox(this.socket, turn, limit, () => (this.overflown = true));
  }

  /** Seqs of the entries and messages so far. */
  get seqs(): number[] {
    return this.frames.flatMap(({ data }) => (data as { seq?: number }).seq ?? []);
  }

  /** Seqs by conversation. */
  seqsOf(convId: string): number[] {
    return this.frames.flatMap(({ data }) =>
      (data as { convId?: string }).convId === convId ? ((data as { seq?: number }).seq ?? []) : [],
    );
  }

  /** Stops reading. */
  stall(): void {
    this.stalled = true;
  }

  /** Goes on reading. */
  flow(): void {
    this.stalled = false;
    this.stuck?.();
    this.stuck = undefined;
  }

  /** Waits until `done` holds, turn by turn. */
  async until(done: () => boolean = () => false, what = 'a condition'): Promise<void> {
    const deadline = performance.now() + 8_000;
    while (!done()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}; heard ${this.seqs.slice(-20).join(' ')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const [start, length] =
        short < 126
          ? [at + 2, short]
          : short === 126
            ? [at + 4, bytes.readUInt16BE(at + 2)]
            : [at + 10, Number(bytes.readBigUInt64BE(at + 2))];
      this.frames.push(JSON.parse(bytes.toString('utf8', start, start + length)) as ServerFrame);
      at = start + length;
    }
  }
}

/** How a hub for a test differs from that of a gateway which is alone. */
export interface HubOptions {
  readonly clock?: Clock;
  /** Others write to its store too; it sweeps so often (milliseconds). */
  readonly sweepMs?: number;
}

/** A hub over a store of its own, or beside another one, and a bus that the test troubles. */
export class HubWorld<D extends Database = Database> {
  readonly turn = new Turn();
  readonly hub: Hub;
  readonly gatewayId = newId();
  private readonly name = newId();
  private keys = 0;
  /** Hubs on the same store. */
  private readonly others: HubWorld<D>[] = [];

  private constructor(
    readonly store: TempStore<D>,
    readonly bus: LossyBus,
    private readonly exchange: Exchange,
    private readonly options: HubOptions,
  ) {
    const { conversations, entries, metrics, log: conversationLog, database } = store;
    const { clock = systemClock, sweepMs } = options;
    const log = createLog('silent');
    const background = new Background(log, metrics.backgroundFailures);
    const shared = sweepMs === undefined ? undefined : sharedStore(database, conversations, sweepMs);
    this.hub = new Hub({
      bus,
      gatewayId: this.gatewayId,
      entries,
      conversations,
      turn: this.turn,
      clock,
      metrics,
      background,
      log,
      shared,
    });
    conversationLog.onCommitted((committed) => this.hub.publishEntries(committed));
  }

  static async open<D extends Database = Database>(
    kind?: Parameters<typeof openTempStore<D>>[0],
    options: HubOptions = {},
  ): Promise<HubWorld<D>> {
    const { clock = systemClock } = options;
    const exchange = new Exchange();
    const world = new HubWorld(await openTempStore(kind, { clock }), new LossyBus(exchange), exchange, options);
    await world.hub.start();
    return world;
  }

  /** The hub of another gateway, on the same store; it closes with this one. */
  async beside(): Promise<HubWorld<D>> {
    const { database, metrics } = this.store;
    const log = new ConversationLog(database, { queueLimit: 10_000, metrics });
    const world = new HubWorld<D>({ ...this.store, log }, new LossyBus(this.exchange), this.exchange, this.options);
    this.others.push(world);
    await world.hub.start();
    return world;
  }

  /** A conversation, a group unless its name is given. */
  conversation(name: string | ConversationName): Promise<ConversationRef> {
    return this.store.conversations.ensure(typeof name === 'string' ? groupConversation(name) : name);
  }

  /** Stores so many messages, in flushes that share what comes in one turn. */
  async say(conversation: ConversationRef, count = 1, sender = 'sender', text = 'hello'): Promise<number[]> {
    const content: Content = { kind: 'message', type: 'text', body: JSON.stringify({ text }) };
    const stored = Array.from({ length: count }, () => this.append(conversation, content, sender));
    return Promise.all(stored);
  }

  /** Stores one entry and answers its seq. */
  async append(conversation: ConversationRef, content: Content, sender = 'sender'): Promise<number> {
    const { seq } = await this.store.log.append({ conversation, sender, key: clientKey(`${this.name}${++this.keys}`), content });
    return seq;
  }

  /** Somebody who is connected and, once this resolves, hears c2c conversations. */
  async connect(userId: string, limit?: number): Promise<HubListener> {
    const listener = new HubListener(userId, this.turn, limit);
    await this.hub.attach(userId, listener.box);
    return listener;
  }

  /** Subscribes a connection, as a member since the beginning unless `from` says otherwise, and lets its stream begin. */
  async subscribe(
    listener: HubListener,
    ref: ConversationRef,
    { fromSeq, limit = 500, from = 1 }: { fromSeq?: number; limit?: number; from?: number } = {},
  ): Promise<{ lastSeq: number; recovered: boolean }> {
    const admit = async () => ({ lastSeq: (await this.store.conversations.head(ref)).last_seq, from });
    const subscribed = await this.hub.subscribe(ref, listener, admit, { fromSeq, limit });
    subscribed.start();
    return { lastSeq: subscribed.lastSeq, recovered: subscribed.recovered };
  }

  /** How often holes were seen. */
  async gaps(repaired: 'yes' | 'no'): Promise<number> {
    const { values } = await this.store.metrics.hubGaps.get();
    return values.find(({ labels }) => labels.repaired === repaired)?.value ?? 0;
  }

  async close(): Promise<void> {
    for (const { hub, store } of this.others) {
      hub.close();
      await store.log.close();
    }
    this.hub.close();
    await this.store.close();
  }
}
