import { randomBytes } from 'node:crypto';
import { KafkaOutOfReach } from './kafka-jars';
import { KafkaServer } from './kafka-server';
import { MockKafka } from './mock-kafka';

/** The Kafka that the tests of one run use together. It is started once, by Jest, before the tests; workers find it by the environment. */
interface Shared {
  readonly stop: () => Promise<void>;
}

declare global {
  var parleySharedKafka: Promise<Shared> | undefined;
}

const address = 'PARLEY_TEST_KAFKA';
const mocked = 'PARLEY_TEST_KAFKA_MOCKED';
const run = 'PARLEY_TEST_KAFKA_RUN';
const hostAndPort = /^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/;

/**
 * Starts a Kafka, unless TEST_KAFKA_BROKERS names a running one; where Maven cannot reach its registry, the mock cluster of librdkafka,
 * and says so. However often it is called, there is one. It never fails: what cannot be had fails the suites that ask for it.
 */
export async function startSharedKafka(): Promise<void> {
  globalThis.parleySharedKafka ??= startIt();
  await globalThis.parleySharedKafka;
}

/** Stops and removes what was started; a Kafka that was given loses the topics of this run. */
export async function stopSharedKafka(): Promise<void> {
  const shared = globalThis.parleySharedKafka;
  globalThis.parleySharedKafka = undefined;
  await (await shared)?.stop();
}

/** The brokers of the run's Kafka (or of the one that TEST_KAFKA_BROKERS names), as `kafkaBrokers` has them. Its topics are everybody's. */
export function sharedKafka(): string[] {
  const found = process.env[address];
  if (found === undefined) throw new Error('no shared Kafka: this test must run in a Jest project with its globalSetup');
  if (!hostAndPort.test(found)) throw new Error(`Kafka for tests cannot be had: ${found}`);
  return found.split(',');
}

/** A name for a topic or a consumer group that nobody else has. */
export const freshTopic = (): string => `${prefixOf()}${randomBytes(6).toString('hex')}`;

/** Whether the shared Kafka is the mock cluster, which gives records one by one and has the partitions that it likes. */
export const isMockKafka = (): boolean => process.env[mocked] !== undefined;

/** The test functions for tests that need a Kafka of their own; they are shown as skipped where there is only the mock cluster. */
export const describeOnKafka = (): jest.Describe => (isMockKafka() ? describe.skip : describe);

const prefixOf = (): string => `parley_test_${process.env[run]}_`;

async function startIt(): Promise<Shared> {
  process.env[run] = randomBytes(4).toString('hex');
  delete process.env[mocked];
  const given = process.env.TEST_KAFKA_BROKERS;
  if (given) {
    process.env[address] = given.replaceAll(/\s/g, '');
    return { stop: () => dropTopics() };
  }
  try {
    const server = await KafkaServer.start().catch(theMock);
    process.env[address] = server.brokers;
    return { stop: () => server.remove() };
  } catch (error) {
    process.env[address] = (error as Error).message;
    return { stop: () => Promise.resolve() };
  }
}

async function theMock(error: unknown): Promise<MockKafka> {
  if (!(error instanceof KafkaOutOfReach)) throw error;
  const mock = await MockKafka.start();
  process.env[mocked] = 'yes';
  process.stderr.write(`${error.message}; tests use librdkafka's mock cluster, and those that stop or kill a Kafka are skipped\n`);
  return mock;
}

async function dropTopics(): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: sharedKafka(), logLevel: logLevel.NOTHING, retry: { retries: 1 } }).admin();
  try {
    await admin.connect();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefixOf()));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } catch (error) {
    process.stderr.write(`topics of the tests are left at ${sharedKafka().join()}: ${(error as Error).message}\n`);
  } finally {
    await admin.disconnect();
  }
}
