import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, installed } from './installed';

const run = promisify(execFile);
const patienceMs = 300_000;

/** The Apache Kafka that tests run on. */
const kafkaVersion = '4.1.0';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>parley</groupId><artifactId>kafka-of-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <!-- Without it Kafka says nothing, also not why it ends. -->
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
`;

/** The Java of this machine. */
export function java(): Promise<string> {
  return installed({ names: ['java'], package: 'default-jre-headless', variable: 'TEST_KAFKA_BROKERS' });
}

/** Maven does not bring Kafka: its registry cannot be reached. */
export class KafkaOutOfReach extends Error {}

/**
 * The folder of Kafka's jars, which Maven fetches once for a machine, whoever else asks at the same time. Throws `KafkaOutOfReach` where
 * Maven cannot reach its registry.
 */
export async function kafkaJars(): Promise<string> {
  const recipe = createHash('sha256').update(pom).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `parley-kafka-${kafkaVersion}-${userInfo().username}-${recipe}`);
  const there = (): boolean => existsSync(folder) && statSync(folder).uid === userInfo().uid;
  if (there()) return folder;
  const maven = await installed({ names: ['mvn'], package: 'maven', variable: 'TEST_KAFKA_BROKERS' });
  // Made aside and then renamed: whoever comes meanwhile finds either none or a whole one.
  const work = mkdtempSync(join(tmpdir(), 'parley-kafka-fetch-'));
  const jars = join(work, 'jars');
  try {
    writeFileSync(join(work, 'pom.xml'), pom);
    mkdirSync(jars);
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'];
    // Two Mavens at once spoil each other's local repository.
    const lock = findProgram(['flock']);
    const command = [...(lock === undefined ? [] : [lock, `${folder}.lock`]), maven, ...args];
    await run(command[0] as string, command.slice(1), { cwd: work, timeout: patienceMs, maxBuffer: 64 * 1024 * 1024 });
    renameSync(jars, folder);
  } catch (error) {
    // A rename onto a folder with something in it fails: then somebody else was faster.
    if (!there()) throw outOfReach(error);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function outOfReach(error: unknown): KafkaOutOfReach {
  const { stdout = '', message } = error as Error & { stdout?: string };
  const said = /\[ERROR\] (.*)/.exec(stdout)?.[1] ?? message;
  return new KafkaOutOfReach(`Kafka ${kafkaVersion} cannot be fetched by Maven (${said.slice(0, 200)}): set TEST_KAFKA_BROKERS`, {
    cause: error,
  });
}
