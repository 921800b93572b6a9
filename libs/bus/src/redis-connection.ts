import type { ClientEvents, RedisClient } from './redis-client';

/** How long things may take, in milliseconds. */
export interface ConnectionTimings {
  /** From opening a connection until the server has answered on it. */
  readonly readyMs: number;
  /** The first wait before a new attempt; it doubles with each failure. Half of each wait is chance. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

/** What a connection tells. `up` and `down` alternate. */
export interface ConnectionEvents {
  up(client: RedisClient): void;
  down(): void;
  message?(channel: Buffer, payload: Buffer): void;
  /** Why it cannot be had or was lost. */
  trouble(error: Error): void;
}

const closePatienceMs = 1_000;

/** A connection to Redis that is opened again whenever it ends, for ever, each time with a new client. */
export class RedisConnection {
  private client: RedisClient | undefined;
  private isReady = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  /** One for each client that has not ended. */
  private readonly ends = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly connect: (events: ClientEvents) => RedisClient,
    private readonly events: ConnectionEvents,
    private readonly timings: ConnectionTimings,
  ) {
    this.open();
  }

  get ready(): boolean {
    return this.isReady;
  }

  /** Tells that the connection does what it is for: after its next end, the first wait is short again. */
  proven(): void {
    this.failures = 0;
  }

  /** Gives the present client up: nothing of it is heard any more, and a new one is opened. */
  drop(): void {
    const { client } = this;
    if (!client) return;
    client.disconnect();
    this.lost();
  }

  /** Ends for good. What was written before is sent unless the server hangs. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    this.drop();
    let patience: NodeJS.Timeout | undefined;
    const patienceOver = new Promise<void>((resolve) => (patience = setTimeout(resolve, closePatienceMs)));
    await Promise.race([Promise.all(this.ends), patienceOver]);
    clearTimeout(patience);
  }

  private open(): void {
    let ended = (): void => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve)).then(() => {
      clearTimeout(patience);
      this.ends.delete(end);
    });
    this.ends.add(end);
    const client = this.connect({
      ready: () => {
        clearTimeout(patience);
        if (this.client !== client) return;
        this.isReady = true;
        this.events.up(client);
      },
      message: (channel, payload) => {
        if (this.client === client) this.events.message?.(channel, payload);
      },
      trouble: (error) => this.events.trouble(error),
      end: () => {
        ended();
        if (this.client === client) this.lost();
      },
    });
    this.client = client;
    const patience = setTimeout(() => {
      if (this.client !== client) return;
      this.events.trouble(new Error('Redis does not answer to a new connection'));
      this.drop();
    }, this.timings.readyMs);
  }

  private lost(): void {
    const wasReady = this.isReady;
    this.client = undefined;
    this.isReady = false;
    if (!this.closed) {
      const wait = Math.min(this.timings.maxRetryMs, this.timings.retryMs * 2 ** this.failures++);
      this.retry = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
    }
    if (wasReady) this.events.down();
  }
}
