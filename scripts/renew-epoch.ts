import { loadConfig } from '@app/config';
import { Database } from '@app/storage';

/**
 * Gives the configured store a new epoch, so that clients forget positions that it may not hold any more: to be run after a restore from
 * a backup and after a replica was promoted. On an embedded store the gateway must be stopped.
 */
async function renew(): Promise<void> {
  const { config } = loadConfig({ env: process.env });
  const database = await Database.open({ url: config.databaseUrl, dataDir: config.dataDir });
  try {
    const before = database.epoch;
    console.log(`epoch: renewed from ${before} to ${await database.renewEpoch()}`);
  } finally {
    await database.close();
  }
}

renew().catch((error: unknown) => {
  console.error(`epoch: not renewed: ${(error as Error).message}`);
  process.exitCode = 1;
});
