import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '@app/kit';
import { ConversationLog, Database, type SeedPlan, Seeding, seedUserId } from '@app/storage';
import type { MariaServer } from '../../libs/testing/src/services/maria-server';
import type { Bench } from '../scenario';
import { runConsumer, runGateway } from './parley';
import type { Started } from './peer';

/** A group: its owner is the user 1, the others have the numbers from `from` on, one after the other. */
export interface CrowdGroup {
  readonly groupId: string;
  readonly size: number;
  readonly from?: number;
}

/** What an account of the MariaDB has asked for so far. */
export interface StoreUse {
  readonly statements: number;
  /** Rows that were inserted, changed or deleted. */
  readonly rows: number;
  readonly us: number;
}

/** The account of the gateway whose sends are counted. */
const own = 'bench';
const prefix = 'u';
const membersAtOnce = 10_000;
/** A row of the outbox waits for a second before it is handed over, and its job may wait for one more. */
const calmMs = 2_500;

/** The id of a user by number, from 1 on. */
export const userOf = (n: number): string => seedUserId(prefix, n);

/**
 * Four gateways on a durable MariaDB, Redis and Kafka, and groups of any size. Three of them are for members of large groups; the fourth one has an
 * account of its own at the MariaDB, so that what its sends cost the store can be told from everything else.
 */
export class ParleyCrowds {
  readonly consumers: Started[] = [];

  private constructor(
    private readonly bench: Bench,
    private readonly env: Readonly<Record<string, string>>,
    private readonly maria: MariaServer,
    readonly gateways: readonly Started[],
    readonly apart: Started,
    readonly pids: { readonly mariadb: readonly number[]; readonly redis: readonly number[] },
  ) {}

  static async start(bench: Bench, groups: readonly CrowdGroup[]): Promise<ParleyCrowds> {
    const { services, children } = bench;
    const [{ server: maria, pid: mariaPid }, redis, kafka] = await Promise.all([services.mariadb(), services.redis(), services.kafka()]);
    const url = await maria.database();
    await fill(bench, url, groups);
    const ownUrl = new URL(url);
    [ownUrl.username, ownUrl.password] = [own, own];
    await maria.query(`CREATE OR REPLACE USER '${own}'@'%' IDENTIFIED BY '${own}'`);
    await maria.query(`GRANT ALL ON \`${ownUrl.pathname.slice(1)}\`.* TO '${own}'@'%'`);
    await maria.query('SET GLOBAL userstat = 1');
    const env = { DATABASE_URL: url, REDIS_URL: redis.server.url, KAFKA_BROKERS: kafka.brokers };
    const run = (its: Readonly<Record<string, string>>) => runGateway(bench, children.folder(), '', its);
    // Alone at first, so that it is the one that relays.
    const first = await run(env);
    const [second, third, apart] = await Promise.all([run(env), run(env), run({ ...env, DATABASE_URL: ownUrl.href })]);
    return new ParleyCrowds(bench, env, maria, [first, second, third], apart, { mariadb: [mariaPid], redis: [redis.pid] });
  }

  /** Starts one more consumer, and resolves when it has its place among them. */
  async startConsumer(): Promise<void> {
    const started = await runConsumer(this.bench, this.bench.consumer, this.env);
    this.consumers.push(started);
    for (;;) {
      const { status } = await fetch(`http://127.0.0.1:${started.address.port}/readyz`);
      if (status === 200) return;
      await sleep(100);
    }
  }

  /** Resolves when the consumers have told everything and nothing new comes from the outbox. */
  async calm(): Promise<void> {
    for (let [seen, quietSince] = ['', performance.now()]; performance.now() - quietSince < calmMs; await sleep(100)) {
      const members = await this.metric('parley_fanout_members_total');
      const lag = await this.metric('parley_fanout_lag');
      const now = `${members.join()} ${lag.join()}`;
      if (now !== seen || lag.some((jobs) => jobs > 0)) quietSince = performance.now();
      seen = now;
    }
  }

  /** A metric of each consumer. */
  async metric(name: string): Promise<number[]> {
    return Promise.all(
      this.consumers.map(async ({ address: { port } }) => {
        const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1] ?? 0);
      }),
    );
  }

  /** What the sends of the gateway that is apart have cost the store so far. */
  async ownUse(): Promise<StoreUse> {
    const [row] = await this.maria.query<Record<'statements' | 'affected' | 'seconds', string | number>>(
      `SELECT SELECT_COMMANDS + UPDATE_COMMANDS + OTHER_COMMANDS AS statements, ROWS_INSERTED + ROWS_UPDATED + ROWS_DELETED AS affected,
         CPU_TIME AS seconds FROM information_schema.USER_STATISTICS WHERE USER = '${own}'`,
    );
    return { statements: Number(row?.statements), rows: Number(row?.affected), us: Number(row?.seconds) * 1_000_000 };
  }

  /** Ends the processes. */
  async stop(): Promise<void> {
    for (const { child } of [...this.consumers, ...this.gateways, this.apart]) await this.bench.children.stop(child);
    await this.maria.query('SET GLOBAL userstat = 0');
  }
}

async function fill(bench: Bench, url: string, groups: readonly CrowdGroup[]): Promise<void> {
  const database = await Database.open({ url, dataDir: bench.children.folder() });
  const log = new ConversationLog(database, { queueLimit: 1, metrics: new Metrics({ defaults: false }) });
  const seeding = new Seeding(database, log);
  const total = groups.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { groupId, size, from = 2 } of groups) {
    const plan: SeedPlan = { groupId, name: groupId, prefix, passwordHash: '' };
    await seeding.found(plan);
    const last = from + size - 2;
    for (let at = from; at <= last; at += membersAtOnce) {
      const to = Math.min(last, at + membersAtOnce - 1);
      await seeding.fill(plan, at, to);
      const tenth = Math.floor((10 * done) / total);
      done += to - at + 1;
      if (Math.floor((10 * done) / total) === tenth) continue;
      bench.progress(`large group: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} members`);
    }
  }
  await log.close();
  await database.close();
}
