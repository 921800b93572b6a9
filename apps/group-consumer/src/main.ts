import 'reflect-metadata';
import { ConfigError, loadConfig } from '@app/config';
import { createLog } from '@app/kit';
import { startConsumer } from './consumer';

async function main(): Promise<void> {
  const { config, warnings } = loadConfig({ env: process.env });
  if (config.kafkaBrokers.length > 0)
    throw new ConfigError(['config: kafkaBrokers is set, but this version does not read from Kafka yet: unset it']);
  const log = createLog(config.logLevel);
  for (const warning of warnings) log.warn(warning);
  const { app, port } = await startConsumer(config, log);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  process.stdout.write(
    `Parley's group consumer is up, health at http://localhost:${port}/healthz; the gateway fans groups out by itself\n`,
  );
}

main().catch((error: unknown) => {
  const lines = error instanceof ConfigError ? error.lines : [`parley: ${error instanceof Error ? error.message : String(error)}`];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
});
