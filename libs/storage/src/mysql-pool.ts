import type { PoolConnection } from 'mysql2';
import { DataSource } from 'typeorm';
import type { SqlValue } from './connections';
import { failureOf, timeout } from './failure';
import { migrations } from './migrations';
import { mysqlAddress } from './mysql-address';
import { MysqlSession, type SessionOptions, ask, hangUp, streamOf, withoutValues } from './mysql-session';

/** The server at the other end. TypeORM tells MariaDB from MySQL; TiDB is a MySQL to it. */
export type Flavour = 'mysql' | 'mariadb';

/** How a pool differs from others. */
export interface PoolOptions extends SessionOptions {
  readonly url: string;
  readonly flavour: Flavour;
  /** Connections at most. */
  readonly size: number;
  /** How long making a connection may take, in milliseconds. */
  readonly connectMs: number;
}

const lockWaitSeconds = 5;
/** A host that vanishes leaves its transactions open, with their locks; the server ends them after this time. */
const silenceSeconds = 60;
const idleMs = 30_000;
const closeMs = 2_000;

/**
 * What every connection is set to when it is made, whatever the server's defaults. In strict mode nothing is cut to fit; backslashes
 * escape, as the driver takes for granted; in UTC no hour comes twice. TiDB alone reads what stands behind `T!`.
 */
const settings = [
  `sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
  `time_zone = '+00:00'`,
  'autocommit = 1',
  `innodb_lock_wait_timeout = ${lockWaitSeconds}`,
  `lock_wait_timeout = ${lockWaitSeconds}`,
  `wait_timeout = ${silenceSeconds}`,
].join(', ');
// First of all: a server may read what clients send in a character set of its own, and escaping is made for this one.
const setUp = [
  'SET NAMES utf8mb4',
  `SET SESSION /*T! tidb_txn_mode = 'pessimistic', */ ${settings}`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/**
 * Connections to one MySQL, MariaDB or TiDB. Everything asked of it has a deadline: a server that hangs keeps its connections open and
 * says nothing, so one that misses its deadline is closed, and nobody else gets it.
 */
export class MysqlPool {
  /** Open connections, with the generation they were made in. */
  private readonly open = new Map<PoolConnection, number>();
  private generation = 0;

  private constructor(
    private readonly source: DataSource,
    private readonly options: PoolOptions,
  ) {}

  /** Makes the first connection. Throws what the driver says when it cannot. */
  static async connect(options: PoolOptions): Promise<MysqlPool> {
    const { user: username, ...address } = mysqlAddress(options.url);
    const source = new DataSource({
      type: options.flavour,
      ...address,
      username,
      charset: 'utf8mb4',
      migrations,
      supportBigNumbers: true,
      bigNumberStrings: false,
      // One more than is kept, or the driver would keep idle connections for ever.
      poolSize: options.size + 1,
      multipleStatements: options.joins,
      extra: { connectTimeout: options.connectMs, maxIdle: options.size, idleTimeout: idleMs, gracefulEnd: true },
    });
    return new MysqlPool(await source.initialize(), options);
  }

  /** Runs the migrations that the store lacks. Every statement of MySQL's DDL commits by itself. */
  async migrate(): Promise<void> {
    await this.source.runMigrations({ transaction: 'none' });
  }

  /** A connection of one's own. Throws when none comes in time. */
  async lease(statementMs = this.options.statementMs): Promise<MysqlSession> {
    for (;;) {
      const connection = await this.acquire();
      if (!this.open.has(connection)) await this.adopt(connection);
      if (this.open.get(connection) === this.generation)
        return new MysqlSession(connection, { ...this.options, statementMs }, () => this.renew());
      hangUp(connection);
    }
  }

  /** Reads outside any transaction. */
  async rows<T>(sql: string, values: readonly SqlValue[], ms: number): Promise<T[]> {
    const session = await this.lease(ms);
    try {
      return await session.rows<T>(sql, values);
    } catch (error) {
      if (failureOf(error) !== 'statement') session.destroy();
      throw error;
    } finally {
      session.release();
    }
  }

  /** Lets nobody have the connections that are open now: a server that was demoted keeps them, and a new one may lead elsewhere. */
  renew(): void {
    this.generation++;
  }

  /** Closes in good order, or at once when the server does not answer. */
  async close(): Promise<void> {
    const ended = this.source.destroy().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, closeMs)))]);
    clearTimeout(timer);
    for (const connection of this.open.keys()) hangUp(connection);
  }

  /** Closes every connection at once; one that is still being made is nobody's. */
  cut(): void {
    for (const connection of this.open.keys()) hangUp(connection);
    this.source.destroy().catch(() => undefined);
  }

  /** Sets up a connection that was just made. */
  private async adopt(connection: PoolConnection): Promise<void> {
    this.open.set(connection, this.generation);
    streamOf(connection).once('close', () => this.open.delete(connection));
    // What happens to an idle connection is noticed by whoever uses it next.
    connection.on('error', () => undefined);
    try {
      for (const statement of setUp) await ask(connection, statement, this.options.connectMs);
    } catch (error) {
      hangUp(connection);
      throw withoutValues(error);
    }
  }

  private acquire(): Promise<PoolConnection> {
    const runner = this.source.createQueryRunner('master');
    // More than making a connection may take, so that its own error comes first.
    const patience = this.options.connectMs + 1_000;
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        reject(timeout('waiting for a connection', patience));
      }, patience);
      (runner.connect() as Promise<PoolConnection>).then(
        (connection) => {
          clearTimeout(timer);
          if (late) connection.release();
          else resolve(connection);
        },
        (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }
}
