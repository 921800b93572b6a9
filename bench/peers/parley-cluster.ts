import type { MariaServer } from '../../libs/testing/src/services/maria-server';
import type { Bench } from '../scenario';
import type { Services } from '../services';
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

/** Gateways with a store of their own, on servers that nobody else uses meanwhile. */
export class ParleyCluster {
  private constructor(
    private readonly bench: Bench,
    readonly gateways: readonly Started[],
    private readonly maria: MariaServer | undefined,
    /** Processes of the servers; none with the embedded store. */
    readonly pids: { readonly mariadb: readonly number[]; readonly redis: readonly number[] },
  ) {}

  /** Starts gateways on a store with users and one group of them. */
  static async start(bench: Bench, { gateways, store }: Layout, users: number, services: Services): Promise<ParleyCluster> {
    const [maria, redis] = store === 'mariadb' ? await Promise.all([services.mariadb(), services.redis()]) : [];
    const url = (await maria?.server.database()) ?? '';
    const dataDir = bench.children.folder();
    const groupId = await seed({ url, dataDir }, users);
    const env: Record<string, string> = redis ? { DATABASE_URL: url, REDIS_URL: redis.server.url } : {};
    const started = await Promise.all(
      Array.from({ length: gateways }, (_, index) => runGateway(bench, index === 0 ? dataDir : bench.children.folder(), groupId, env)),
    );
    return new ParleyCluster(bench, started, maria?.server, { mariadb: maria ? [maria.pid] : [], redis: redis ? [redis.pid] : [] });
  }

  /** Statements that the MariaDB has taken so far; each reading is one itself. `undefined` with the embedded store. */
  async statements(): Promise<number | undefined> {
    const [row] = (await this.maria?.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Questions'`)) ?? [];
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

  /** Ends the gateways. */
  async stop(): Promise<void> {
    for (const { child } of this.gateways) await this.bench.children.stop(child);
  }
}

function metricIn(page: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1];
  if (value === undefined) throw new Error(`a gateway has no metric ${name}`);
  return Number(value);
}
