import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Config } from '@app/config';
import { type Log, type Metrics, Recurring, within } from '@app/kit';
import { attempt, rest } from './attempts';
import { type Beat, type FanoutQueue, GivenUp, type Work } from './fanout-queue';
import { type FanoutJob, coalesce, decodeJob, encodeJob } from './job';
import { kafkaOf } from './kafka-client';
import { Lag } from './kafka-lag';
import { type DeadLetter, JobProducer } from './kafka-producer';

/** What a queue over Kafka works with. */
export interface KafkaQueueParts {
  readonly config: Pick<Config, 'kafkaBrokers' | 'kafka'>;
  /** What gateways and consumers of one installation have in common: a record of another one is nobody's here, and is laid aside. */
  readonly installation: string;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'fanoutJobs' | 'fanoutLag'>;
}

/** A consumer that is silent for so long loses its partitions to the others, in milliseconds. Every step of a job is shorter. */
const sessionMs = 10_000;
const heartbeatMs = 1_000;
/** A fetch waits so long for records, and a stop for a fetch. */
const maxWaitMs = 200;
/** Bytes of one partition that are worked on before their offsets are committed: some hundred jobs. */
const batchBytes = 65_536;
const partitionsAtOnce = 4;
const retryMs = 1_000;
const closePatienceMs = 2_000;

/** What a consumer was given in one fetch from one partition. */
interface Records {
  readonly jobs: readonly FanoutJob[];
  /** The offset of the last record of each conversation. */
  readonly offsets: ReadonlyMap<string, string>;
  readonly unreadable: readonly { readonly record: KafkaMessage; readonly reason: string }[];
}

/**
 * The queue of an installation with Kafka: gateways produce, group consumers consume, and share the partitions of the topic. Offsets are
 * committed when the work on a batch is done. A Kafka that is away is waited for.
 */
export class KafkaQueue implements FanoutQueue {
  private readonly kafka: Kafka;
  private readonly producer: JobProducer;
  private readonly troubles: Recurring<unknown>;
  private consumer: Consumer | undefined;
  private lag: Lag | undefined;
  private starting: Promise<void> = Promise.resolve();
  private partitions: readonly number[] = [];
  private isJoined = false;
  private closed = false;

  constructor(private readonly parts: KafkaQueueParts) {
    const { config, installation, log } = parts;
    this.kafka = kafkaOf(config, log);
    this.producer = new JobProducer({ kafka: this.kafka, config: config.kafka, installation, log });
    this.troubles = new Recurring((error, times) => log.warn({ err: error, times }, 'Kafka gives no jobs; it is tried again'));
  }

  /** Whether this process has its place among the consumers. */
  get joined(): boolean {
    return this.isJoined;
  }

  /** Connects before there are jobs, so that the log tells at once of a Kafka that cannot be used. Never throws. */
  async prepare(): Promise<void> {
    await this.producer.prepared().catch((error: unknown) => this.producer.troubles.happened(error));
  }

  produce(jobs: readonly FanoutJob[]): Promise<void> {
    return this.producer.write(jobs);
  }

  consume(work: Work): Promise<void> {
    const { config, metrics } = this.parts;
    this.lag = new Lag(
      this.kafka,
      config.kafka,
      () => this.partitions,
      (lag) => metrics.fanoutLag.set(lag),
    );
    this.lag.start();
    this.starting = this.begin(work);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    const ended = this.starting.then(() => Promise.all([this.consumer?.disconnect(), this.lag?.close()]));
    await within(closePatienceMs, ended).catch(() => undefined);
    await this.producer.close();
  }

