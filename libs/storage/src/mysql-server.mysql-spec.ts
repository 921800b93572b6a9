import { tmpdir } from 'node:os';
import { MariaServer, type MariaOptions } from '@app/testing';
import { Database } from './database';

const servers: MariaServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.remove())));

async function warningsOf(options: MariaOptions): Promise<readonly string[]> {
  const server = await MariaServer.start(options);
  servers.push(server);
  const database = await Database.open({ url: await server.database(), dataDir: tmpdir() });
  await database.close();
  return database.warnings;
}

describe('a server', () => {
  it('with durable settings needs no warning', async () => {
    expect(await warningsOf({ durable: true, binlog: true })).toEqual([]);
  });

  it('that may lose what was acked is warned about by the name of the setting', async () => {
    const warnings = await warningsOf({ binlog: true });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/innodb_flush_log_at_trx_commit is 0/);
    expect(warnings[1]).toMatch(/sync_binlog is 0/);
  });

  it('without a binary log may sync it as it likes', async () => {
    expect(await warningsOf({ durable: true, config: { 'sync-binlog': 0 } })).toEqual([]);
  });

  it('that takes small packets only is warned about, and flushes are kept small', async () => {
    expect(await warningsOf({ durable: true, config: { 'max-allowed-packet': 1024 * 1024 } })).toEqual([
      expect.stringMatching(/max_allowed_packet is 1048576/),
    ]);
  });
});
