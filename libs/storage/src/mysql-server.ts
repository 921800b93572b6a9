import { createHash } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2';
import { type MysqlAddress, mysqlAddress } from './mysql-address';
import type { Flavour } from './mysql-pool';
import { ask, hangUp } from './mysql-session';

/** What a server says of itself. */
export interface MysqlServer {
  readonly flavour: Flavour;
  /** `max_allowed_packet`, in bytes. */
  readonly packetBytes: number;
  /** What an operator should know about its settings, a sentence each. */
  readonly warnings: readonly string[];
}

const connectMs = 5_000;
const answerMs = 10_000;
const migrationPatienceSeconds = 120;

/** A setting that loses what was acked, and the value that does not. */
const durability = [
  { name: 'innodb_flush_log_at_trx_commit', loses: 'a crash of the server or its machine' },
  { name: 'sync_binlog', loses: 'a crash of its machine, on the replicas' },
] as const;

/** Packets smaller than this hold only a part of the largest flush. */
const wantedPacketBytes = 4 * 1024 * 1024;

/**
 * Asks a server what it is and runs `migrate` under a lock that one process holds at a time. The lock belongs to a connection that does
 * nothing else, so it is free again when the process ends, however that happens. Throws with a one-line reason.
 */
export async function prepareServer(url: string, migrate: (server: MysqlServer) => Promise<void>): Promise<MysqlServer> {
  const address = mysqlAddress(url);
  const connection = await connect(address);
  try {
    const server = await examine(connection);
    await underLock(connection, address.database, () => migrate(server));
    return server;
  } finally {
    hangUp(connection);
  }
}

async function connect(address: MysqlAddress): Promise<Connection> {
  const connection = createConnection({ ...address, connectTimeout: connectMs });
  // Before it is connected, `connect` tells; afterwards, whoever asks.
  connection.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(new Error(`databaseUrl: ${error.message}`, { cause: error }));
      else resolve(connection);
    });
  });
}

async function examine(connection: Connection): Promise<MysqlServer> {
  const [row] = (await ask(connection, 'SELECT VERSION() AS version, @@max_allowed_packet AS packetBytes', answerMs)) as [
    { version: string; packetBytes: number },
  ];
  const packetBytes = Number(row.packetBytes);
  const flavour = /mariadb/i.test(row.version) ? 'mariadb' : 'mysql';
  const warnings = /tidb/i.test(row.version) ? [] : await weaknesses(connection, packetBytes);
  return { flavour, packetBytes, warnings };
}

async function weaknesses(connection: Connection, packetBytes: number): Promise<string[]> {
  const names = `'log_bin', 'read_only', ${durability.map(({ name }) => `'${name}'`).join(', ')}`;
  const rows = (await ask(connection, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`, answerMs)) as {
    Variable_name: string;
    Value: string;
  }[];
  const valueOf = (wanted: string): string | undefined => rows.find(({ Variable_name: name }) => name === wanted)?.Value;
  const warnings: string[] = [];
  for (const { name, loses } of durability) {
    const value = valueOf(name);
    const matters = name !== 'sync_binlog' || valueOf('log_bin') === 'ON';
    if (matters && value !== undefined && value !== '1') {
      warnings.push(`database: ${name} is ${value}, so messages that were acked can be lost in ${loses}: set it to 1`);
    }
  }
  if (/^(ON|1)$/.test(valueOf('read_only') ?? '')) warnings.push('database: read_only is ON, so this is a replica, or every write fails');
  if (packetBytes < wantedPacketBytes) {
    warnings.push(`database: max_allowed_packet is ${packetBytes}, so flushes are kept small: set it to ${wantedPacketBytes} or more`);
  }
  return warnings;
}

async function underLock(connection: Connection, database: string, work: () => Promise<void>): Promise<void> {
  // Locks are the whole server's, and their names short.
  const name = `parley.${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
  const wait = `SELECT GET_LOCK('${name}', ${migrationPatienceSeconds}) AS held`;
  const [row] = (await ask(connection, wait, migrationPatienceSeconds * 1_000 + answerMs)) as [{ held: number | null }];
  if (Number(row.held) !== 1) {
    throw new Error(`databaseUrl: another process has been at the tables for ${migrationPatienceSeconds} s; start again when it is done`);
  }
  await work();
  await ask(connection, `SELECT RELEASE_LOCK('${name}')`, answerMs);
}
