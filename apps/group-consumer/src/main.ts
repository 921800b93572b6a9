import 'reflect-metadata';
import { ConfigError, loadConfig } from '@app/config';
import { createLog } from '@app/kit';
import { startConsumer } from './consumer';

async function main(): Promise<void> {
  const { config, warnings } = loadConfig({ env: process.env, signs: false });
  const log = createLog(config.logLevel);
  for (const warning of warnings) log.warn(warning);
  const { app, port } = await startConsumer(config, log);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  process.stdout.write(`Parley's group consumer is up, health at http://localhost:${port}/healthz\n`);
}

main().catch((error: unknown) => {
  const lines = error instanceof ConfigError ? error.lines : [`parley: ${error instanceof Error ? error.message : String(error)}`];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
});
