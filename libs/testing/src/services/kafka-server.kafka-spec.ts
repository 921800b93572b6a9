import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../eventually';
import { KafkaServer } from './kafka-server';
import { MockKafka } from './mock-kafka';
import { describeOnKafka, freshTopic, sharedKafka } from './shared-kafka';

const started: { remove(): Promise<void> }[] = [];
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await Promise.all(started.splice(0).map((server) => server.remove()));
});

async function kept<T extends { remove(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  started.push(server);
  return server;
}

const clientOf = (brokers: string): Kafka =>
  new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 2 } });

/** Writes words to a topic. */
async function write(kafka: Kafka, topic: string, ...words: string[]): Promise<void> {
  const producer = kafka.producer();
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: words.map((value) => ({ key: 'k', value })) });
  } finally {
    await producer.disconnect();
  }
}

/** Everything that is read from a topic, from its beginning, as it comes. */
async function read(kafka: Kafka, topic: string): Promise<string[]> {
  const words: string[] = [];
  const consumer = kafka.consumer({ groupId: freshTopic(), maxWaitTimeInMs: 50 });
  ends.push(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: ({ message }) => Promise.resolve(void words.push(String(message.value))) });
  return words;
}

async function make(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const waited = new Promise((resolve) => setTimeout(resolve, 200, 'waited'));
  return (await Promise.race([promise, waited])) !== 'waited';
};

const reads = (words: readonly string[], ...wanted: string[]): Promise<void> =>
  eventually(
    () => words.length >= wanted.length,
    () => `${wanted.join()} after ${words.join()}`,
  ).then(() => expect(words).toEqual(wanted));

describeOnKafka()('a Kafka of a test', () => {
  it('has what it took, on the same port, after a kill and after a stop', async () => {
    const server = await kept(KafkaServer.start());
    const { brokers } = server;
    const kafka = clientOf(brokers);
    await make(kafka, 'words');
    await write(kafka, 'words', 'before');
    await server.kill();
    await expect(write(kafka, 'words', 'meanwhile')).rejects.toThrow();
    await server.start();
    await write(kafka, 'words', 'between');
    await server.stop();
    expect(server.running).toBe(false);
    await server.start();
    expect(server.brokers).toBe(brokers);
    await reads(await read(kafka, 'words'), 'before', 'between');
  }, 90_000);

  it('answers nothing while it is paused, and then what it was asked', async () => {
    const server = await kept(KafkaServer.start());
    const kafka = clientOf(server.brokers);
    await make(kafka, 'words');
    const producer = kafka.producer();
    ends.push(() => producer.disconnect());
    await producer.connect();
    server.pause();
    const sent = producer.send({ topic: 'words', messages: [{ value: 'one' }] });
    expect(await settled(sent)).toBe(false);
    server.resume();
    await sent;
  }, 60_000);

  it('makes no topic by itself', async () => {
    const server = await kept(KafkaServer.start());
    await expect(write(clientOf(server.brokers), 'words', 'one')).rejects.toThrow();
  }, 60_000);

  it('says why it does not start', async () => {
    await expect(KafkaServer.start({ settings: { 'num.network.threads': 'many' } })).rejects.toThrow(/num\.network\.threads/);
    const settings = { 'metric.reporters': 'no.such.Reporter' };
    await expect(KafkaServer.start({ settings })).rejects.toThrow(/Kafka ended at its start: [^]*no\.such\.Reporter/);
  }, 60_000);
});

describe('the mock cluster', () => {
  it('takes words and gives them again, to topics that nobody made', async () => {
    const mock = await kept(MockKafka.start());
    const kafka = clientOf(mock.brokers);
    const topic = freshTopic();
    await write(kafka, topic, 'one', 'two');
    await reads(await read(kafka, topic), 'one', 'two');
  }, 60_000);
});

describe('the shared Kafka', () => {
  it('is there for everybody', async () => {
    const kafka = clientOf(sharedKafka().join());
    const topic = freshTopic();
    // The mock cluster makes it when it is asked for.
    await make(kafka, topic).catch(() => undefined);
    await write(kafka, topic, 'one');
    await reads(await read(kafka, topic), 'one');
  }, 60_000);
});
