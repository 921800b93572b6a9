import { randomInt } from 'node:crypto';
import { decodeBatch, publisherLimit, publisherOf } from './batch';
import type { Bus, BusListener, BusMessage } from './bus';
import { Beat, type BeatTimings } from './redis-beat';
import type { RedisClient } from './redis-client';
import { type ConnectionTimings, RedisConnection } from './redis-connection';
import type { RedisConnector } from './redis-connector';
import { type PublishFailure, RedisPublisher } from './redis-publisher';
import { RedisSubscriptions } from './redis-subscriptions';

/**
 * Why messages were not brought: `link` Redis could not be had or did not take them, `backlog` it takes them too slowly, `unwritable`
 * the head is no JSON, `malformed` a payload is not one that this version writes (it counts as one), `listener` the listener threw.
 */
export type DropReason = PublishFailure | 'malformed' | 'listener';

type RedisBusTimings = ConnectionTimings & BeatTimings;

export interface RedisBusOptions {
  readonly connect: RedisConnector;
  /**
   * The channel of a topic is the prefix followed by the topic. Installations on one Redis hear nothing of each other when no prefix is
   * the beginning of another.
   */
  readonly prefix: string;
  /** Told of messages that this bus did not bring to the others, or to its own listener. */
  readonly onDropped?: (reason: DropReason, messages: number) => void;
  /** Told why the link is down, each reason once until it is up again and without passwords, and what the listener throws. */
  readonly onTrouble?: (error: Error) => void;
  /** For tests; what is not given is as in production. */
  readonly timings?: Partial<RedisBusTimings>;
}

const productionTimings: RedisBusTimings = { beatMs: 2_000, beats: 3, readyMs: 5_000, retryMs: 50, maxRetryMs: 2_000 };

/**
 * A bus over Redis Pub/Sub. It begins to connect when it is made, goes on until it is closed, and serves its own gateway all the while.
 * The link counts as up once a beat, published by the one client, came back by the other, on which all topics were subscribed before; so a
 * server that hangs, or does not pass on what it takes, is noticed as well as one that is gone. Where several servers share the topics,
 * a beat goes by each of them, and with any of them the whole link is lost.
 */
export class RedisBus<H = unknown> implements Bus<H> {
  private readonly id = randomInt(publisherLimit);
  private readonly beatPrefix = `beat:${this.id.toString(16)}:`;
  /** One for each server that carries topics, by the client that subscribes at present. */
  private beatTopics: readonly string[] = [];
  private readonly prefixBytes: number;
  private readonly publisher: RedisPublisher;
  private readonly subscriptions: RedisSubscriptions;
  private readonly beat: Beat;
  private readonly publishing: RedisConnection;
  private readonly subscribing: RedisConnection;
  private onMessage: BusListener<H> = () => undefined;
  private onLink: (up: boolean) => void = () => undefined;
  private linkUp = false;
  /** Why the link is down, as far as it was told. */
  private readonly troubles = new Set<string>();
  private closed = false;

  constructor(private readonly options: RedisBusOptions) {
    const { connect, prefix } = options;
    const timings = { ...productionTimings, ...options.timings };
    // The bus's own beats are nobody's loss.
    const dropped = (reason: DropReason, messages: number, topic: string): void => {
      if (!topic.startsWith(this.beatPrefix)) options.onDropped?.(reason, messages);
    };
    const trouble = (error: Error): void => this.trouble(error);
    this.prefixBytes = Buffer.byteLength(prefix);
    this.publisher = new RedisPublisher({ prefix, id: this.id, dropped, trouble });
    this.subscriptions = new RedisSubscriptions({
      prefix,
      progress: () => this.beat.sign(),
      settled: () => this.prove(),
      refused: (error) => {
        trouble(error);
        this.subscribing.drop();
      },
    });
    this.beat = new Beat(
      {
        send: (head) => {
          for (const topic of this.beatTopics) this.publisher.publish(topic, { head, body: Buffer.alloc(0) });
        },
        parts: () => this.beatTopics.length,
        connected: () => this.publishing.ready && this.subscribing.ready,
        alive: () => this.linkIs(true),
        dead: () => {
          trouble(new Error('Redis does not answer'));
          this.publishing.drop();
          this.subscribing.drop();
        },
      },
      timings,
    );
    this.publishing = new RedisConnection(
      (events) => connect('publish', events),
      {
        up: (client) => {
          this.publisher.up(client);
          this.prove();
        },
        down: () => {
          this.linkIs(false);
          this.publisher.down();
        },
        trouble,
      },
      timings,
    );
    this.subscribing = new RedisConnection(
      (events) => connect('subscribe', events),
      {
        up: (client) => {
          this.beatBy(client);
          this.subscriptions.up(client);
        },
        message: (channel, payload) => this.receive(channel, payload),
        down: () => {
          // First: who waits for a subscription and goes on would take it for live.
          this.linkIs(false);
          this.subscriptions.down();
        },
        trouble,
      },
      timings,
    );
  }

