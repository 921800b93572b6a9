import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port';
import { java, kafkaJars } from './kafka-jars';
import { ServerProcess } from './server-process';

const run = promisify(execFile);

/** A cluster's id, in the form that Kafka asks for. */
const clusterId = 'cGFybGV5LXRlc3RzLWthZg';

/** Small and quick: one broker that keeps everything in one copy and lets consumers in at once. */
const small = (folder: string, port: number, controllerPort: number): Readonly<Record<string, string | number>> => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'log.dirs': join(folder, 'data'),
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  // A test that kills a consumer need not wait long for the others to be given its partitions.
  'group.min.session.timeout.ms': 500,
  // A broker that starts again is let in when the cluster has forgotten it.
  'broker.session.timeout.ms': 1_000,
  'broker.heartbeat.interval.ms': 200,
  'controlled.shutdown.enable': 'false',
  'num.network.threads': 2,
  'num.io.threads': 2,
});

const log4j = `<Configuration><Appenders><Console name="out"><PatternLayout pattern="%p %c: %m%n"/></Console></Appenders>
<Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers></Configuration>
`;

/** How a Kafka of a test is set up. */
export interface KafkaOptions {
  /** Settings of the broker by their names; they win over its own. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** An Apache Kafka of a test: one broker in KRaft mode on a port of 127.0.0.1. Topics are made by those who use it. */
export class KafkaServer {
  private constructor(
    private readonly process: ServerProcess,
    private readonly program: string,
    private readonly classPath: string,
    private readonly port: number,
  ) {}

  /** Throws with the last lines of its log when it does not come up, and `KafkaOutOfReach` where it cannot be fetched. */
  static async start({ settings = {} }: KafkaOptions = {}): Promise<KafkaServer> {
    const [program, jars] = [await java(), await kafkaJars()];
    const [port, controllerPort] = [await freePort(), await freePort()];
    const server = new KafkaServer(new ServerProcess('kafka'), program, join(jars, '*'), port);
    try {
      await server.format({ ...small(server.process.folder, port, controllerPort), ...settings });
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** Where it is, as `KAFKA_BROKERS` takes it. */
  get brokers(): string {
    return `127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.process.running;
  }

  /** Ends at once, as in a crash. */
  kill(): Promise<void> {
    return this.process.end('SIGKILL');
  }

  /** Ends in good order. */
  stop(): Promise<void> {
    return this.process.end('SIGTERM');
  }

  /** Starts again after an end, on the same port and with its topics. */
  async start(): Promise<void> {
    const args = [...this.javaArgs, 'kafka.Kafka', this.file('server.properties')];
    await this.process.start({ name: 'Kafka', command: this.program, args, answers: () => this.answers() });
  }

  /** Connections stay open, and nothing answers until `resume`. */
  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  /** Ends, if it runs, and removes its folder. */
  remove(): Promise<void> {
    return this.process.remove();
  }

  private get javaArgs(): string[] {
    // The settings of Kafka's own scripts for a short start.
    const quick = ['-Xmx256m', '-Xms128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
    return [...quick, `-Dlog4j2.configurationFile=${this.file('log4j2.xml')}`, '-cp', this.classPath];
  }

  private file(name: string): string {
    return join(this.process.folder, name);
  }

  private async format(settings: Readonly<Record<string, string | number>>): Promise<void> {
    writeFileSync(this.file('log4j2.xml'), log4j);
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.file('server.properties'), lines.join(''));
    await run(this.program, [...this.javaArgs, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.file('server.properties')]);
  }

  private async answers(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    } finally {
      socket.destroy();
    }
  }
}
