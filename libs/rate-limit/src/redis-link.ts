import { withoutSecrets } from '@app/kit';
import type { LimiterClient, LimiterConnector } from './redis-connector';

/** How long things may take, in milliseconds. */
export interface LinkTimings {
  /** From a question to its answer. */
  readonly answerMs: number;
  /** From opening a connection until the server has answered on it. */
  readonly readyMs: number;
  /** For how long nothing is asked after a failure, at least. */
  readonly pauseMs: number;
}

/** What a link works with. */
export interface LinkOptions {
  readonly connect: LimiterConnector;
  readonly timings: LinkTimings;
  /** Why nothing can be asked; each reason once until the link is up again. */
  readonly trouble: (error: Error) => void;
}

const closePatienceMs = 1_000;

/**
 * A connection to Redis for questions that are worth nothing when they are answered late. Nothing is kept for later or asked again: with
 * the first failure everything that is under way has failed, and after a pause there is a new connection.
 */
export class RedisLink {
  private client: LimiterClient | undefined;
  private ready = false;
  private retry: NodeJS.Timeout | undefined;
  private readonly underWay = new Set<() => void>();
  private readonly ends = new Set<Promise<void>>();
  private readonly troubles = new Set<string>();
  private closed = false;

  constructor(private readonly options: LinkOptions) {
    this.open();
  }

  /** Whether there is somebody to ask. */
  get up(): boolean {
    return this.ready;
  }

  /** What the server answers, or `undefined` when it does not, or not in time, or not to the point. Never rejects. */
  ask<T>(question: (client: LimiterClient) => Promise<T>): Promise<T | undefined> {
    const { client } = this;
    if (!client || !this.ready) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const fail = (): void => settle(undefined);
      const settle = (answer: T | undefined): void => {
        clearTimeout(deadline);
        this.underWay.delete(fail);
        resolve(answer);
      };
      const late = (): void => {
        if (this.underWay.has(fail)) this.lose(client, new Error('Redis does not answer in time'));
      };
      // This process may have stood still: what has arrived meanwhile is read before the check.
      const deadline = setTimeout(() => setImmediate(late), this.options.timings.answerMs);
      this.underWay.add(fail);
      const answered = (answer: T): void => {
        this.troubles.clear();
        settle(answer);
      };
      question(client).then(answered, (error: Error) => this.lose(client, error));
    });
  }

  /** Ends for good; what is under way has failed. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    if (this.client) this.drop(this.client);
    let patience: NodeJS.Timeout | undefined;
    const patienceOver = new Promise<void>((resolve) => (patience = setTimeout(resolve, closePatienceMs)));
    await Promise.race([Promise.all(this.ends), patienceOver]);
    clearTimeout(patience);
  }

  private open(): void {
    const client = this.options.connect();
    this.client = client;
    const patience = setTimeout(
      () => this.lose(client, new Error('Redis does not answer to a new connection')),
      this.options.timings.readyMs,
    );
    const end = new Promise<void>((resolve) => client.once('end', resolve)).then(() => {
      clearTimeout(patience);
      this.ends.delete(end);
    });
    this.ends.add(end);
    // An 'error' that nobody hears is printed with all its fields.
    client.on('error', (error: Error) => this.tell(error));
    client.once('ready', () => {
      const warm = client.warm?.() ?? Promise.resolve();
      warm.then(
        () => {
          clearTimeout(patience);
          if (this.client === client) this.ready = true;
        },
        (error: Error) => this.lose(client, error),
      );
    });
    client.once('end', () => this.ended(client));
  }

  private ended(client: LimiterClient): void {
    // Why it has ended, or cannot be had, was mostly told before.
    this.lose(client, this.troubles.size > 0 ? undefined : new Error('the connection to Redis has ended'));
  }

  private lose(client: LimiterClient, error?: Error): void {
    if (this.client !== client) return;
    if (error) this.tell(error);
    this.drop(client);
    const { pauseMs } = this.options.timings;
    // Gateways that failed together do not come back together.
    if (!this.closed) this.retry = setTimeout(() => this.open(), pauseMs * (1 + Math.random() / 4));
  }

  private drop(client: LimiterClient): void {
    this.client = undefined;
    this.ready = false;
    client.disconnect();
    for (const fail of [...this.underWay]) fail();
  }

  private tell(error: Error): void {
    const told = withoutSecrets(error);
    if (this.closed || this.troubles.has(told.message)) return;
    this.troubles.add(told.message);
    this.options.trouble(told);
  }
}
