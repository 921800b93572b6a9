import { Kafka, logLevel } from 'kafkajs';
import { type Config, defaultConfig } from '@app/config';
import { Metrics, createLog } from '@app/kit';
import { KafkaServer, eventually } from '@app/testing';
import { fanoutQueueContract } from './fanout-queue.contract';
import type { FanoutQueue } from './fanout-queue';
import { type FanoutJob, decodeJob } from './job';
import { deadLetters } from './kafka-topics';
import { KafkaQueue } from './kafka.queue';

let server: KafkaServer;
let kafka: Kafka;
beforeAll(async () => {
  server = await KafkaServer.start();
  kafka = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING });
});
afterAll(() => server?.remove());

let topics = 0;
/** The settings of an installation of its own on the same brokers. */
function installation(more: Partial<Config['kafka']> = {}): Config {
  const name = `fanout-${++topics}`;
  return defaultConfig({ kafkaBrokers: [server.brokers], kafka: { topic: name, groupId: name, partitions: 3, ...more } });
}

const opened: KafkaQueue[] = [];
afterEach(() => Promise.all(opened.splice(0).map((queue) => queue.close())));

function open(config: Config, metrics = new Metrics({ defaults: false })): KafkaQueue {
  const queue = new KafkaQueue({ config, log: createLog('silent'), metrics });
  opened.push(queue);
  return queue;
}

/** Everything in a topic, as it comes. */
async function records(topic: string): Promise<{ key: string; value: Buffer; headers: Record<string, string> }[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.listTopics()).includes(topic) ? await admin.fetchTopicOffsets(topic) : [];
  await admin.disconnect();
  const wanted = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const found: { key: string; value: Buffer; headers: Record<string, string> }[] = [];
  if (wanted === 0) return found;
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message: { key, value, headers = {} } }) => {
      const told = Object.entries(headers).map(([name, header]) => [name, String(header)] as const);
      found.push({ key: String(key), value: value ?? Buffer.alloc(0), headers: Object.fromEntries(told) });
      return Promise.resolve();
    },
  });
  await eventually(
    () => found.length >= wanted,
    () => `${wanted} records`,
  );
  await consumer.disconnect();
  return found;
}

const asText = ({ convId, seq }: FanoutJob) => `${convId} ${seq}`;
const job = (group: string, seq: number): FanoutJob => ({ convId: `group:${group}`, seq, mentions: [] });

describe('the contract', () => {
  fanoutQueueContract(() => {
    const config = installation();
    const [producer, consumer] = [open(config), open(config)];
    return Promise.resolve({
      producer,
      consumer,
      laidAside: async () =>
        (await records(deadLetters(config.kafka.topic))).map(({ value, headers }) => `${asText(decodeJob(value))}: ${headers.reason}`),
      close: () => Promise.resolve(),
    });
  });
});

/** Works on jobs, and remembers them. */
class Worker {
  readonly done: FanoutJob[] = [];

  async begin(queue: FanoutQueue): Promise<void> {
    await queue.consume((one) => Promise.resolve(void this.done.push(one)));
  }

  highest(group: string): number {
    return Math.max(0, ...this.done.filter(({ convId }) => convId === `group:${group}`).map(({ seq }) => seq));
  }

  reached(group: string, seq: number): Promise<void> {
    return eventually(
      () => this.highest(group) >= seq,
      () => `job ${seq} of ${group}, after ${this.highest(group)}`,
      60_000,
    );
  }
}

