import type { Admin } from 'kafkajs';
import type { Config } from '@app/config';
import type { Log } from '@app/kit';

/** The topic of what cannot be worked on. */
export const deadLetters = (topic: string): string => `${topic}.dlq`;

/**
 * Makes the topics that are missing. A cluster on which they were made by its operators need not allow that. Fewer partitions than are
 * configured are told in the log: more consumers than that have nothing to do. Throws when there is no topic for jobs after that.
 */
export async function ensureTopics(admin: Admin, { topic, partitions, replicationFactor }: Config['kafka'], log: Log): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const wanted = [
    { topic, numPartitions: partitions },
    { topic: deadLetters(topic), numPartitions: 1 },
  ];
  const missing = wanted.filter((one) => !existing.has(one.topic));
  if (missing.length > 0) {
    const copies = replicationFactor === 0 ? {} : { replicationFactor };
    try {
      // Another process may have made them meanwhile, which is answered with `false`.
      await admin.createTopics({ topics: missing.map((one) => ({ ...one, ...copies })), waitForLeaders: true });
    } catch (error) {
      const names = missing.map((one) => one.topic);
      const line = `the topics ${names.join(' and ')} are missing and could not be made: ${reasonOf(error)}`;
      if (!names.includes(topic)) return log.warn(line);
      // Brokers may make it by themselves when they are asked for it.
      await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => {
        throw new Error(line, { cause: error });
      });
    }
  }
  if (!existing.has(topic)) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = topics[0]?.partitions.length ?? 0;
  if (found < partitions)
    log.warn(
      { topic, found, wanted: partitions },
      'the topic has fewer partitions than are configured: add some with kafka-topics.sh --alter',
    );
}

/** An error of several topics has the reasons inside. */
function reasonOf(error: unknown): string {
  const { errors, message } = error as Error & { errors?: readonly Error[] };
  return errors?.map((one) => one.message).join(' ') || message;
}
