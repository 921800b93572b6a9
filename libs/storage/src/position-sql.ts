import type { Statement } from './connections';
import type { Dialect } from './dialect';
import { rowsTable } from './log-sql';

/** Where a log stood when somebody had read all of it. */
export interface ReadTo {
  readonly conversation_id: number;
  readonly seq: number;
  readonly number: number;
}

/** Moves the read positions of a user in several conversations, each to the end of its log as it was read under the lock of the member's row. */
export const readAllSql: Readonly<Record<Dialect, (userId: string, ends: readonly ReadTo[], at: number) => Statement>> = {
  sqlite: (userId, ends, at) => ({
    sql: `UPDATE members SET read_seq = v.value->>1, read_number = v.value->>2, own_above = 0, changed_at = ? FROM json_each(?) v
       WHERE members.conversation_id = v.value->>0 AND members.user_id = ?`,
    values: [at, JSON.stringify(ends.map((end) => [end.conversation_id, end.seq, end.number])), userId],
  }),
  mysql: (userId, ends, at) => ({
    sql: `UPDATE (${rowsTable(['conversation_id', 'seq', 'number'], ends.length)}) v STRAIGHT_JOIN members m FORCE INDEX (PRIMARY)
       ON m.conversation_id = v.conversation_id AND m.user_id = ?
       SET m.read_seq = v.seq, m.read_number = v.number, m.own_above = 0, m.changed_at = ?`,
    values: [...ends.flatMap((end) => [end.conversation_id, end.seq, end.number]), userId, at],
  }),
};
