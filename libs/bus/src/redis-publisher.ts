import { withoutSecrets } from '@app/kit';
import { Batch } from './batch';
import type { BusMessage } from './bus';
import type { RedisClient } from './redis-client';

/** Why messages did not reach the other gateways. */
export type PublishFailure = 'link' | 'backlog' | 'unwritable';

/** What may wait for Redis to answer. Beyond it nothing is sent. */
const backlogLimit = 8 * 1024 * 1024;
/** What one command costs in memory beside its payload, about. */
const commandBytes = 512;

export interface PublisherParts {
  readonly prefix: string;
  /** The number that every payload bears. */
  readonly id: number;
  dropped(reason: PublishFailure, messages: number, topic: string): void;
  trouble(error: Error): void;
}

/**
 * Sends messages to the channels of their topics. Those of one turn of the event loop to one topic go together; none is kept for
 * later, none is sent twice, and nothing is awaited.
 */
export class RedisPublisher {
  private readonly batches = new Map<string, Batch>();
  private flushing: NodeJS.Immediate | undefined;
  private client: RedisClient | undefined;
  /** What the present client has taken and Redis has not answered. */
  private backlog = { bytes: 0 };

  constructor(private readonly parts: PublisherParts) {}

  up(client: RedisClient): void {
    this.client = client;
    this.backlog = { bytes: 0 };
  }

  down(): void {
    this.client = undefined;
    this.flush();
  }

  publish(topic: string, { head, body }: BusMessage): void {
    if (!this.client) return this.parts.dropped('link', 1, topic);
    if (this.backlog.bytes >= backlogLimit) return this.parts.dropped('backlog', 1, topic);
    const json = written(head);
    if (json === undefined) return this.parts.dropped('unwritable', 1, topic);
    const batch = this.batches.get(topic);
    if (batch) {
      const before = batch.bytes;
      if (batch.add(json, body)) {
        this.backlog.bytes += batch.bytes - before;
        return;
      }
      this.send(this.client, topic, batch);
    }
    const next = new Batch();
    next.add(json, body);
    this.batches.set(topic, next);
    this.backlog.bytes += next.bytes + commandBytes;
    this.flushing ??= setImmediate(() => this.flush());
  }

  /** Sends what was published in this turn so far. */
  flush(): void {
    clearImmediate(this.flushing);
    this.flushing = undefined;
    const { client } = this;
    if (client) client.together(() => this.batches.forEach((batch, topic) => this.send(client, topic, batch)));
    else this.batches.forEach(({ count }, topic) => this.parts.dropped('link', count, topic));
    this.batches.clear();
  }

  private send(client: RedisClient, topic: string, batch: Batch): void {
    const { count } = batch;
    const cost = batch.bytes + commandBytes;
    const { backlog } = this;
    client.publish(this.parts.prefix + topic, batch.encode(this.parts.id), (error) => {
      backlog.bytes -= cost;
      if (!error) return;
      this.parts.dropped('link', count, topic);
      if (this.client === client) this.parts.trouble(withoutSecrets(error));
    });
  }
}

function written(head: unknown): string | undefined {
  try {
    return JSON.stringify(head);
  } catch {
    return undefined;
  }
}
