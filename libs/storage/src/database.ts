import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, Lane, newId, systemClock } from '@app/kit';
import { ImError } from '@app/protocol';
import type { Connections, Queries, Reads, Session, SqlValue, Statement } from './connections';
import { type Dialect, words } from './dialect';
import { failureOf, isServersAnswer } from './failure';
import { nowSql } from './log-sql';
import { MysqlConnections, mysqlLanes } from './mysql-connections';
import { type ReplicaResult, Replicas } from './replicas';
import { SqliteConnections } from './sqlite-connections';

/** Where the store is. */
export interface DatabaseOptions {
  /** '' or `sqlite:<path>` for SQLite, `mysql://…` for MySQL, MariaDB and TiDB. */
  readonly url: string;
  /** Folder of the embedded store and its lock. */
  readonly dataDir: string;
  /** Read replicas of the same database. */
  readonly replicaUrls?: readonly string[];
  /** See `ReplicaOptions`. */
  readonly replicaDeadlineMs?: number;
  /** Told how each page ended that was asked of a replica. */
  readonly onReplicaRead?: (result: ReplicaResult) => void;
  /** See `ReplicaOptions`. */
  readonly onReplicaTrouble?: (address: string, error: Error) => void;
  readonly clock?: Clock;
  /** Stands in for the store's own clock, in tests. */
  readonly storeClock?: Clock;
}

/** What a database is made of. */
export interface DatabaseParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly storeClock?: Clock | undefined;
}

const attempts = 5;
/** A transaction is not begun again after so many milliseconds: whoever waits for it is told that the store cannot serve. */
export const patienceMs = 6_000;
const lanesOf: Readonly<Record<Dialect, number>> = { sqlite: 1, mysql: mysqlLanes };
const now: Statement = { sql: `SELECT ${nowSql} AS now` };

/**
 * The store. Reads see everything that was committed before they began. Write transactions run one at a time per lane: SQLite has one
 * lane for everything, MySQL four for conversations and a pool for the rest.
 * A transaction is run again when the store says that this may help (deadlock, lost connection), so its work must build its result anew each time.
 * Nothing waits for ever: a store that does not answer leads to `UNAVAILABLE` within seconds, and is asked again by whoever comes next.
 */
export class Database implements Reads {
  /** The store's identity: it changes when the store is restored or promoted, and then what clients remember is void. */
  epoch = '';
  /** Tells this store from every other; it never changes. */
  id = '';

  /** None until it is open, and none for the embedded store. */
  replicas = new Replicas({ urls: [], storeId: '', onRead: () => undefined });

  readonly dialect: Dialect;
  readonly clock: Clock;
  private readonly storeClock: Clock | undefined;
  private readonly connections: Connections;
  /** Nothing is tried any more. */
  private isCut = false;
  private readonly lanes = Array.from({ length: mysqlLanes }, () => new Lane());

  /** Use `open`. */
  constructor({ connections, clock, storeClock }: DatabaseParts) {
    this.connections = connections;
    this.dialect = connections.dialect;
    this.clock = clock;
    // The embedded store shares the machine's clock.
    this.storeClock = storeClock ?? (connections.dialect === 'sqlite' ? clock : undefined);
  }

