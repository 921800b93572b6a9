import type { Reads } from './connections';
import { timeout } from './failure';
import { MysqlPool } from './mysql-pool';
import type { MysqlSession } from './mysql-session';

/** How a page ended that was asked of a replica. */
export type ReplicaResult =
  /** The replica answered it. */
  | 'served'
  /** The replica did not hold the log up to where it had to. */
  | 'behind'
  /** The replica is down, slow, or the replica of another store. */
  | 'failed'
  /** Every replica failed a moment ago and was not asked. */
  | 'resting';

/** Where replicas are, and who is told how they do. */
export interface ReplicaOptions {
  readonly urls: readonly string[];
  /** The id of the store that they must be replicas of. */
  readonly storeId: string;
  readonly onRead: (result: ReplicaResult) => void;
  /** Told why a replica does not serve, each reason once until it serves again; the address holds no password. */
  readonly onTrouble?: ((address: string, error: Error) => void) | undefined;
  /** How long a page may take on a replica before the primary is asked, in milliseconds. Default 1,000. */
  readonly deadlineMs?: number | undefined;
}

const restMs = 5_000;
const connections = 6;

/**
 * Read replicas, asked in turn. They lag, so each answers only when it holds the conversation's log up to a place that the caller knows
 * from the primary; a recall is an entry too, so nothing that was taken back by then is shown. A replica that fails is left alone for a
 * few seconds. No answer is never an error: then the primary is asked.
 */
export class Replicas {
  private readonly replicas: readonly Replica[];
  private turn = 0;

  constructor(private readonly options: ReplicaOptions) {
    const { urls, storeId, deadlineMs = 1_000, onTrouble = () => undefined } = options;
    this.replicas = urls.map((url) => new Replica(url, storeId, deadlineMs, (error) => onTrouble(new URL(url).host, error)));
  }

  /** Whether there is any, so that what is only read for them need not be. */
  get any(): boolean {
    return this.replicas.length > 0;
  }

  /**
   * Runs `work` on one state of a replica whose log of the conversation reaches `atLeast`; `undefined` when none can serve. `work` may be
   * given up and run by somebody else, so it must only read.
   */
  async read<T>(rowId: number, atLeast: number, work: (reads: Reads) => Promise<T>): Promise<T | undefined> {
    const start = this.turn++;
    let asked = false;
    for (let step = 0; step < this.replicas.length; step++) {
      const replica = this.replicas[(start + step) % this.replicas.length];
      if (!replica || replica.resting) continue;
      asked = true;
      const { result, value } = await replica.read(rowId, atLeast, work);
      this.options.onRead(result);
      if (result === 'served') return value;
      // Whoever waits has waited for one deadline already.
      if (result === 'failed') return undefined;
    }
    if (!asked && this.any) this.options.onRead('resting');
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }
}

type Answer<T> = { readonly result: 'served'; readonly value: T } | { readonly result: 'behind' | 'failed'; readonly value?: undefined };

class Replica {
  private pool: Promise<MysqlPool> | undefined;
  private restUntil = 0;
  private readonly troubles = new Set<string>();

  constructor(
    private readonly url: string,
    private readonly storeId: string,
    private readonly deadlineMs: number,
    private readonly onTrouble: (error: Error) => void,
  ) {}

  get resting(): boolean {
    return performance.now() < this.restUntil;
  }

  async read<T>(rowId: number, atLeast: number, work: (reads: Reads) => Promise<T>): Promise<Answer<T>> {
    let session: MysqlSession | undefined;
    let late = false;
    const answer = async (): Promise<Answer<T>> => {
      session = await (await this.connected()).lease();
      if (late) throw timeout('a replica', this.deadlineMs);
      // One state for everything that is read: the place of the log, and the page.
      await session.later({ sql: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' });
      await session.later({ sql: 'START TRANSACTION WITH CONSISTENT SNAPSHOT' });
      const [head] = await session.rows<{ last_seq: number }>('SELECT last_seq FROM conversations WHERE id = ?', [rowId]);
      const behind = (head?.last_seq ?? 0) < atLeast;
      const value = behind ? undefined : await work(session);
      await session.rollback(false);
      return behind ? { result: 'behind' } : { result: 'served', value: value as T };
    };
    let timer: NodeJS.Timeout | undefined;
    const giveUp = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late = true;
        reject(timeout('a replica', this.deadlineMs));
      }, this.deadlineMs);
    });
    const answering = answer();
    try {
      const answered = await Promise.race([answering, giveUp]);
      session?.release();
      this.troubles.clear();
      return answered;
    } catch (error) {
      this.tell(error as Error);
      // Whatever it was, the primary knows better. What still comes is nobody's, and its connection is closed.
      session?.destroy();
      void answering.then(
        () => session?.destroy(),
        () => session?.destroy(),
      );
      // A replica that was away has lost all its connections, not only this one.
      void this.pool?.then(
        (pool) => pool.renew(),
        () => undefined,
      );
      this.restUntil = performance.now() + restMs;
      return { result: 'failed' };
    } finally {
      clearTimeout(timer);
    }
  }

  private tell(error: Error): void {
    if (this.troubles.has(error.message)) return;
    this.troubles.add(error.message);
    this.onTrouble(error);
  }

  async close(): Promise<void> {
    const pool = await this.pool?.catch(() => undefined);
    await pool?.close();
  }

  /** The connections, made when they are first needed: a replica that is down does not keep a gateway from starting. */
  private connected(): Promise<MysqlPool> {
    this.pool ??= this.connect().catch((error: unknown) => {
      this.pool = undefined;
      throw error;
    });
    return this.pool;
  }

  private async connect(): Promise<MysqlPool> {
    const pool = await MysqlPool.connect({
      url: this.url,
      // Nothing is asked of TypeORM that depends on it.
      flavour: 'mysql',
      size: connections,
      joins: true,
      statementMs: this.deadlineMs,
      connectMs: this.deadlineMs,
      packetBytes: Number.MAX_SAFE_INTEGER,
      onRoundTrip: () => undefined,
    });
    try {
      // Conversations are known by the numbers of their rows, which mean others in another store.
      const [id] = await pool.rows<{ value: string }>(`SELECT value FROM meta WHERE name = 'id'`, [], this.deadlineMs);
      if (id?.value !== this.storeId) throw new Error('a replica of another store');
      return pool;
    } catch (error) {
      pool.cut();
      throw error;
    }
  }
}
