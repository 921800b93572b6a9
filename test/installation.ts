import { randomUUID } from 'node:crypto';
import { type Consumer, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { KafkaServer, MariaServer, RedisServer, eventually } from '@app/testing';
import { ConsumerProcess, GatewayProcess } from './process';

const topic = 'parley.group-fanout';
const consumerGroup = 'parley-group-consumer';
const patienceMs = 60_000;

/** Three gateways and two group consumers on one MariaDB, one Redis and one Kafka, all of them real and all of them to be hurt. */
export class Installation {
  private readonly client: Kafka;

  private constructor(
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly kafka: KafkaServer,
    private readonly database: string,
    readonly gateways: readonly GatewayProcess[],
    readonly consumers: readonly ConsumerProcess[],
  ) {
    this.client = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING });
  }

  /** Starts everything; the first gateway is the one that relays. */
  static async start(more: Record<string, string>): Promise<Installation> {
    const [maria, redis, kafka] = await Promise.all([MariaServer.start({ durable: true }), RedisServer.start(), KafkaServer.start()]);
    const databaseUrl = await maria.database();
    const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, KAFKA_BROKERS: kafka.brokers, ...more };
    const first = await GatewayProcess.start({ env });
    const database = databaseUrl.slice(databaseUrl.lastIndexOf('/') + 1);
    const gateways = [first];
    const consumers: ConsumerProcess[] = [];
    const installation = new Installation(maria, redis, kafka, database, gateways, consumers);
    // Alone, it is the one that takes the lease.
    await eventually(
      async () => (await installation.relaying()) !== undefined,
      () => 'a gateway that relays',
    );
    const others = [GatewayProcess.start({ env }), GatewayProcess.start({ env })];
    const workers = [ConsumerProcess.start({ env }), ConsumerProcess.start({ env })];
    gateways.push(...(await Promise.all(others)));
    consumers.push(...(await Promise.all(workers)));
    return installation;
  }

  /** What the processes have said, for a message. */
  get state(): string {
    const said = (name: string, all: readonly (GatewayProcess | ConsumerProcess)[]) =>
      all.map((one, i) => `${name} ${i}${one.running ? '' : ' (dead)'}:\n${one.said.slice(-2_000)}`);
    return [...said('gateway', this.gateways), ...said('consumer', this.consumers)].join('\n');
  }

  /** Who holds the lease of the relay, if anybody does. */
  async relaying(): Promise<string | undefined> {
    const rows = await this.maria.query<{ holder: string }>(
      `SELECT holder FROM \`${this.database}\`.leases WHERE name = 'relay' AND until_at > UNIX_TIMESTAMP(NOW(3)) * 1000`,
    );
    return rows[0]?.holder;
  }

  /** Groups in the outbox. */
  async pending(): Promise<number> {
    const [row] = await this.maria.query<{ count: number }>(`SELECT COUNT(*) AS count FROM \`${this.database}\`.outbox`);
    return Number(row?.count);
  }

  /** Records of the topic that the consumers have not committed, as Kafka has it. */
  async lag(): Promise<number> {
    const admin = this.client.admin();
    try {
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId: consumerGroup, topics: [topic] });
      return ends.reduce((sum, { partition, low, high }) => {
        const at = Number(committed?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
        return sum + Number(high) - Math.max(at, Number(low));
      }, 0);
    } finally {
      await admin.disconnect();
    }
  }

  /** Returns when nothing waits any more: not in the outbox, not in Kafka, and the consumers say the same. */
  async settled(): Promise<void> {
    let [pending, lag] = [-1, -1];
    await eventually(
      async () => {
        pending = await this.pending();
        lag = await this.lag().catch(() => -1);
        return pending === 0 && lag === 0;
      },
      () => `an empty outbox (${pending}) and topic (${lag}).\n${this.state}`,
      patienceMs,
    );
    await eventually(
      async () => (await this.sum('parley_fanout_lag')) === 0,
      () => 'consumers that say that nothing waits',
    );
  }

  /** The sum of a metric over the consumers that run. */
  async sum(metric: string): Promise<number> {
    const counts = await Promise.all(this.consumers.filter(({ running }) => running).map((consumer) => consumer.metric(metric)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Puts records into each partition of the topic. Answers how many. */
  async put(values: readonly (Buffer | null)[]): Promise<number> {
    const [admin, producer] = [this.client.admin(), this.client.producer()];
    try {
      await Promise.all([admin.connect(), producer.connect()]);
      const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition);
      const messages = partitions.flatMap((partition) => values.map((value) => ({ partition, value })));
      await producer.send({ topic, acks: -1, messages });
      return messages.length;
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  }

  /** Everything in the topic of what was laid aside, once there are so many. */
  async laidAside(count: number): Promise<KafkaMessage[]> {
    const consumer: Consumer = this.client.consumer({ groupId: randomUUID() });
    const found: KafkaMessage[] = [];
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: `${topic}.dlq`, fromBeginning: true });
      await consumer.run({
        eachMessage: ({ message }) => {
          found.push(message);
          return Promise.resolve();
        },
      });
      await eventually(
        () => found.length >= count,
        () => `${count} records laid aside, there are ${found.length}.\n${this.state}`,
      );
      return found;
    } finally {
      await consumer.disconnect();
    }
  }

  async remove(): Promise<void> {
    await Promise.allSettled([...this.gateways, ...this.consumers].map((one) => one.remove()));
    await Promise.allSettled([this.kafka.remove(), this.redis.remove(), this.maria.remove()]);
  }
}
