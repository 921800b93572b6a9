import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { type Config, defaultConfig } from '@app/config';
import { Metrics, createLog } from '@app/kit';
import { KafkaServer, describeOnKafka, eventually, freshTopic, isMockKafka, sharedKafka } from '@app/testing';
import { fanoutQueueContract } from './fanout-queue.contract';
import type { FanoutQueue } from './fanout-queue';
import { type FanoutJob, decodeJob } from './job';
import { deadLetters } from './kafka-topics';
import { KafkaQueue } from './kafka.queue';

/** The settings of an installation of its own on the given brokers. */
function installation(more: Partial<Config['kafka']> = {}, kafkaBrokers = sharedKafka()): Config {
  const name = freshTopic();
  return defaultConfig({ kafkaBrokers, kafka: { topic: name, groupId: name, partitions: 3, ...more } });
}

const client = ({ kafkaBrokers }: Config): Kafka => new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING });

const opened: KafkaQueue[] = [];
afterEach(() => Promise.all(opened.splice(0).map((queue) => queue.close())));

function open(config: Config, metrics = new Metrics({ defaults: false }), log = createLog('silent'), installation = 'here'): KafkaQueue {
  const queue = new KafkaQueue({ config, installation, log, metrics });
  opened.push(queue);
  return queue;
}

