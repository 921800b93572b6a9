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
    const rows = await this.database.rows<{ conversation_id: number; conv_id: string; highest_seq: number; mentions: string }>(
      `SELECT o.conversation_id, c.conv_id, o.highest_seq, o.mentions FROM outbox o JOIN conversations c ON c.id = o.conversation_id
       WHERE o.at <= ? ORDER BY o.at LIMIT ${limit}`,
      [now - ms],
    );
    return rows.map(({ conversation_id, conv_id, highest_seq, mentions }) => ({
      rowId: conversation_id,
      convId: conv_id,
      seq: highest_seq,
      mentions: mentions.split(' ').filter((name) => name !== ''),
    }));
  }

  /** Takes rows away that were handed over. One that was raised meanwhile stays, and waits as if it was new. */
  async settle(rows: readonly OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    const sorted = [...rows].sort((a, b) => a.rowId - b.rowId);
    await this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      await this.remove(tx, sorted);
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

  private async remove(tx: Queries, rows: readonly OutboxRow[]): Promise<void> {
    if (this.database.dialect === 'sqlite') {
      await tx.run('DELETE FROM outbox WHERE (conversation_id, highest_seq) IN (SELECT value->>0, value->>1 FROM json_each(?))', [
        JSON.stringify(rows.map(({ rowId, seq }) => [rowId, seq])),
      ]);
      return;
    }
    await tx.run(
      `DELETE o FROM (${rowsTable(['id', 'seq'], rows.length)}) v STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.conversation_id = v.id
       WHERE o.highest_seq = v.seq`,
      rows.flatMap(({ rowId, seq }) => [rowId, seq]),
    );
  }
}
