import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from './installed';

const run = promisify(execFile);
const patienceMs = 300_000;

/** The Apache Kafka that tests run on. */
const kafkaVersion = '4.1.0';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>parley</groupId><artifactId>kafka-of-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
  </dependencies>
</project>
`;

/** The Java of this machine. */
export function java(): Promise<string> {
  return installed({ names: ['java'], package: 'default-jre-headless', variable: 'TEST_KAFKA_BROKERS' });
}

/**
 * The folder of Kafka's jars, which Maven fetches once for a machine. Two processes may ask at once: both fetch, and one folder stays.
 * Throws a line that says what is missing where Maven cannot reach its registry.
 */
export async function kafkaJars(): Promise<string> {
  const folder = join(tmpdir(), `parley-kafka-${kafkaVersion}-${userInfo().username}`);
  if (existsSync(folder)) return folder;
  const maven = await installed({ names: ['mvn'], package: 'maven', variable: 'TEST_KAFKA_BROKERS' });
  const work = mkdtempSync(join(tmpdir(), 'parley-kafka-fetch-'));
  try {
    writeFileSync(join(work, 'pom.xml'), pom);
    mkdirSync(join(work, 'jars'));
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'jars')}`, '-DincludeScope=runtime'];
    await run(maven, args, { cwd: work, timeout: patienceMs, maxBuffer: 64 * 1024 * 1024 });
    try {
      renameSync(join(work, 'jars'), folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
    return folder;
  } catch (error) {
    const said = `${(error as { stdout?: string }).stdout ?? ''}`.split('\n').find((line) => line.includes('ERROR'));
    throw new Error(`Kafka ${kafkaVersion} cannot be fetched by Maven (${said ?? (error as Error).message}): set TEST_KAFKA_BROKERS`, {
      cause: error,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
