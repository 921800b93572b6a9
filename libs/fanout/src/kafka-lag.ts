import type { Admin, Kafka } from 'kafkajs';
import type { Config } from '@app/config';

const askMs = 2_000;

/** Tells, every two seconds, how many records of the partitions of one consumer are not committed. While Kafka is away it tells nothing. */
export class Lag {
  private readonly admin: Admin;
  private timer: NodeJS.Timeout | undefined;
  private connected = false;
  private closed = false;

  constructor(
    kafka: Kafka,
    private readonly config: Config['kafka'],
    /** The partitions that are this consumer's at present. */
    private readonly partitions: () => readonly number[],
    private readonly tell: (lag: number) => void,
  ) {
    this.admin = kafka.admin({ retry: { retries: 0 } });
  }

  start(): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.ask().finally(() => this.start()), askMs).unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.admin.disconnect();
  }

  private async ask(): Promise<void> {
    const { topic, groupId } = this.config;
    try {
      if (!this.connected) await this.admin.connect();
      this.connected = true;
      const ends = await this.admin.fetchTopicOffsets(topic);
      const [group] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const own = new Set(this.partitions());
      let lag = 0;
      for (const { partition, high, low } of ends) {
        const done = committed.get(partition) ?? -1;
        if (own.has(partition)) lag += Math.max(0, Number(high) - (done < 0 ? Number(low) : done));
      }
      this.tell(lag);
    } catch {
      // It is asked again; that Kafka is away is told by who reads from it.
      this.connected = false;
    }
  }
}
