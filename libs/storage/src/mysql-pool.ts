import type { Connection, PoolConnection, ResultSetHeader } from 'mysql2';
import { DataSource } from 'typeorm';
import type { Session, SqlValue, Statement } from './connections';
import { failureOf, timeout } from './failure';
import { migrations } from './migrations';

/** The server at the other end. TypeORM tells MariaDB from MySQL; TiDB is a MySQL to it. */
export type Flavour = 'mysql' | 'mariadb';

/** How a pool differs from others. */
export interface PoolOptions {
  readonly url: string;
  readonly flavour: Flavour;
  /** Connections at most. */
  readonly size: number;
  /** Whether several statements may travel together. */
  readonly joins: boolean;
  /** How long a statement may take, in milliseconds; more than `lockWaitSeconds` where it may wait for a lock. */
  readonly statementMs: number;
  /** How long making a connection may take, in milliseconds. */
  readonly connectMs: number;
  /** The size of a packet that the server takes, in bytes. */
  readonly packetBytes: number;
  /** Called whenever something is sent and waited for. */
  readonly onRoundTrip: () => void;
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
const setUp = [`SET SESSION /*T! tidb_txn_mode = 'pessimistic', */ ${settings}`, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'];

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
    const source = new DataSource({
      type: options.flavour,
      url: options.url,
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
      connection.destroy();
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
    for (const connection of this.open.keys()) connection.destroy();
  }

  /** Closes every connection at once. */
  async cut(): Promise<void> {
    for (const connection of this.open.keys()) connection.destroy();
    await this.close();
  }

  /** Sets up a connection that was just made. */
  private async adopt(connection: PoolConnection): Promise<void> {
    this.open.set(connection, this.generation);
    // What happens to an idle connection is noticed by whoever uses it next.
    for (const event of ['end', 'error']) connection.on(event, () => this.open.delete(connection));
    try {
      for (const statement of setUp) await ask(connection, statement, this.options.connectMs);
    } catch (error) {
      connection.destroy();
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

/** One leased connection. Where the pool joins statements, those of `later` wait for the next one that somebody waits for. */
export class MysqlSession implements Session {
  private pending: Statement[] = [];

  constructor(
    private readonly connection: PoolConnection,
    private readonly options: PoolOptions,
    private readonly onDemoted: () => void,
  ) {}

  async rows<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return (await this.last({ sql, values })) as T[];
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<{ affected: number; insertId: number }> {
    const { affectedRows, insertId } = (await this.last({ sql, values })) as ResultSetHeader;
    return { affected: affectedRows, insertId };
  }

  async all(statements: readonly Statement[]): Promise<unknown[][]> {
    if (this.options.joins) return (await this.send(statements)) as unknown[][];
    const answers: unknown[][] = [];
    for (const { sql, values } of statements) answers.push(await this.rows(sql, values));
    return answers;
  }

  async later(statement: Statement): Promise<void> {
    if (this.options.joins) this.pending.push(statement);
    else await this.send([statement]);
  }

  async rollback(lost: boolean): Promise<void> {
    this.pending = [];
    if (lost) return this.destroy();
    await this.run('ROLLBACK').catch(() => this.destroy());
  }

  /** Closes the connection. What it was asked is never answered. */
  destroy(): void {
    this.connection.destroy();
  }

  release(): void {
    this.connection.release();
  }

  private async last(statement: Statement): Promise<unknown> {
    return (await this.send([statement])).at(-1);
  }

  /** Sends what is pending and these; answers the results of these. */
  private async send(statements: readonly Statement[]): Promise<unknown[]> {
    const joined = [...this.pending, ...statements];
    this.pending = [];
    const text = joined.map(({ sql, values }) => this.connection.format(sql, [...(values ?? [])])).join(';\n');
    const { packetBytes, statementMs } = this.options;
    // The server would close the connection, and it would look as if it were down.
    if (text.length * 3 > packetBytes && Buffer.byteLength(text) + 16 > packetBytes) throw tooLarge();
    this.options.onRoundTrip();
    try {
      const answer = await ask(this.connection, text, statementMs);
      const answers = joined.length === 1 ? [answer] : (answer as unknown[]);
      return answers.slice(-statements.length);
    } catch (error) {
      const told = withoutValues(error);
      if ([1290, 1792, 1836].includes(told.errno ?? 0)) this.onDemoted();
      throw told;
    }
  }
}

/** Sends a text. A deadline of ours rather than the driver's: that one leaves the connection open, and does not run while it waits its turn. */
export function ask(connection: Connection, text: string, ms: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.destroy();
      reject(timeout('a statement', ms));
    }, ms);
    connection.query(text, (error, rows) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(rows);
    });
  });
}

/** Errors whose quoted words are names of the schema; in others they may be what users wrote. */
const harmless = new Set([1044, 1045, 1049, 1054, 1142, 1146]);

/** The driver's error without the text of the statement, which holds the values. */
function withoutValues(error: unknown): Error & { errno?: number } {
  const { message, code, errno, sqlState, fatal, syscall } = error as Error & Record<string, unknown>;
  const shown = typeof sqlState !== 'string' || harmless.has(Number(errno)) ? message : message.replace(/'[^]*'/, `'…'`);
  return Object.assign(new Error(shown), { code, errno: errno as number, sqlState, fatal, syscall });
}

const tooLarge = (): Error =>
  Object.assign(new Error('the statement is larger than max_allowed_packet'), {
    code: 'ER_NET_PACKET_TOO_LARGE',
    errno: 1153,
    sqlState: '08S01',
  });
