import type { Queries, Reads } from './connections';
import type { Database } from './database';
import { words } from './dialect';

/** Somebody whom a user blocks. A block that was lifted keeps its row, so that `sync` can tell. */
export interface BlockRow {
  readonly blocked_id: string;
  readonly created_at: number;
  readonly removed_at: number | null;
}

const columns = 'blocked_id, created_at, removed_at';

/** Blocks. */
export class BlockStore {
  constructor(private readonly database: Database) {}

  /** The block of a user against another, if it stands. */
  async get(userId: string, blockedId: string, from: Reads = this.database): Promise<BlockRow | undefined> {
    const [row] = await from.rows<BlockRow>(`SELECT ${columns} FROM blocks WHERE user_id = ? AND blocked_id = ? AND removed_at IS NULL`, [
      userId,
      blockedId,
    ]);
    return row;
  }

  /** Who of two users blocks the other. */
  async between(a: string, b: string, from: Reads = this.database): Promise<string[]> {
    const rows = await from.rows<{ user_id: string }>(
      `SELECT user_id FROM blocks WHERE user_id = ? AND blocked_id = ? AND removed_at IS NULL
       UNION ALL SELECT user_id FROM blocks WHERE user_id = ? AND blocked_id = ? AND removed_at IS NULL`,
      [a, b, b, a],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Those of the given users whom a user blocks, or who block them. */
  async anyBetween(userId: string, others: readonly string[], from: Reads = this.database): Promise<{ own: string[]; theirs: string[] }> {
    if (others.length === 0) return { own: [], theirs: [] };
    const marks = others.map(() => '?').join(', ');
    const { byKey } = words[this.database.dialect];
    const rows = await from.rows<{ user_id: string; blocked_id: string }>(
      `SELECT user_id, blocked_id FROM blocks${byKey} WHERE user_id = ? AND blocked_id IN (${marks}) AND removed_at IS NULL
       UNION ALL SELECT user_id, blocked_id FROM blocks${byKey} WHERE user_id IN (${marks}) AND blocked_id = ? AND removed_at IS NULL`,
      [userId, ...others, ...others, userId],
    );
    return {
      own: rows.filter(({ user_id }) => user_id === userId).map(({ blocked_id }) => blocked_id),
      theirs: rows.filter(({ blocked_id }) => blocked_id === userId).map(({ user_id }) => user_id),
    };
  }

  /** Standing blocks by user id, after the user id `cursor`. */
  async page(userId: string, cursor: string, limit: number): Promise<BlockRow[]> {
    return this.database.rows(
      `SELECT ${columns} FROM blocks WHERE user_id = ? AND blocked_id > ? AND removed_at IS NULL ORDER BY blocked_id LIMIT ${limit}`,
      [userId, cursor],
    );
  }

  /** What changed at or after `since` (store time), lifted blocks included, by user id after `cursor`. */
  async changedSince(userId: string, since: number, cursor: string, limit: number): Promise<BlockRow[]> {
    return this.database.rows(
      `SELECT ${columns} FROM blocks WHERE user_id = ? AND blocked_id > ? AND changed_at >= ? ORDER BY blocked_id LIMIT ${limit}`,
      [userId, cursor, since],
    );
  }

  /** How many users somebody blocks. */
  async count(userId: string, from: Reads = this.database): Promise<number> {
    const [row] = await from.rows<{ count: number }>('SELECT COUNT(*) AS count FROM blocks WHERE user_id = ? AND removed_at IS NULL', [
      userId,
    ]);
    return Number(row?.count ?? 0);
  }

  /** Blocks somebody. */
  async add(tx: Queries, userId: string, blockedId: string, at: number): Promise<void> {
    const { affected } = await tx.run(
      'UPDATE blocks SET created_at = ?, removed_at = NULL, changed_at = ? WHERE user_id = ? AND blocked_id = ?',
      [at, at, userId, blockedId],
    );
    if (affected > 0) return;
    await tx.run('INSERT INTO blocks (user_id, blocked_id, created_at, changed_at) VALUES (?, ?, ?, ?)', [userId, blockedId, at, at]);
  }

  /** Lifts a block. */
  async remove(tx: Queries, userId: string, blockedId: string, at: number): Promise<void> {
    await tx.run('UPDATE blocks SET removed_at = ?, changed_at = ? WHERE user_id = ? AND blocked_id = ?', [at, at, userId, blockedId]);
  }
}
