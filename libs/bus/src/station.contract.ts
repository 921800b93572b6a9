import { type DropReason, RedisBus, type RedisBusOptions } from './redis.bus';
import { redisConnector } from './redis-connector';

const none = Buffer.alloc(0);

/** A bus over the Redis of a URL, with everything that it tells, for the tests of what it promises. */
export class Station {
  readonly bus: RedisBus;
  readonly heard: string[] = [];
  readonly links: boolean[] = [];
  readonly troubles: string[] = [];
  readonly dropped: Partial<Record<DropReason, number>> = {};
  /** How often each connection was opened. */
  readonly opened = { publish: 0, subscribe: 0 };
  private waiting: (() => void)[] = [];

  constructor(
    url: string,
    { timings, prefix = 'test:', watchMs }: Partial<Pick<RedisBusOptions, 'timings' | 'prefix'>> & { watchMs?: number } = {},
  ) {
    const connect = redisConnector(url, watchMs);
    this.bus = new RedisBus({
      connect: (role, events) => {
        this.opened[role]++;
        this.told();
        return connect(role, events);
      },
      prefix,
      timings: { retryMs: 10, maxRetryMs: 100, ...timings },
      onDropped: (reason, messages) => {
        this.dropped[reason] = (this.dropped[reason] ?? 0) + messages;
        this.told();
      },
      onTrouble: ({ message }) => {
        this.troubles.push(message);
        this.told();
      },
    });
    this.bus.listen(
      (topic, { head }) => {
        this.heard.push(`${topic} ${String(head)}`);
        this.told();
      },
      (up) => {
        this.links.push(up);
        this.told();
      },
    );
  }

  /** Waits until `done` holds; it is asked whenever the bus tells something. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  link(up: boolean): Promise<void> {
    return this.until(() => this.links.at(-1) === up);
  }

  say(topic: string, head: unknown, body = none): void {
    this.bus.publish(topic, { head, body });
  }

  private told(): void {
    for (const again of this.waiting.splice(0)) again();
  }
}
