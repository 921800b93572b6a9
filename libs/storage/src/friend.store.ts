import type { Queries, Reads } from './connections';
import type { Database } from './database';

/** Somebody's friend. A friendship is two rows, one from either side; one that ended keeps its rows, so that `sync` can tell. */
export interface FriendRow {
  readonly friend_id: string;
  readonly remark: string | null;
  readonly created_at: number;
  readonly removed_at: number | null;
}

const columns = 'friend_id, remark, created_at, removed_at';

/** Friends. */
export class FriendStore {
  constructor(private readonly database: Database) {}

  /** The friend, if they are one now. */
  async get(userId: string, friendId: string, from: Reads = this.database): Promise<FriendRow | undefined> {
    const [row] = await from.rows<FriendRow>(`SELECT ${columns} FROM friends WHERE user_id = ? AND friend_id = ? AND removed_at IS NULL`, [
      userId,
      friendId,
    ]);
    return row;
  }

  /** Present friends by user id, after the user id `cursor`. */
  async page(userId: string, cursor: string, limit: number): Promise<FriendRow[]> {
    return this.database.rows(
      `SELECT ${columns} FROM friends WHERE user_id = ? AND friend_id > ? AND removed_at IS NULL ORDER BY friend_id LIMIT ${limit}`,
      [userId, cursor],
    );
  }

  /** What changed at or after `since` (store time), ended friendships included, by user id after `cursor`. */
  async changedSince(userId: string, since: number, cursor: string, limit: number): Promise<FriendRow[]> {
    return this.database.rows(
      `SELECT ${columns} FROM friends WHERE user_id = ? AND friend_id > ? AND changed_at >= ? ORDER BY friend_id LIMIT ${limit}`,
      [userId, cursor, since],
    );
  }

  /** How many friends the user has. */
  async count(userId: string, from: Reads = this.database): Promise<number> {
    const [row] = await from.rows<{ count: number }>('SELECT COUNT(*) AS count FROM friends WHERE user_id = ? AND removed_at IS NULL', [
      userId,
    ]);
    return Number(row?.count ?? 0);
  }

  /** Makes one side of a friendship. */
  async add(tx: Queries, userId: string, friendId: string, remark: string | null, at: number): Promise<void> {
    const { affected } = await tx.run(
      'UPDATE friends SET remark = ?, created_at = ?, removed_at = NULL, changed_at = ? WHERE user_id = ? AND friend_id = ?',
      [remark, at, at, userId, friendId],
    );
    if (affected > 0) return;
    await tx.run('INSERT INTO friends (user_id, friend_id, remark, created_at, changed_at) VALUES (?, ?, ?, ?, ?)', [
      userId,
      friendId,
      remark,
      at,
      at,
    ]);
  }

  /** Gives a friend another remark. */
  async setRemark(tx: Queries, userId: string, friendId: string, remark: string | null, at: number): Promise<void> {
    await tx.run('UPDATE friends SET remark = ?, changed_at = ? WHERE user_id = ? AND friend_id = ?', [remark, at, userId, friendId]);
  }

  /** Ends one side of a friendship. */
  async remove(tx: Queries, userId: string, friendId: string, at: number): Promise<void> {
    await tx.run('UPDATE friends SET removed_at = ?, changed_at = ? WHERE user_id = ? AND friend_id = ?', [at, at, userId, friendId]);
  }
}
