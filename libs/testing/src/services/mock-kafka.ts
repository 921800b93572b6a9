import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed } from './installed';
import { ServerProcess } from './server-process';

// The cluster lives for as long as its client, and that for as long as its input: a pipe that is also open for writing never ends.
const script = 'mkfifo input && exec 3<>input && exec "$1" -P -b x:1 -t boot -X test.mock.num.brokers=3 -d mock <&3';

/**
 * The mock cluster in librdkafka, three brokers of one process, for machines that have no Kafka. It produces, consumes and keeps groups;
 * it makes topics of four partitions when they are first asked for, refuses to make them otherwise, and keeps nothing when it ends.
 */
export class MockKafka {
  private constructor(private readonly process: ServerProcess) {}

  static async start(): Promise<MockKafka> {
    const command = await installed({ names: ['kcat'], package: 'kcat', variable: 'TEST_KAFKA_BROKERS' });
    const mock = new MockKafka(new ServerProcess('mock-kafka'));
    const { process } = mock;
    try {
      const answers = async (): Promise<string> => mock.brokers;
      await process.start({ name: 'kcat', command: 'sh', args: ['-c', script, 'sh', command], answers });
      return mock;
    } catch (error) {
      await process.remove();
      throw error;
    }
  }

  /** Where it is, as `KAFKA_BROKERS` takes it. */
  get brokers(): string {
    const log = readFileSync(join(this.process.folder, 'log'), 'utf8');
    const found = /bootstrap\.servers=(\S+)/.exec(log)?.[1];
    if (found === undefined) throw new Error('the mock cluster has not said yet where it is');
    return found;
  }

  /** Ends, if it runs, and removes its folder. */
  remove(): Promise<void> {
    return this.process.remove();
  }
}
