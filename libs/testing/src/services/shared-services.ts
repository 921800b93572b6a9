import { createHash, randomBytes } from 'node:crypto';
import { MariaServer } from './maria-server';
import { RedisServer } from './redis-server';

/** What the tests of one run use together. Each is started once, by Jest, before the tests; workers find it by the environment. */
interface Pair {
  readonly stop: () => Promise<void>;
}

declare global {
  var parleySharedServices: Promise<Pair> | undefined;
}

const prefix = 'parley_test';

/** The stores that are reached by a URL, and where a run finds each. */
const servers = {
  mysql: { given: 'TEST_MYSQL_URL', address: 'PARLEY_TEST_MYSQL' },
  redis: { given: 'TEST_REDIS_URL', address: 'PARLEY_TEST_REDIS' },
  tidb: { given: 'TEST_TIDB_URL', address: 'PARLEY_TEST_TIDB' },
} as const;
type Service = keyof typeof servers;

/**
 * Starts a MariaDB and a Redis, unless TEST_MYSQL_URL and TEST_REDIS_URL name running ones. However often it is called, there is one pair.
 * It never fails: what cannot be had fails the suites that ask for it, and no others.
 */
export async function startSharedServices(): Promise<void> {
  globalThis.parleySharedServices ??= startPair();
  await globalThis.parleySharedServices;
}

/** Stops and removes what was started; servers that were given lose the databases of this run. */
export async function stopSharedServices(): Promise<void> {
  const pair = globalThis.parleySharedServices;
  globalThis.parleySharedServices = undefined;
  await (await pair)?.stop();
}

/** The URL of a fresh, empty database on the run's MariaDB (or on the server that TEST_MYSQL_URL names). */
export function sharedMysql(): Promise<string> {
  return freshDatabase('mysql');
}

/** The URL of the run's Redis (or of the one that TEST_REDIS_URL names). What is in it is everybody's: prefix keys and channels. */
export function sharedRedis(): string {
  return addressOf('redis');
}

/** The URL of an empty database; with a key, the database that belongs to the key, and it is as it was left. */
export async function freshDatabase(service: 'mysql' | 'tidb', key: string = randomBytes(16).toString('hex')): Promise<string> {
  const server = new URL(addressOf(service));
  const name = `${prefix}_${process.env.PARLEY_TEST_RUN}_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
  await execute(server, `CREATE DATABASE IF NOT EXISTS \`${name}\``);
  server.pathname = `/${name}`;
  return server.href;
}

/** Drops the database of a URL. */
export async function dropDatabase(url: string): Promise<void> {
  await execute(new URL(url), `DROP DATABASE IF EXISTS \`${new URL(url).pathname.slice(1)}\``);
}

async function startPair(): Promise<Pair> {
  process.env.PARLEY_TEST_RUN = randomBytes(4).toString('hex');
  const started = await Promise.all([have('mysql', () => MariaServer.start()), have('redis', () => RedisServer.start()), have('tidb')]);
  return {
    stop: async () => {
      for (const service of ['mysql', 'tidb'] as const) if (process.env[servers[service].given]) await dropAll(service);
      for (const server of started) await server?.remove();
    },
  };
}

/** Writes the address of a service, or why there is none, into the environment. */
async function have(service: Service, start?: () => Promise<MariaServer | RedisServer>): Promise<MariaServer | RedisServer | undefined> {
  const { given, address } = servers[service];
  try {
    const server = process.env[given] ? undefined : await start?.();
    process.env[address] = process.env[given] || server?.url || `no ${given} was given`;
    return server;
  } catch (error) {
    process.env[address] = (error as Error).message;
    return undefined;
  }
}

function addressOf(service: Service): string {
  const { address } = servers[service];
  const found = process.env[address];
  if (found === undefined) throw new Error(`no shared services: this test must run in a Jest project with their globalSetup`);
  if (!URL.canParse(found)) throw new Error(`${service} for tests cannot be had: ${found}`);
  return found;
}

async function dropAll(service: 'mysql' | 'tidb'): Promise<void> {
  const server = new URL(addressOf(service));
  const like = `${prefix}\\_${process.env.PARLEY_TEST_RUN}\\_%`;
  const found = await execute(server, `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE '${like}'`);
  for (const { name } of found as { name: string }[]) await execute(server, `DROP DATABASE \`${name}\``);
}

async function execute(server: URL, sql: string): Promise<unknown> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({
    host: server.hostname,
    port: Number(server.port || 3306),
    user: decodeURIComponent(server.username),
    password: decodeURIComponent(server.password),
  });
  try {
    return (await connection.query(sql))[0];
  } finally {
    connection.destroy();
  }
}