  /** Opens the store, brings its tables up to date and reads its identity. Throws with a one-line reason when it cannot. */
  static async open<T extends Database>(this: new (parts: DatabaseParts) => T, options: DatabaseOptions): Promise<T> {
    const { url, dataDir, clock = systemClock, storeClock } = options;
    const {
      replicaUrls: urls = [],
      replicaDeadlineMs: deadlineMs,
      onReplicaRead: onRead = () => undefined,
      onReplicaTrouble: onTrouble,
    } = options;
    const connections = url.startsWith('mysql:') ? await MysqlConnections.open(url) : await SqliteConnections.open(url, dataDir);
    const database = new this({ connections, clock, storeClock });
    try {
      await database.identify();
      database.replicas = new Replicas({ urls, storeId: database.id, onRead, onTrouble, deadlineMs });
      return database;
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  /** How many conversations can be written side by side. */
  get laneCount(): number {
    return lanesOf[this.dialect];
  }

  /** What an operator should know about the server's settings, a sentence each. */
  get warnings(): readonly string[] {
    return this.connections.warnings;
  }

  /** Bytes of content that one flush may hold. */
  get flushBytes(): number {
    return this.connections.flushBytes;
  }

  /** How often this process has sent something to the store and waited for the answer. */
  get roundTrips(): number {
    return this.connections.roundTrips;
  }

  /** Whether the store has a clock of its own. */
  get serverClock(): boolean {
    return this.storeClock === undefined;
  }

  /** Reads committed rows, outside any transaction. */
  async rows<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    try {
      return await this.connections.rows<T>(sql, values);
    } catch (error) {
      throw failureOf(error) === 'statement' ? error : unavailable(error);
    }
  }

  /** The store's time in milliseconds: the embedded store shares the machine's clock, others are asked. */
  async storeTime(reads: Reads): Promise<number> {
    return this.storeClock?.now() ?? timeIn(await reads.rows(now.sql));
  }

  /** Runs SELECTs one after the other, and reads the store's time after them; all in one round trip where the store can. */
  async readWithTime(tx: Queries, statements: readonly Statement[]): Promise<{ answers: unknown[][]; storeTime: number }> {
    if (this.storeClock) return { answers: await tx.all(statements), storeTime: this.storeClock.now() };
    const answers = await tx.all([...statements, now]);
    return { answers, storeTime: timeIn(answers.at(-1)) };
  }

  /** The epoch as it stands in the store, which somebody may have renewed since it was opened. */
  readEpoch(): Promise<string> {
    return this.meta('epoch');
  }

  /**
   * Gives the store a new epoch and answers it: after a restore or a promotion the log may lack what clients have seen. Gateways that
   * run go on with the old one until they read it again.
   */
  async renewEpoch(): Promise<string> {
    const epoch = newId();
    await this.write((tx) => tx.run(`UPDATE meta SET value = ? WHERE name = 'epoch'`, [epoch]));
    this.epoch = epoch;
    return epoch;
  }

  /** Whether the store answers. Throws when it does not. */
  async ping(): Promise<void> {
    await this.rows('SELECT 1 AS ok');
  }

  /**
   * Runs `work` in a transaction of a lane, after what was given to that lane before.
   * `landed` is asked, in a fresh transaction, after a COMMIT whose outcome is not known: whether the earlier run, with its result, is
   * in the store. The earlier run may still be under way, so `landed` takes a lock that it holds before it looks.
   * Throws `UNAVAILABLE` when the store cannot serve, and what `work` throws otherwise; then nothing is stored.
   */
  transaction<T>(lane: number, work: (tx: Queries) => Promise<T>, landed?: (tx: Queries, result: T) => Promise<boolean>): Promise<T> {
    const index = lane % this.laneCount;
    return this.laneAt(index).run(() => this.attempt(index, work, landed));
  }

  /**
   * Runs `work` in a transaction that touches no conversation's log. It may run once more although it is stored already, when the
   * answer to its COMMIT is lost: let it find what it did.
   */
  write<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    return this.dialect === 'sqlite' ? this.transaction(0, work) : this.attempt(undefined, work);
  }

  /** Waits for running transactions and closes every connection. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.idle()));
    await Promise.all([this.connections.close(), this.replicas.close()]);
  }

  /** Ends every connection at once, as a crash would. */
  async cut(): Promise<void> {
    this.isCut = true;
    await this.connections.cut();
  }

  /** Opens a transaction. */
  protected async begin(tx: Queries): Promise<void> {
    await tx.later({ sql: words[this.dialect].begin });
  }

  /** Commits; when it throws something that is not the server's refusal, the outcome is not known. */
  protected async commit(tx: Queries): Promise<void> {
    await tx.run('COMMIT');
  }

  private async identify(): Promise<void> {
    const { insertIgnore } = words[this.dialect];
    await this.write((tx) => tx.run(`${insertIgnore} INTO meta (name, value) VALUES ('epoch', ?), ('id', ?)`, [newId(), newId()]));
    this.epoch = await this.readEpoch();
    this.id = await this.meta('id');
  }

  private async meta(name: string): Promise<string> {
    const [row] = await this.rows<{ value: string }>('SELECT value FROM meta WHERE name = ?', [name]);
    return row?.value ?? '';
  }

  private async attempt<T>(
    lane: number | undefined,
    work: (tx: Queries) => Promise<T>,
    landed?: (tx: Queries, result: T) => Promise<boolean>,
  ): Promise<T> {
    const began = performance.now();
    let unsure: { result: T } | undefined;
    for (let attempt = 1; ; attempt++) {
      let session: Session | undefined;
      try {
        session = await this.connections.lease(lane);
        await this.begin(session);
        if (unsure && landed && (await landed(session, unsure.result))) {
          await session.rollback(false);
          return unsure.result;
        }
        unsure = undefined;
        const result = await work(session);
        unsure = { result };
        await this.commit(session);
        return result;
      } catch (error) {
        const failure = session ? failureOf(error) : failureToConnect(error);
        await session?.rollback(failure === 'lost' || failure === 'down');
        if (failure === 'statement' && (!unsure || isServersAnswer(error))) throw error;
        const patient = !this.isCut && attempt < attempts && performance.now() - began < patienceMs;
        if (failure === 'down' || !patient) throw unavailable(error);
        await sleep(attempt * (5 + Math.random() * 20));
      } finally {
        session?.release();
      }
    }
  }

  private laneAt(index: number): Lane {
    const found = this.lanes[index];
    if (!found) throw new Error('no such lane');
    return found;
  }
}

/** Who gets no connection has no statement that could be at fault. */
function failureToConnect(error: unknown): 'retry' | 'lost' | 'down' {
  const failure = failureOf(error);
  return failure === 'statement' ? 'down' : failure;
}

function timeIn(rows: unknown[] | undefined): number {
  const [row] = (rows ?? []) as { now: string | number }[];
  if (!row) throw new Error('the store does not tell its time');
  return Number(row.now);
}

function unavailable(cause: unknown): ImError {
  const error = new ImError('UNAVAILABLE', 'the store cannot serve at the moment, try again');
  error.cause = cause;
  return error;
}