  /** Tries to get a place among the consumers until it has one. */
  private async begin(work: Work): Promise<void> {
    for (; !this.closed; await sleep(retryMs)) {
      const consumer = this.makeConsumer(work);
      try {
        await this.producer.prepared();
        await consumer.connect();
        await consumer.subscribe({ topic: this.parts.config.kafka.topic, fromBeginning: true });
        await consumer.run({
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: partitionsAtOnce,
          eachBatch: (payload) => this.workOff(payload, work),
        });
        this.consumer = consumer;
        return;
      } catch (error) {
        this.troubles.happened(error);
        await within(closePatienceMs, consumer.disconnect()).catch(() => undefined);
      }
    }
  }

  private makeConsumer(work: Work): Consumer {
    const { groupId, topic } = this.parts.config.kafka;
    const consumer = this.kafka.consumer({
      groupId,
      sessionTimeout: sessionMs,
      heartbeatInterval: heartbeatMs,
      rebalanceTimeout: sessionMs,
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition: batchBytes,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: () => Promise.resolve(!this.closed) },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.partitions = payload.memberAssignment[topic] ?? [];
      this.isJoined = true;
    });
    consumer.on(consumer.events.REBALANCING, () => (this.isJoined = false));
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      this.isJoined = false;
      if (this.closed) return;
      this.troubles.happened(error);
      // What the library tries again by itself it restarts by itself.
      if (!restart) this.starting = sleep(retryMs).then(() => this.begin(work));
    });
    return consumer;
  }

  private async workOff(fetched: EachBatchPayload, work: Work): Promise<void> {
    const { batch } = fetched;
    const { installation, metrics, log } = this.parts;
    let lost: unknown;
    const beat: Beat = async () => {
      if (this.closed || !fetched.isRunning() || fetched.isStale()) throw new GivenUp();
      try {
        await fetched.heartbeat();
      } catch (error) {
        lost = error;
        throw new GivenUp();
      }
    };
    const { jobs, offsets, unreadable } = recordsOf(batch.messages, installation);
    const aside = async (letter: Omit<DeadLetter, 'partition'>): Promise<void> => {
      await this.producer.layAside({ ...letter, partition: batch.partition });
      log.error({ partition: batch.partition, offset: letter.offset, reason: letter.reason }, 'a job was laid aside');
    };
    try {
      for (const { record, reason } of unreadable) {
        const { key, value, offset } = record;
        await persist(() => aside({ key, value, offset, reason }), beat);
        metrics.fanoutJobs.inc({ result: 'dead' });
      }
      for (const job of jobs) {
        await attempt(job, {
          work,
          beat,
          ended: (result, error) => {
            metrics.fanoutJobs.inc({ result });
            if (result === 'failed') log.warn({ err: error }, 'a group could not be told what was said in it; it is tried again');
          },
          layAside: (dead, reason) =>
            aside({ key: dead.convId, value: encodeJob(dead), offset: offsets.get(dead.convId) ?? batch.lastOffset(), reason }),
        });
        await beat();
      }
      const last = batch.messages.at(-1);
      if (last) fetched.resolveOffset(last.offset);
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
      // The library knows what a heartbeat that failed means.
      if (lost !== undefined) throw lost as Error;
    }
  }
}

function recordsOf(messages: readonly KafkaMessage[], installation: string): Records {
  const jobs: FanoutJob[] = [];
  const offsets = new Map<string, string>();
  const unreadable: { record: KafkaMessage; reason: string }[] = [];
  for (const record of messages) {
    try {
      const theirs = record.headers?.installation?.toString() ?? installation;
      if (theirs !== installation) throw new TypeError('the record is of gateways with another database or another redisPrefix');
      const job = decodeJob(record.value);
      jobs.push(job);
      offsets.set(job.convId, record.offset);
    } catch (error) {
      unreadable.push({ record, reason: (error as Error).message });
    }
  }
  return { jobs: coalesce(jobs), offsets, unreadable };
}

/** Does something until it is done. Throws only what `beat` does. */
async function persist(what: () => Promise<void>, beat: Beat): Promise<void> {
  for (;;) {
    try {
      return await what();
    } catch {
      await rest(retryMs, beat);
    }
  }
}
