import { setImmediate as turnOver } from 'node:timers/promises';
import { withoutSecrets } from '@app/kit';
import type { RedisClient } from './redis-client';

/** So many channels are subscribed together, on one server by one command; the next go when that is answered. */
const roundSize = 500;

export interface SubscriptionsParts {
  readonly prefix: string;
  /** Redis has answered a round. */
  progress(): void;
  /** Everything that was asked for before is subscribed, for the first time on this connection. */
  settled(): void;
  /** Redis does not let the bus subscribe. */
  refused(error: Error): void;
}

/**
 * Keeps the topics that Redis sends equal to those that are wanted. What changed in one turn of the event loop goes together, in rounds of
 * at most one command of each kind in flight, so that the last call for a topic decides.
 */
export class RedisSubscriptions {
  private readonly wanted = new Set<string>();
  /** What Redis sends for certain. */
  private readonly live = new Set<string>();
  /** What may have to be told to Redis. */
  private readonly changed = new Set<string>();
  /** Those who wait until a topic is live. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private client: RedisClient | undefined;
  private working = false;
  private isSettled = false;

  constructor(private readonly parts: SubscriptionsParts) {}

  /** Whether all that was wanted when the connection came up is live. */
  get settled(): boolean {
    return this.isSettled;
  }

  has(topic: string): boolean {
    return this.wanted.has(topic);
  }

  /** Resolves when the topic is live, at once while nothing can be said about that. */
  async add(topic: string): Promise<void> {
    this.wanted.add(topic);
    if (this.live.has(topic)) return;
    this.change(topic);
    if (!this.isSettled) return;
    await new Promise<void>((resolve) => {
      const others = this.waiting.get(topic);
      if (others) others.push(resolve);
      else this.waiting.set(topic, [resolve]);
    });
  }

  delete(topic: string): void {
    if (this.wanted.delete(topic)) this.change(topic);
  }

  /** Subscribes everything that is wanted on a new connection. */
  up(client: RedisClient): void {
    this.client = client;
    for (const topic of this.wanted) this.change(topic);
    this.work();
  }

  /** Lets nobody wait for what the lost connection did not answer. */
  down(): void {
    this.client = undefined;
    this.working = false;
    this.isSettled = false;
    this.live.clear();
    this.changed.clear();
    for (const waiters of this.waiting.values()) for (const resolve of waiters) resolve();
    this.waiting.clear();
  }

  private change(topic: string): void {
    if (!this.client) return;
    this.changed.add(topic);
    this.work();
  }

  private work(): void {
    const { client } = this;
    if (!client || this.working) return;
    this.working = true;
    this.rounds(client).catch((error: Error) => {
      if (this.client === client) this.parts.refused(withoutSecrets(error));
    });
  }

  private async rounds(client: RedisClient): Promise<void> {
    // What else this turn changes goes along.
    await turnOver();
    while (this.client === client && this.changed.size > 0) {
      const topics = [...this.changed];
      this.changed.clear();
      for (let at = 0; at < topics.length && this.client === client; at += roundSize) {
        await this.round(client, topics.slice(at, at + roundSize));
      }
    }
    if (this.client !== client) return;
    this.working = false;
    if (this.isSettled) return;
    this.isSettled = true;
    this.parts.settled();
  }

  private async round(client: RedisClient, topics: readonly string[]): Promise<void> {
    const joining = topics.filter((topic) => this.wanted.has(topic) && !this.live.has(topic));
    const leaving = topics.filter((topic) => !this.wanted.has(topic) && this.live.has(topic));
    for (const topic of leaving) this.live.delete(topic);
    await Promise.all([
      joining.length > 0 ? client.subscribe(this.channels(joining)) : undefined,
      leaving.length > 0 ? client.unsubscribe(this.channels(leaving)) : undefined,
    ]);
    if (this.client !== client) return;
    for (const topic of joining) this.live.add(topic);
    for (const topic of topics) if (this.live.has(topic) === this.wanted.has(topic)) this.wake(topic);
    this.parts.progress();
  }

  private channels(topics: readonly string[]): string[] {
    return topics.map((topic) => this.parts.prefix + topic);
  }

  private wake(topic: string): void {
    for (const resolve of this.waiting.get(topic) ?? []) resolve();
    this.waiting.delete(topic);
  }
}
