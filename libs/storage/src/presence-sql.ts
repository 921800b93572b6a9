import type { Statement } from './connections';
import type { Dialect } from './dialect';
import { rowsTable } from './log-sql';

/** A row and when it was last seen, in milliseconds since 1970. */
export interface Seen {
  readonly id: string;
  readonly at: number;
}

/** The statements of presence that work on many rows. */
export interface PresenceSql {
  /** Writes when users or sessions were last seen, unless something was written for less than a second before, or for later. */
  seen(table: 'users' | 'sessions', rows: readonly Seen[]): Statement;
  /** Those of the users who are in one of the groups; answers `{ id }`. It looks at pairs of the two lists, whatever the groups' size. */
  inAny(groups: readonly number[], userIds: readonly string[]): Statement;
}

const resolutionMs = 1_000;

const sqlite: PresenceSql = {
  seen: (table, rows) => ({
    sql: `UPDATE ${table} SET last_seen_at = v.value->>1 FROM json_each(?) v
       WHERE ${table}.id = v.value->>0 AND COALESCE(${table}.last_seen_at, 0) <= (v.value->>1) - ${resolutionMs}`,
    values: [JSON.stringify(rows.map(({ id, at }) => [id, at]))],
  }),
  inAny: (groups, userIds) => ({
    sql: `SELECT t.value AS id FROM json_each(?) t WHERE (SELECT 1 FROM json_each(?) g CROSS JOIN members o
       ON o.conversation_id = g.value AND o.user_id = t.value WHERE o.until_seq IS NULL LIMIT 1) = 1`,
    values: [JSON.stringify(userIds), JSON.stringify(groups)],
  }),
};

const mysql: PresenceSql = {
  seen: (table, rows) => ({
    sql: `UPDATE (${rowsTable(['id', 'at'], rows.length)}) v STRAIGHT_JOIN ${table} x FORCE INDEX (PRIMARY) ON x.id = CONVERT(v.id USING ascii)
       SET x.last_seen_at = v.at WHERE COALESCE(x.last_seen_at, 0) <= v.at - ${resolutionMs}`,
    values: rows.flatMap(({ id, at }) => [id, at]),
  }),
  // A subquery with a limit is run for each row, and stops at the first that it finds. MariaDB remembers its results by the row's id, and
  // ids that differ in case are one to it unless they come from a column that tells them apart.
  inAny: (groups, userIds) => ({
    sql: `SELECT t.id FROM users t WHERE t.id IN (${userIds.map(() => '?').join(', ')}) AND (SELECT 1 FROM (${rowsTable(['id'], groups.length)}) g
       STRAIGHT_JOIN members o FORCE INDEX (PRIMARY) ON o.conversation_id = g.id AND o.user_id = t.id WHERE o.until_seq IS NULL LIMIT 1) = 1`,
    values: [...userIds, ...groups],
  }),
};

export const presenceSql: Readonly<Record<Dialect, PresenceSql>> = { sqlite, mysql };