/** Asks the brokers something. */
async function asking<T>(config: Config, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client(config).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Everything in a topic, as it comes. */
async function records(
  config: Config,
  topic = config.kafka.topic,
): Promise<{ key: string; value: Buffer; headers: Record<string, string> }[]> {
  const ends = await asking(config, async (admin) => ((await admin.listTopics()).includes(topic) ? admin.fetchTopicOffsets(topic) : []));
  const wanted = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const found: { key: string; value: Buffer; headers: Record<string, string> }[] = [];
  if (wanted === 0) return found;
  const consumer = client(config).consumer({ groupId: freshTopic(), maxWaitTimeInMs: 50 });
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

async function writeNoJob(config: Config): Promise<void> {
  const writer = client(config).producer();
  await writer.connect();
  await writer.send({ topic: config.kafka.topic, messages: [{ key: 'k', value: 'no job' }] });
  await writer.disconnect();
}

const asText = ({ convId, seq }: FanoutJob) => `${convId} ${seq}`;
const job = (group: string, seq: number): FanoutJob => ({ convId: `group:${group}`, seq, mentions: [] });

describe('the contract', () => {
  const ends = () => {
    const config = installation();
    const [producer, consumer] = [open(config), open(config)];
    return Promise.resolve({
      producer,
      consumer,
      laidAside: async () =>
        (await records(config, deadLetters(config.kafka.topic))).map(
          ({ value, headers }) => `${asText(decodeJob(value))}: ${headers.reason}`,
        ),
      close: () => Promise.resolve(),
    });
  };
  fanoutQueueContract(ends, { together: !isMockKafka() });
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

  it('takes jobs that mention so many that a broker does not take all of them at once', async () => {
    const config = installation();
    const mentions = Array.from({ length: 400 }, (_, i) => `somebody-whose-name-is-as-long-as-names-may-be-${i}`);
    const groups = Array.from({ length: 150 }, (_, i) => `g${i}`);
    const [queue, worker] = [open(config), new Worker()];
    await queue.produce(groups.map((group) => ({ ...job(group, 1), mentions })));
    await worker.begin(queue);
    await Promise.all(groups.map((group) => worker.reached(group, 1)));
    expect(worker.done[0]?.mentions).toEqual(mentions);
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
});

describeOnKafka()('a queue over a Kafka of its own', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 60_000);
  afterAll(() => server?.remove());

  it('makes its topics with the configured partitions, and leaves those that are there as they are', async () => {
    const config = installation({ partitions: 5 }, [server.brokers]);
    await open(config).produce([job('a', 1)]);
    await open({ ...config, kafka: { ...config.kafka, partitions: 9 } }).produce([job('a', 2)]);
    const topics = [config.kafka.topic, deadLetters(config.kafka.topic)];
    const found = await asking(config, (admin) => admin.fetchTopicMetadata({ topics }));
    expect(found.topics.map(({ partitions }) => partitions.length).sort()).toEqual([1, 5]);
  });

  it('lays a record aside that cannot be read, with where it stood and why, and goes on behind it', async () => {
    const config = installation({ partitions: 1 }, [server.brokers]);
    const { topic } = config.kafka;
    const [queue, worker] = [open(config), new Worker()];
    await queue.produce([job('a', 1)]);
    await writeNoJob(config);
    await queue.produce([job('a', 2)]);
    await worker.begin(queue);
    await worker.reached('a', 2);
    expect(await records(config, deadLetters(topic))).toEqual([
      { key: 'k', value: Buffer.from('no job'), headers: { reason: 'the record is not JSON', topic, partition: '0', offset: '1' } },
    ]);
  });

  it('lays the records of gateways aside that have another store or another prefix, and says so', async () => {
    const config = installation({ partitions: 1 }, [server.brokers]);
    const [queue, worker] = [open(config), new Worker()];
    await open(config, undefined, undefined, 'elsewhere').produce([job('a', 1)]);
    await queue.produce([job('a', 2)]);
    await worker.begin(queue);
    await worker.reached('a', 2);
    expect(worker.done).toEqual([job('a', 2)]);
    const [letter, ...more] = await records(config, deadLetters(config.kafka.topic));
    expect(letter?.headers.reason).toBe('the record is of gateways with another database or another redisPrefix');
    expect(more).toEqual([]);
  });

  it('says why topics cannot be made, before there is a job', async () => {
    const log = createLog('silent');
    const warned = jest.spyOn(log, 'warn');
    const queue = open(installation({ replicationFactor: 3 }, [server.brokers]), undefined, log);
    await queue.prepare();
    await expect(queue.produce([job('a', 1)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const [{ err }, line] = warned.mock.calls[0] as unknown as [{ err: Error }, string];
    expect(`${line}: ${err.message}`).toMatch(
      /^Kafka does not take jobs: the topics \S+ and \S+\.dlq are missing and could not be made: Replication/,
    );
    expect(warned).toHaveBeenCalledTimes(1);
  });

  it('lays a record aside whose key alone is almost all that a broker takes', async () => {
    const config = installation({ partitions: 1 }, [server.brokers]);
    const [queue, worker] = [open(config), new Worker()];
    await queue.produce([job('a', 1)]);
    const writer = client(config).producer();
    await writer.connect();
    await writer.send({ topic: config.kafka.topic, messages: [{ partition: 0, key: 'k'.repeat(700_000), value: 'v'.repeat(300_000) }] });
    await writer.disconnect();
    await queue.produce([job('a', 2)]);
    await worker.begin(queue);
    await worker.reached('a', 2);
    const [letter] = await records(config, deadLetters(config.kafka.topic));
    expect(letter?.key).toMatch(/^k{1000}$/);
    expect(letter?.value.length).toBeGreaterThan(200_000);
  });

  it('does not give a record up that cannot be laid aside, and goes on when it can', async () => {
    const config = installation({ partitions: 1 }, [server.brokers]);
    const { topic, groupId } = config.kafka;
    const letters = deadLetters(topic);
    await asking(config, (admin) =>
      admin.createTopics({ topics: [{ topic: letters, configEntries: [{ name: 'max.message.bytes', value: '10' }] }] }),
    );
    const log = createLog('silent');
    const warned = jest.spyOn(log, 'warn');
    const [queue, worker] = [open(config, undefined, log), new Worker()];
    await queue.produce([job('a', 1)]);
    await writeNoJob(config);
    await queue.produce([job('b', 1)]);
    await worker.begin(queue);
    await eventually(
      () => warned.mock.calls.length > 0,
      () => 'a letter that is refused',
    );
    const committed = async () => (await asking(config, (admin) => admin.fetchOffsets({ groupId, topics: [topic] })))[0]?.partitions;
    expect(await committed()).not.toContainEqual(expect.objectContaining({ offset: '3' }));
    await asking(config, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: letters, configEntries: [{ name: 'max.message.bytes', value: '1000000' }] }],
      }),
    );
    await worker.reached('b', 1);
    expect(await records(config, letters)).toHaveLength(1);
  }, 60_000);

  it('loses nothing while the broker is killed, is away and comes back: what it did not take is refused', async () => {
    const config = installation({}, [server.brokers]);
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
    const config = installation({}, [server.brokers]);
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

  it('refuses jobs while a broker hangs, and closes meanwhile', async () => {
    const config = installation({}, [server.brokers]);
    const [producer, consumer, worker] = [open(config), open(config), new Worker()];
    await worker.begin(consumer);
    await producer.produce([job('a', 1)]);
    await worker.reached('a', 1);
    server.pause();
    try {
      await expect(producer.produce([job('a', 2)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await consumer.close();
    } finally {
      server.resume();
    }
    const next = new Worker();
    await next.begin(open(config));
    await eventually(
      () =>
        producer.produce([job('a', 3)]).then(
          () => true,
          () => false,
        ),
      () => 'the broker',
    );
    await next.reached('a', 3);
  }, 90_000);

  describe('with a password', () => {
    let guarded: KafkaServer;
    const [username, password] = ['parley', 'p%ss w/ord'];
    beforeAll(async () => {
      const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
      const settings = {
        'listener.security.protocol.map': 'PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name': 'PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.plaintext.plain.sasl.jaas.config': `${login.slice(0, -1)} username="${username}" password="${password}";`,
      };
      guarded = await KafkaServer.start({ settings });
    }, 60_000);
    afterAll(() => guarded?.remove());

    it('is let in with the right one only', async () => {
      const config = installation({ saslMechanism: 'plain', username, password }, [guarded.brokers]);
      const [queue, worker] = [open(config), new Worker()];
      await worker.begin(queue);
      await queue.produce([job('a', 1)]);
      await worker.reached('a', 1);
      const log = createLog('silent');
      const warned = jest.spyOn(log, 'warn');
      const wrong = open({ ...config, kafka: { ...config.kafka, password: 'wrong' } }, undefined, log);
      await expect(wrong.produce([job('a', 2)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(JSON.stringify(warned.mock.calls.map(([told]) => String((told as { err?: unknown }).err)))).toMatch(/authentication/i);
    }, 60_000);
  });

  describe('in a process of its own', () => {
    let child: ChildProcess | undefined;
    afterEach(() => void child?.kill('SIGKILL'));

    /** A process that begins every job, says so, and never ends one. */
    function begin({ kafkaBrokers, kafka }: Config): AsyncIterable<string> {
      const file = (name: string): string => JSON.stringify(join(__dirname, name));
      const program = `
        const { Metrics, createLog } = require('@app/kit');
        const { KafkaQueue } = require(${file('kafka.queue.ts')});
        const config = ${JSON.stringify({ kafkaBrokers, kafka })};
        const queue = new KafkaQueue({ config, installation: 'here', log: createLog('silent'), metrics: new Metrics({ defaults: false }) });
        void queue.consume(async ({ convId, seq }, beat) => {
          console.log(convId, seq);
          for (;;) await beat();
        });`;
      const env = { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.json') };
      const aliases = join(__dirname, '../../../scripts/aliases.cjs');
      child = spawn(process.execPath, ['-r', require.resolve('ts-node/register/transpile-only'), '-r', aliases, '-e', program], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return createInterface({ input: child.stdout as Readable });
    }

    it('is killed in the midst of a job: another consumer is given its partitions, and does the job', async () => {
      const config = installation({ partitions: 2 }, [server.brokers]);
      await open(config).produce([job('a', 1), job('b', 1), job('c', 1), job('d', 1)]);
      for await (const line of begin(config)) {
        expect(line).toMatch(/^group:. 1$/);
        break;
      }
      const worker = new Worker();
      await worker.begin(open(config));
      child?.kill('SIGKILL');
      await Promise.all(['a', 'b', 'c', 'd'].map((group) => worker.reached(group, 1)));
    }, 90_000);
  });
});
