import { type Connections, type Session, type SqlValue, maxFlushBytes } from './connections';
import { failureOf } from './failure';
import { MysqlPool, type PoolOptions } from './mysql-pool';
import { type MysqlServer, prepareServer } from './mysql-server';

/** Lanes of a MySQL; each has a connection of its own. */
export const mysqlLanes = 4;
const otherConnections = 12;

/** Longer than a statement may wait for a lock: that is the server's to end. */
const statementMs = 7_000;
const readMs = 5_000;
const connectMs = 3_000;

/** A statement holds names of columns, keys and marks beside the content, and a content of quotes is twice as long when it is escaped. */
const packetOverhead = 128 * 1024;
const smallestFlush = 64 * 1024;

/**
 * MySQL, MariaDB and TiDB: one pool for the lanes, whose statements travel together, and one for everything else, where one statement
 * is one statement.
 */
export class MysqlConnections implements Connections {
  readonly dialect = 'mysql';
  readonly warnings: readonly string[];
  readonly flushBytes: number;
  roundTrips = 0;
  private readonly lanes: MysqlPool;
  private readonly others: MysqlPool;

  private constructor({ warnings, packetBytes }: MysqlServer, lanes: MysqlPool, others: MysqlPool, counted: { roundTrip: () => void }) {
    this.warnings = warnings;
    this.flushBytes = Math.min(maxFlushBytes, Math.max(smallestFlush, (packetBytes - packetOverhead) >> 1));
    this.lanes = lanes;
    this.others = others;
    counted.roundTrip = () => void this.roundTrips++;
  }

  /** Connects and brings the tables up to date, one process at a time. Throws with a one-line reason. */
  static async open(url: string): Promise<MysqlConnections> {
    const counted = { roundTrip: (): void => undefined };
    const pools: MysqlPool[] = [];
    const connect = async (server: MysqlServer, own: Pick<PoolOptions, 'size' | 'joins' | 'statementMs'>): Promise<MysqlPool> => {
      const { flavour, packetBytes } = server;
      const pool = await MysqlPool.connect({ url, flavour, packetBytes, connectMs, onRoundTrip: () => counted.roundTrip(), ...own });
      pools.push(pool);
      return pool;
    };
    try {
      const server = await prepareServer(url, async (found) => {
        const others = await connect(found, { size: otherConnections, joins: false, statementMs });
        await others.migrate();
      });
      const [others] = pools as [MysqlPool];
      const lanes = await connect(server, { size: mysqlLanes, joins: true, statementMs });
      return new MysqlConnections(server, lanes, others, counted);
    } catch (error) {
      for (const pool of pools) pool.cut();
      throw error;
    }
  }

  /** A read is safe to repeat, and a connection that was idle may be gone. */
  async rows<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    try {
      return await this.others.rows<T>(sql, values, readMs);
    } catch (error) {
      if (failureOf(error) !== 'lost') throw error;
      return this.others.rows<T>(sql, values, readMs);
    }
  }

  async lease(lane?: number): Promise<Session> {
    return lane === undefined ? this.others.lease() : this.lanes.lease();
  }

  async close(): Promise<void> {
    await Promise.all([this.lanes.close(), this.others.close()]);
  }

  cut(): Promise<void> {
    for (const pool of [this.lanes, this.others]) pool.cut();
    return Promise.resolve();
  }
}
