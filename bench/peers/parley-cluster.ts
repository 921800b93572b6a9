import { readFileSync } from 'node:fs';
// The files themselves: the index of that lib brings the whole gateway along.
import { MariaServer } from '../../libs/testing/src/services/maria-server';
import { RedisServer } from '../../libs/testing/src/services/redis-server';
import type { Bench } from '../scenario';
import { runGateway } from './parley';
import { seed } from './parley-seed';
import type { Started } from './peer';

/** How an installation of Parley is laid out. */
export interface Layout {
  readonly gateways: number;
  /** A MariaDB that waits for the disk and a Redis, or the embedded store of a gateway that is alone. */
  readonly store: 'mariadb' | 'sqlite';
}

/** Flushes of the conversation logs so far, and the entries in them. */
export interface Flushed {
  readonly flushes: number;
  readonly entries: number;
}

/** Gateways with a store and servers of their own, which nobody else uses. */
export class ParleyCluster {
  private constructor(
    private readonly bench: Bench,
    readonly gateways: readonly Started[],
    private readonly servers: { readonly maria: MariaServer; readonly redis: RedisServer } | undefined,
    /** Processes of the servers; none with the embedded store. */
    readonly pids: { readonly mariadb: readonly number[]; readonly redis: readonly number[] },
  ) {}

  /** Starts servers and gateways on a store with users and one group of them. */
  static async start(bench: Bench, { gateways, store }: Layout, users: number): Promise<ParleyCluster> {
    const servers = store === 'mariadb' ? await startServers() : undefined;
    const url = (await servers?.maria.database()) ?? '';
    const dataDir = bench.children.folder();
    const groupId = await seed({ url, dataDir }, users);
    const env: Record<string, string> = servers ? { DATABASE_URL: url, REDIS_URL: servers.redis.url } : {};
    const started = await Promise.all(
      Array.from({ length: gateways }, (_, index) => runGateway(bench, index === 0 ? dataDir : bench.children.folder(), groupId, env)),
    );
    const pids = { mariadb: servers ? [await mariaPid(servers.maria)] : [], redis: servers ? [await redisPid(servers.redis)] : [] };
    return new ParleyCluster(bench, started, servers, pids);
  }

  /** Statements that the MariaDB has taken so far; each reading is one itself. `undefined` with the embedded store. */
  async statements(): Promise<number | undefined> {
    const [row] = (await this.servers?.maria.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Questions'`)) ?? [];
    return row && Number(row.Value);
  }

  /** Of all gateways together. */
  async flushed(): Promise<Flushed> {
    const pages = await Promise.all(
      this.gateways.map(async ({ address }) => (await fetch(`http://127.0.0.1:${address.port}/metrics`)).text()),
    );
    const sum = (name: string) => pages.reduce((total, page) => total + metricIn(page, name), 0);
    return { flushes: sum('parley_log_flush_entries_count'), entries: sum('parley_log_flush_entries_sum') };
  }

  /** Ends everything and removes what it stored. */
  async stop(): Promise<void> {
    for (const { child } of this.gateways) await this.bench.children.stop(child);
    await Promise.all([this.servers?.maria.remove(), this.servers?.redis.remove()]);
  }
}

async function startServers(): Promise<{ maria: MariaServer; redis: RedisServer }> {
  const [maria, redis] = await Promise.all([MariaServer.start({ durable: true }), RedisServer.start()]);
  return { maria, redis };
}

async function mariaPid(maria: MariaServer): Promise<number> {
  const [row] = await maria.query<{ path: string }>('SELECT @@pid_file AS path');
  return Number(readFileSync(row?.path ?? '', 'utf8'));
}

async function redisPid(redis: RedisServer): Promise<number> {
  return Number(/process_id:(\d+)/.exec(String(await redis.command('INFO', 'server')))?.[1]);
}

function metricIn(page: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1];
  if (value === undefined) throw new Error(`a gateway has no metric ${name}`);
  return Number(value);
}
