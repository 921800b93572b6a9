import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, Lane, newId, systemClock } from '@app/kit';
import { ImError } from '@app/protocol';
import { DataSource, type QueryRunner } from 'typeorm';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import { type Dialect, failureOf, words } from './dialect';
import { migrations } from './migrations';
import { SqliteDriver } from './sqlite-driver';

/** A value that may stand for a `?`. */
export type SqlValue = string | number | null;

/** What answers a SELECT: the store itself, or an open transaction. */
export interface Reads {
  rows<T>(sql: string, values?: readonly SqlValue[]): Promise<T[]>;
}

/** An open transaction. */
export interface Queries extends Reads {
  /** Runs a statement that answers no rows. */
  run(sql: string, values?: readonly SqlValue[]): Promise<{ affected: number; insertId: number }>;
}

/** Where the store is. */
export interface DatabaseOptions {
  /** '' or `sqlite:<path>` for SQLite, `mysql://…` for MySQL, MariaDB and TiDB. */
  readonly url: string;
  /** Folder of the embedded store and its lock. */
  readonly dataDir: string;
  readonly clock?: Clock;
}

/** Open connections to a store. */
export interface Connections {
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly writer: DataSource;
  readonly reader: DataSource;
  readonly lock: SqliteDriver | undefined;
}

const attempts = 5;
const lanesOf: Readonly<Record<Dialect, number>> = { sqlite: 1, mysql: 4 };

/**
 * The store's connections. Reads see everything that was committed before they began. Write transactions run one at a time per
 * lane: SQLite has one lane for everything, MySQL four for conversations and a pool for the rest.
 * A transaction is run again when the store says that this may help (deadlock, lost connection), so its work must build its result anew each time.
 */
export class Database implements Reads {
  /** The store's identity: it changes when the store is restored or promoted, and then what clients remember is void. */
  epoch = '';
  /** Tells this store from every other; it never changes. */
  id = '';

  readonly dialect: Dialect;
  readonly clock: Clock;
  private readonly writer: DataSource;
  private readonly reader: DataSource;
  private readonly lock: SqliteDriver | undefined;
  private readonly lanes = Array.from({ length: 4 }, () => new Lane());
  private readonly runners = new Map<number, QueryRunner>();

  /** Use `open`. */
  constructor({ dialect, clock, writer, reader, lock }: Connections) {
    this.dialect = dialect;
    this.clock = clock;
    this.writer = writer;
    this.reader = reader;
    this.lock = lock;
  }

  /** Opens the store, brings its tables up to date and reads its identity. Throws with a one-line reason when it cannot. */
  static async open<T extends Database>(this: new (connections: Connections) => T, options: DatabaseOptions): Promise<T> {
    const clock = options.clock ?? systemClock;
    const connections = options.url.startsWith('mysql:') ? await openMysql(options.url) : await openSqlite(options.url, options.dataDir);
    const database = new this({ ...connections, clock });
    await database.prepare();
    return database;
  }

  private async prepare(): Promise<void> {
    await this.writer.runMigrations({ transaction: 'each' });
    const { insertIgnore } = words[this.dialect];
    await this.write((tx) => tx.run(`${insertIgnore} INTO meta (name, value) VALUES ('epoch', ?), ('id', ?)`, [newId(), newId()]));
    const meta = await this.rows<{ name: string; value: string }>(`SELECT name, value FROM meta WHERE name IN ('epoch', 'id')`);
    const valueOf = (name: string): string => meta.find((row) => row.name === name)?.value ?? '';
    this.epoch = valueOf('epoch');
    this.id = valueOf('id');
  }

  /** How many conversations can be written side by side. */
  get laneCount(): number {
    return lanesOf[this.dialect];
  }