describe('a queue over Kafka', () => {
  it('makes its topics with the configured partitions, and leaves those that are there as they are', async () => {
    const config = installation({ partitions: 5 });
    await open(config).produce([job('a', 1)]);
    await open({ ...config, kafka: { ...config.kafka, partitions: 9 } }).produce([job('a', 2)]);
    const admin = kafka.admin();
    await admin.connect();
    const found = await admin.fetchTopicMetadata({ topics: [config.kafka.topic, deadLetters(config.kafka.topic)] });
    await admin.disconnect();
    expect(found.topics.map(({ partitions }) => partitions.length).sort()).toEqual([1, 5]);
  });

  it('gives a job to the next consumer that the last one had not done', async () => {
    const config = installation();
    const [producer, first] = [open(config), open(config)];
    const begun: FanoutJob[] = [];
    await first.consume(async (one, beat) => {
      begun.push(one);
      for (;;) await beat();
    });
    await producer.produce([job('a', 1)]);
    await eventually(
      () => begun.length > 0,
      () => 'the first consumer to begin',
    );
    await first.close();
    const worker = new Worker();
    await worker.begin(open(config));
    await worker.reached('a', 1);
  });

  it('does not give a job again that was done', async () => {
    const config = installation();
    const producer = open(config);
    const [first, second] = [new Worker(), new Worker()];
    const consumer = open(config);
    await first.begin(consumer);
    await producer.produce([job('a', 1), job('b', 1)]);
    await Promise.all([first.reached('a', 1), first.reached('b', 1)]);
    await consumer.close();
    await second.begin(open(config));
    await producer.produce([job('a', 2)]);
    await second.reached('a', 2);
    expect(second.done.map(asText)).toEqual(['group:a 2']);
  });

  it('lets consumers share the groups: each group has one, and those of one that closes go to the other', async () => {
    const config = installation();
    const producer = open(config);
    const queues = [open(config), open(config)];
    const workers = [new Worker(), new Worker()] as const;
    await Promise.all(queues.map((queue, i) => workers[i as 0].begin(queue)));
    const groups = Array.from({ length: 12 }, (_, i) => `g${i}`);
    let seq = 0;
    await eventually(
      async () => {
        await producer.produce(groups.map((group) => job(group, ++seq)));
        return workers.every(({ done }) => done.length > 0) && queues.every(({ joined }) => joined);
      },
      () => 'both to have work',
    );
    await queues[0]?.close();
    await producer.produce(groups.map((group) => job(group, 1_000_000)));
    await Promise.all(groups.map((group) => workers[1].reached(group, 1_000_000)));
  });

  it('lays a record aside that cannot be read, with where it stood and why, and goes on behind it', async () => {
    const config = installation({ partitions: 1 });
    const { topic } = config.kafka;
    const [queue, worker] = [open(config), new Worker()];
    await queue.produce([job('a', 1)]);
    const writer = kafka.producer();
    await writer.connect();
    await writer.send({ topic, messages: [{ key: 'k', value: 'no job' }] });
    await writer.disconnect();
    await queue.produce([job('a', 2)]);
    await worker.begin(queue);
    await worker.reached('a', 2);
    expect(await records(deadLetters(topic))).toEqual([
      { key: 'k', value: Buffer.from('no job'), headers: { reason: 'the record is not JSON', topic, partition: '0', offset: '1' } },
    ]);
  });

  it('tells how many jobs are not done yet, and that there are none', async () => {
    const config = installation({ partitions: 1 });
    const metrics = new Metrics({ defaults: false });
    const queue = open(config, metrics);
    const lag = async () => (await metrics.fanoutLag.get()).values[0]?.value;
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    for (let seq = 1; seq <= 3; seq++) await queue.produce([job('a', seq)]);
    await queue.consume(() => held);
    await eventually(
      async () => (await lag()) === 3,
      () => 'a lag of three',
    );
    go();
    await eventually(
      async () => (await lag()) === 0,
      () => 'no lag',
    );
  });

  it('loses nothing while the broker is killed, is away and comes back: what it did not take is refused', async () => {
    const config = installation();
    const [producer, worker] = [open(config), new Worker()];
    await worker.begin(open(config));
    let taken = 0;
    let refused = 0;
    let stop = false;
    const load = (async () => {
      for (let seq = 1; !stop; seq++) {
        try {
          await producer.produce([job('a', seq)]);
          taken = seq;
        } catch (error) {
          expect(error).toMatchObject({ code: 'UNAVAILABLE' });
          refused++;
        }
      }
    })();
    await eventually(
      () => taken > 5,
      () => 'the first jobs',
    );
    await server.kill();
    await eventually(
      () => refused > 0,
      () => 'a refusal',
    );
    await server.start();
    const before = taken;
    await eventually(
      () => taken > before + 5,
      () => 'jobs after the start',
      60_000,
    );
    stop = true;
    await load;
    await worker.reached('a', taken);
  }, 120_000);

  it('waits for a broker that is away when it starts', async () => {
    const config = installation();
    await server.stop();
    const [queue, worker] = [open(config), new Worker()];
    await worker.begin(queue);
    await expect(queue.produce([job('a', 1)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(queue.joined).toBe(false);
    await server.start();
    await eventually(
      async () =>
        queue.produce([job('a', 2)]).then(
          () => true,
          () => false,
        ),
      () => 'the broker',
      60_000,
    );
    await worker.reached('a', 2);
    expect(queue.joined).toBe(true);
  }, 120_000);
});
