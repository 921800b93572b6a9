import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, type QueryRunner } from 'typeorm';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import { type Connections, type Session, type SqlValue, type Statement, maxFlushBytes } from './connections';
import { failureOf } from './failure';
import { migrations } from './migrations';
import { SqliteDriver } from './sqlite-driver';

/** The embedded store: one connection for writes, one for reads that sees only what is committed, and a lock against other processes. */
export class SqliteConnections implements Connections {
  readonly dialect = 'sqlite';
  readonly warnings = [];
  readonly flushBytes = maxFlushBytes;
  roundTrips = 0;
  private readonly session: Session;

  private constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly lock: SqliteDriver,
  ) {
    this.session = sessionOf(writer.createQueryRunner(), () => this.roundTrips++);
  }

  /** Opens `sqlite:<path>`, or `parley.db` in the folder, and brings its tables up to date. Throws with a one-line reason. */
  static async open(url: string, dataDir: string): Promise<SqliteConnections> {
    if (url !== '' && !url.startsWith('sqlite:')) throw new Error('databaseUrl: expected sqlite:<path> or mysql://…');
    const path = url === '' ? join(dataDir, 'parley.db') : url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (!existsSync(dataDir)) mkdirSync(dataDir, { recursive: true });
    const lock = lockStore(path);
    const options: BetterSqlite3DataSourceOptions = {
      type: 'better-sqlite3',
      database: path,
      driver: SqliteDriver,
      statementCacheSize: 200,
      enableWAL: true,
      timeout: 5_000,
      migrations,
      prepareDatabase: (connection: SqliteDriver) => {
        connection.pragma('synchronous = FULL');
        // What a recall erases is overwritten, not only unlinked.
        connection.pragma('secure_delete = ON');
      },
    };
    const writer = await new DataSource(options).initialize();
    await writer.runMigrations({ transaction: 'each' });
    const reader = await new DataSource({ ...options, migrations: [] }).initialize();
    return new SqliteConnections(writer, reader, lock);
  }

  rows<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    this.roundTrips++;
    return this.reader.query<T[]>(sql, [...values]);
  }

  /** There is one connection for writes: whoever leases it must have given way to everybody before. */
  lease(): Promise<Session> {
    return Promise.resolve(this.session);
  }

  async close(): Promise<void> {
    await this.writer.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    await this.cut();
  }

  async cut(): Promise<void> {
    for (const source of [this.writer, this.reader]) await source.destroy();
    this.lock.close();
  }
}

function sessionOf(runner: QueryRunner, count: () => void): Session {
  const rows = async <T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> => {
    count();
    return (await runner.query(sql, [...values])) as T[];
  };
  const run = async (sql: string, values: readonly SqlValue[] = []): Promise<{ affected: number; insertId: number }> => {
    count();
    const result = await runner.query(sql, [...values], true);
    return { affected: result.affected ?? 0, insertId: Number((result.raw as number | undefined) ?? 0) };
  };
  return {
    rows,
    run,
    all: async (statements: readonly Statement[]) => {
      const answers: unknown[][] = [];
      for (const { sql, values } of statements) answers.push(await rows(sql, values));
      return answers;
    },
    later: async ({ sql, values }) => void (await run(sql, values)),
    // When it fails, no transaction is open any more: the commit went through.
    rollback: async () => void (await run('ROLLBACK').catch(() => undefined)),
    release: () => undefined,
  };
}

/**
 * Two processes on one embedded store would not hear each other's messages, so the first one locks it. The lock is an open
 * transaction on a file beside the store: the operating system drops it with the process, however that ends.
 */
function lockStore(path: string): SqliteDriver {
  const lock = new SqliteDriver(`${path}.lock`, { timeout: 5_000 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (failureOf(error) !== 'retry') throw error;
    throw new Error(`another process uses the store ${path}; stop it, or give this one its own dataDir or a databaseUrl`);
  }
}