  publish(topic: string, message: BusMessage<H>): void {
    if (this.closed) return;
    this.publisher.publish(topic, message);
    if (this.subscriptions.has(topic)) this.deliver(topic, message);
  }

  async subscribe(topic: string): Promise<void> {
    if (!this.closed) await this.subscriptions.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    if (!this.closed) this.subscriptions.delete(topic);
  }

  listen(onMessage: BusListener<H>, onLink: (up: boolean) => void): void {
    if (this.closed) return;
    this.onMessage = onMessage;
    this.onLink = onLink;
    onLink(this.linkUp);
  }

  /** What was published before is still sent, unless Redis hangs. */
  async close(): Promise<void> {
    this.closed = true;
    this.onMessage = () => undefined;
    this.onLink = () => undefined;
    this.beat.close();
    this.publisher.flush();
    await Promise.all([this.publishing.close(), this.subscribing.close()]);
  }

  private receive(channel: Buffer, payload: Buffer): void {
    const publisher = publisherOf(payload);
    const own = publisher === this.id;
    const topic = channel.toString('utf8', this.prefixBytes);
    // What else is one's own was heard when it was published.
    if (own && !topic.startsWith(this.beatPrefix)) return;
    if (!this.subscriptions.has(topic)) return;
    const messages = publisher === undefined ? undefined : decodeBatch<H>(payload);
    if (!messages) this.options.onDropped?.('malformed', 1);
    else if (own) this.beat.heard(Number(messages[0]?.head), this.beatTopics.indexOf(topic));
    else for (const message of messages) this.deliver(topic, message);
  }

  private deliver(topic: string, message: BusMessage<H>): void {
    try {
      this.onMessage(topic, message);
    } catch (error) {
      this.options.onDropped?.('listener', 1);
      this.options.onTrouble?.(error as Error);
    }
  }

  /** Finds a topic for the beats of each server. */
  private beatBy(client: RedisClient): void {
    for (const topic of this.beatTopics) this.subscriptions.delete(topic);
    const topics: string[] = [];
    for (let i = 0, found = 0; found < client.parts; i++) {
      const topic = this.beatPrefix + i;
      const part = client.partOf(this.options.prefix + topic);
      if (topics[part] !== undefined) continue;
      topics[part] = topic;
      found++;
    }
    for (const topic of topics) void this.subscriptions.add(topic);
    this.beatTopics = topics;
  }

  /** Tries the link as soon as all of it is there. */
  private prove(): void {
    if (this.publishing.ready && this.subscriptions.settled) this.beat.start();
  }

  private linkIs(up: boolean): void {
    if (up) {
      this.troubles.clear();
      this.publishing.proven();
      this.subscribing.proven();
    } else this.beat.stop();
    if (up === this.linkUp) return;
    this.linkUp = up;
    this.onLink(up);
  }

  private trouble(error: Error): void {
    if (this.troubles.has(error.message)) return;
    this.troubles.add(error.message);
    this.options.onTrouble?.(error);
  }
}
