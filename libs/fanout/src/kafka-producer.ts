import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import type { Config } from '@app/config';
import { type Log, Recurring, within } from '@app/kit';
import { ImError } from '@app/protocol';
import { type FanoutJob, encodeJob } from './job';
import { deadLetters, ensureTopics } from './kafka-topics';

/** Whoever produces is told within so many milliseconds that it is not known to be kept. */
const patienceMs = 4_500;
const closePatienceMs = 1_500;
/** A broker takes a megabyte at once, unless it is told otherwise. */
const maxBytes = 512 * 1024;
/** A letter must not be too large because of what it says, nor because of what it holds. */
const maxReason = 500;
/** To find the partition of a key takes the library the square of its length. */
const maxKeyBytes = 1_000;
const maxLetterBytes = 256 * 1024;

/** What jobs are produced with. */
export interface JobProducerParts {
  readonly kafka: Kafka;
  readonly config: Config['kafka'];
  /** Written beside every job. */
  readonly installation: string;
  readonly log: Log;
}

/** A record that could not be worked on, and where it stood. */
export interface DeadLetter {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly reason: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Writes jobs to Kafka, by conversation, so that those of one conversation are in one partition and in order. It connects with the first
 * of them, makes the topics where they are missing, and tries again with the next after a failure. What was not confirmed may be there.
 */
export class JobProducer {
  /** Told of what went wrong. */
  readonly troubles: Recurring<unknown>;
  private readonly producer: Producer;
  private ready: Promise<void> | undefined;

  constructor(private readonly parts: JobProducerParts) {
    const { kafka, log } = parts;
    this.producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 3 },
    });
    this.troubles = new Recurring((error, times) => log.warn({ err: error, times }, 'Kafka does not take jobs'));
  }

  /** Resolves when every broker that keeps a copy has the jobs. Throws `UNAVAILABLE`. */
  async write(jobs: readonly FanoutJob[]): Promise<void> {
    const { config, installation } = this.parts;
    for (const messages of batches(jobs, { installation })) await this.send(config.topic, messages);
  }

  /** The same for what is laid aside. */
  async layAside({ key, value, reason, partition, offset }: DeadLetter): Promise<void> {
    const { topic } = this.parts.config;
    const headers = { reason: reason.slice(0, maxReason), topic, partition: `${partition}`, offset };
    const kept = key === null ? null : Buffer.from(key).subarray(0, maxKeyBytes);
    await this.send(deadLetters(topic), [{ key: kept, value: value?.subarray(0, maxLetterBytes) ?? null, headers }]);
  }

  /** Resolves when it is connected and the topics are there. Throws what Kafka says. */
  prepared(): Promise<void> {
    return within(patienceMs, this.connect());
  }

  /** Ends within some seconds. */
  async close(): Promise<void> {
    await within(closePatienceMs, this.producer.disconnect()).catch(() => undefined);
  }

  private async send(topic: string, messages: Message[]): Promise<void> {
    try {
      await within(patienceMs, this.sendNow(topic, messages));
    } catch (error) {
      this.troubles.happened(error);
      throw new ImError('UNAVAILABLE');
    }
  }

  private async sendNow(topic: string, messages: Message[]): Promise<void> {
    await this.connect();
    try {
      await this.producer.send({ topic, acks: -1, messages });
    } catch (error) {
      // A topic may have been taken away; the next one asks again.
      this.ready = undefined;
      throw error;
    }
  }

  private connect(): Promise<void> {
    this.ready ??= this.prepare().catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  private async prepare(): Promise<void> {
    await this.producer.connect();
    const { kafka, config, log } = this.parts;
    const admin = kafka.admin();
    try {
      await admin.connect();
      await ensureTopics(admin, config, log);
    } finally {
      await admin.disconnect();
    }
  }
}

/** As many jobs as a broker takes at once, and so on; whom a job mentions may make it large. */
function* batches(jobs: readonly FanoutJob[], headers: Record<string, string>): Iterable<Message[]> {
  let batch: Message[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const value = encodeJob(job);
    if (batch.length > 0 && bytes + value.length > maxBytes) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push({ key: job.convId, value, headers });
    bytes += value.length;
  }
  if (batch.length > 0) yield batch;
}
