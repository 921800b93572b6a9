import type { Queries } from './connections';
import type { Database } from './database';
import { rowsTable } from './log-sql';

/** That something was said in a group: up to which seq, and whom it mentions. */
export interface OutboxRow {
  readonly rowId: number;
  readonly convId: string;
  readonly seq: number;
  /** Users, and `@all`; each may come more than once. */
  readonly mentions: readonly string[];
  /** The store's time of the first entry that it stands for. */
  readonly at: number;
  /** How long the list of mentions is that it was read with. */
  readonly namesLength: number;
}

/** More waiting groups are not counted. */
const countLimit = 100_000;

/**
 * What was said in groups and is not handed to the fan-out yet. The flush that stores an entry writes the group's row with it, so nothing
 * is forgotten in a crash; a row that waits is raised, so there is one for each group at most.
 */
export class OutboxStore {
  constructor(private readonly database: Database) {}

  /** Rows whose first entry is at least so many milliseconds old, the oldest first. */
  async due(ms: number, limit: number): Promise<OutboxRow[]> {
    const now = await this.database.storeTime(this.database);
    const rows = await this.database.rows<{ conversation_id: number; conv_id: string; highest_seq: number; mentions: string; at: number }>(
      `SELECT o.conversation_id, c.conv_id, o.highest_seq, o.mentions, o.at FROM outbox o JOIN conversations c ON c.id = o.conversation_id
       WHERE o.at <= ? ORDER BY o.at LIMIT ${limit}`,
      [now - ms],
    );
    return rows.map(({ conversation_id, conv_id, highest_seq, mentions, at }) => ({
      rowId: conversation_id,
      convId: conv_id,
      seq: highest_seq,
      mentions: mentions.split(' ').filter((name) => name !== ''),
      at,
      namesLength: mentions.length,
    }));
  }

  /** Takes rows away that were handed over. One that was raised meanwhile stays, and waits as if it was new: with whom it mentions since. */
  async settle(rows: readonly OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    const sorted = [...rows].sort((a, b) => a.rowId - b.rowId);
    await this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      await this.remove(tx, sorted);
      await this.forgetNames(tx, sorted);
      const ids = sorted.map(({ rowId }) => rowId);
      await tx.run(`UPDATE outbox SET at = ? WHERE conversation_id IN (${ids.map(() => '?').join(', ')})`, [now, ...ids]);
    });
  }

  /** How many groups have a row; more than 100,000 count as so many. */
  async count(): Promise<number> {
    const [row] = await this.database.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM (SELECT conversation_id FROM outbox LIMIT ${countLimit}) pending`,
    );
    return Number(row?.count ?? 0);
  }

  /** How long the oldest row waits, in milliseconds by the store's clock; 0 where there is none. */
  async oldestMs(): Promise<number> {
    const [row] = await this.database.rows<{ at: number | null }>('SELECT MIN(at) AS at FROM outbox');
    if (row?.at == null) return 0;
    return Math.max(0, (await this.database.storeTime(this.database)) - Number(row.at));
  }

  private async remove(tx: Queries, rows: readonly OutboxRow[]): Promise<void> {
    if (this.database.dialect === 'sqlite') {
      return tx.later({
        sql: 'DELETE FROM outbox WHERE (conversation_id, highest_seq) IN (SELECT value->>0, value->>1 FROM json_each(?))',
        values: [JSON.stringify(rows.map(({ rowId, seq }) => [rowId, seq]))],
      });
    }
    await tx.later({
      sql: `DELETE o FROM (${rowsTable(['id', 'seq'], rows.length)}) v STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.conversation_id = v.id
       WHERE o.highest_seq = v.seq`,
      values: rows.flatMap(({ rowId, seq }) => [rowId, seq]),
    });
  }

  /** Of rows that stay, takes those names away that were handed over; what was said since has put its own behind them. */
  private async forgetNames(tx: Queries, rows: readonly OutboxRow[]): Promise<void> {
    const named = rows.filter(({ namesLength }) => namesLength > 0);
    if (named.length === 0) return;
    if (this.database.dialect === 'sqlite') {
      return tx.later({
        sql: `UPDATE outbox SET mentions = substr(mentions, 1 + (v.value->>2)) FROM json_each(?) v
       WHERE outbox.conversation_id = v.value->>0 AND outbox.at = v.value->>1`,
        values: [JSON.stringify(named.map(({ rowId, at, namesLength }) => [rowId, at, namesLength]))],
      });
    }
    await tx.later({
      sql: `UPDATE (${rowsTable(['id', 'at', 'length'], named.length)}) v STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.conversation_id = v.id
       SET o.mentions = SUBSTRING(o.mentions, 1 + v.length) WHERE o.at = v.at`,
      values: named.flatMap(({ rowId, at, namesLength }) => [rowId, at, namesLength]),
    });
  }
}
