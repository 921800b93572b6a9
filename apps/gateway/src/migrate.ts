import 'reflect-metadata';
import { ConfigError, loadConfig } from '@app/config';
import { Database } from '@app/storage';

/**
 * Brings the tables of the configured store up to date and ends. A gateway does the same when it starts; this is for who wants to know
 * how it went before any gateway does.
 */
async function migrate(): Promise<void> {
  const { config } = loadConfig({ env: process.env });
  const database = await Database.open({ url: config.databaseUrl, dataDir: config.dataDir });
  await database.close();
  process.stdout.write('parley: the tables are up to date\n');
}

migrate().catch((error: unknown) => {
  const lines = error instanceof ConfigError ? error.lines : [`parley: ${error instanceof Error ? error.message : String(error)}`];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = 1;
});
