import type { Socket } from 'node:net';
import type { Connection, PoolConnection, ResultSetHeader } from 'mysql2';
import type { Session, SqlValue, Statement } from './connections';
import { timeout } from './failure';

/** How a connection is used. */
export interface SessionOptions {
  /** Whether several statements may travel together. */
  readonly joins: boolean;
  /** How long a round trip may take, in milliseconds; longer than a statement may wait for a lock. */
  readonly statementMs: number;
  /** The size of a packet that the server takes, in bytes. */
  readonly packetBytes: number;
  /** Called whenever something is sent and waited for. */
  readonly onRoundTrip: () => void;
}

/** One leased connection. Where the pool joins statements, those of `later` wait for the next one that somebody waits for. */
export class MysqlSession implements Session {
  private pending: Statement[] = [];

  constructor(
    private readonly connection: PoolConnection,
    private readonly options: SessionOptions,
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
    hangUp(this.connection);
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
      hangUp(connection);
      reject(timeout('a statement', ms));
    }, ms);
    // Who hangs up is not answered any more, and the end of the process need not wait for that.
    timer.unref();
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
export function withoutValues(error: unknown): Error & { errno?: number } {
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

/** Closes a connection at once. The driver alone would only say goodbye, and wait for a server that hangs to say it too. */
export function hangUp(connection: Connection): void {
  connection.destroy();
  streamOf(connection).destroy();
}

/** The socket under a connection, which the driver's types leave out. */
export const streamOf = (connection: Connection): Socket => (connection as unknown as { stream: Socket }).stream;