  /** Reads committed rows, outside any transaction. */
  async rows<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    try {
      return await this.reader.query<T[]>(sql, [...values]);
    } catch (error) {
      throw failureOf(error) === 'statement' ? error : unavailable(error);
    }
  }

  /** The store's time in milliseconds: the embedded store shares the machine's clock, others are asked. */
  async storeTime(reads: Reads): Promise<number> {
    if (this.dialect === 'sqlite') return this.clock.now();
    const [row] = await reads.rows<{ now: string | number }>('SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now');
    return Number(row?.now ?? this.clock.now());
  }

  /** Whether the store answers. Throws when it does not. */
  async ping(): Promise<void> {
    await this.rows('SELECT 1 AS ok');
  }

  /**
   * Runs `work` in a transaction of a lane, after what was given to that lane before.
   * `landed` is asked, in a fresh transaction, after a COMMIT whose outcome is not known: whether the earlier run, with its result, is
   * in the store.
   * Throws `UNAVAILABLE` when the store cannot serve, and what `work` throws otherwise; then nothing is stored.
   */
  transaction<T>(lane: number, work: (tx: Queries) => Promise<T>, landed?: (tx: Queries, result: T) => Promise<boolean>): Promise<T> {
    return this.laneAt(lane).run(() => this.attempt(() => this.runner(lane), work, landed));
  }

  /** Runs `work` in a transaction that touches no conversation's log. */
  write<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    if (this.dialect === 'sqlite') return this.transaction(0, work);
    return this.attempt(() => this.writer.createQueryRunner('master'), work, undefined, true);
  }

  /** Waits for running transactions and closes every connection. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.idle()));
    for (const runner of this.runners.values()) await runner.release();
    if (this.dialect === 'sqlite') await this.writer.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    await this.writer.destroy();
    if (this.reader !== this.writer) await this.reader.destroy();
    this.lock?.close();
  }

  /** Opens a transaction. */
  protected async begin(tx: Queries): Promise<void> {
    for (const statement of words[this.dialect].begin) await tx.run(statement);
  }

  /** Commits; when it throws, the outcome is not known. */
  protected async commit(tx: Queries): Promise<void> {
    await tx.run('COMMIT');
  }

  private async attempt<T>(
    lease: () => QueryRunner,
    work: (tx: Queries) => Promise<T>,
    landed?: (tx: Queries, result: T) => Promise<boolean>,
    release = false,
  ): Promise<T> {
    let unsure: { result: T } | undefined;
    for (let attempt = 1; ; attempt++) {
      const runner = lease();
      const tx = queriesOf(runner);
      try {
        await this.begin(tx);
        if (unsure && landed && (await landed(tx, unsure.result))) {
          await tx.run('ROLLBACK');
          return unsure.result;
        }
        unsure = undefined;
        const result = await work(tx);
        unsure = { result };
        await this.commit(tx);
        return result;
      } catch (error) {
        await this.giveUp(tx, runner);
        const failure = failureOf(error);
        if (failure === 'statement' && !unsure) throw error;
        if (failure === 'down' || attempt === attempts) throw unavailable(error);
        await sleep(attempt * (5 + Math.random() * 20));
      } finally {
        if (release) await runner.release();
      }
    }
  }

  private async giveUp(tx: Queries, runner: QueryRunner): Promise<void> {
    try {
      await tx.run('ROLLBACK');
    } catch {
      // No transaction is open any more: the commit went through, or the connection is gone; a fresh one is leased next time. Only
      // this one goes back to the pool: the other lanes may be in the middle of theirs.
      for (const [lane, held] of this.runners) {
        if (this.dialect === 'mysql' && held === runner) {
          this.runners.delete(lane);
          await runner.release().catch(() => undefined);
        }
      }
    }
  }

  private laneAt(lane: number): Lane {
    const found = this.lanes[lane % this.laneCount];
    if (!found) throw new Error('no such lane');
    return found;
  }

  private runner(lane: number): QueryRunner {
    const index = lane % this.laneCount;
    const held = this.runners.get(index);
    if (held && !held.isReleased) return held;
    const runner = this.writer.createQueryRunner('master');
    this.runners.set(index, runner);
    return runner;
  }
}

function unavailable(cause: unknown): ImError {
  const error = new ImError('UNAVAILABLE', 'the store cannot serve at the moment, try again');
  error.cause = cause;
  return error;
}

function queriesOf(runner: QueryRunner): Queries {
  return {
    rows: async <T>(sql: string, values: readonly SqlValue[] = []) => (await runner.query(sql, [...values])) as T[],
    run: async (sql, values = []) => {
      const result = await runner.query(sql, [...values], true);
      const raw = result.raw as { insertId?: number } | number | undefined;
      return { affected: result.affected ?? 0, insertId: Number(typeof raw === 'object' ? (raw.insertId ?? 0) : (raw ?? 0)) };
    },
  };
}

async function openSqlite(url: string, dataDir: string): Promise<Omit<Connections, 'clock'>> {
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
  const reader = await new DataSource({ ...options, migrations: [] }).initialize();
  return { dialect: 'sqlite', writer, reader, lock };
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

async function openMysql(url: string): Promise<Omit<Connections, 'clock'>> {
  const source = await new DataSource({
    type: 'mysql',
    url,
    charset: 'utf8mb4',
    migrations,
    supportBigNumbers: true,
    bigNumberStrings: false,
    poolSize: 12,
    extra: { connectTimeout: 5_000 },
  }).initialize();
  return { dialect: 'mysql', writer: source, reader: source, lock: undefined };
}
