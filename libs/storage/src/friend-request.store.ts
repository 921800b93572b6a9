import type { FriendRequestState } from '@app/protocol';
import type { Queries, Reads } from './connections';
import type { Database } from './database';

/**
 * A request for friendship; of two users there is at most one in each direction, the last one. `unseen`: whom it was for blocks who asked,
 * so that it seems pending to the one and is not there for the other.
 */
export interface FriendRequestRow {
  readonly id: string;
  readonly from_id: string;
  readonly to_id: string;
  readonly message: string | null;
  /** What who asked wants to call their friend. */
  readonly remark: string | null;
  readonly state: FriendRequestState | 'unseen';
  readonly created_at: number;
}

const columns = 'id, from_id, to_id, message, remark, state, created_at';

/** Whose requests, and which states of them are pending in the eyes of that side. */
const sides = {
  in: { column: 'to_id', pending: `state = 'pending'` },
  out: { column: 'from_id', pending: `state IN ('pending', 'unseen')` },
} as const;

/** Requests for friendship. */
export class FriendRequestStore {
  constructor(private readonly database: Database) {}

  async get(id: string, from: Reads = this.database): Promise<FriendRequestRow | undefined> {
    const [row] = await from.rows<FriendRequestRow>(`SELECT ${columns} FROM friend_requests WHERE id = ?`, [id]);
    return row;
  }

  /** The last request of one user to another. */
  async last(fromId: string, toId: string, from: Reads = this.database): Promise<FriendRequestRow | undefined> {
    const [row] = await from.rows<FriendRequestRow>(`SELECT ${columns} FROM friend_requests WHERE from_id = ? AND to_id = ?`, [
      fromId,
      toId,
    ]);
    return row;
  }

  /** Requests that are pending and were made after `after` (store time), newest first, beyond `cursor`. */
  async page(
    userId: string,
    direction: 'in' | 'out',
    after: number,
    cursor: { readonly createdAt: number; readonly id: string } | undefined,
    limit: number,
  ): Promise<FriendRequestRow[]> {
    const { column, pending } = sides[direction];
    const beyond = cursor ? ' AND (created_at < ? OR (created_at = ? AND id < ?))' : '';
    return this.database.rows(
      `SELECT ${columns} FROM friend_requests WHERE ${column} = ? AND ${pending} AND created_at > ?${beyond}
       ORDER BY created_at DESC, id DESC LIMIT ${limit}`,
      [userId, after, ...(cursor ? [cursor.createdAt, cursor.createdAt, cursor.id] : [])],
    );
  }

  /** Requests of and to a user that changed at or after `since` (store time) and were made after `after`, by id after `cursor`. */
  async changedSince(userId: string, since: number, after: number, cursor: string, limit: number): Promise<FriendRequestRow[]> {
    const from = (column: string) =>
      `SELECT ${columns} FROM friend_requests WHERE ${column} = ? AND changed_at >= ? AND created_at > ? AND id > ?`;
    const values = [userId, since, after, cursor];
    return this.database.rows(`${from('from_id')} UNION ALL ${from('to_id')} ORDER BY id LIMIT ${limit}`, [...values, ...values]);
  }

  /** Puts a request in the place of the one before it, whose id it takes: who has heard of that one learns what became of it. */
  async put(tx: Queries, request: FriendRequestRow): Promise<void> {
    const { id, from_id, to_id, message, remark, state, created_at } = request;
    const { affected } = await tx.run(
      'UPDATE friend_requests SET message = ?, remark = ?, state = ?, created_at = ?, changed_at = ? WHERE from_id = ? AND to_id = ?',
      [message, remark, state, created_at, created_at, from_id, to_id],
    );
    if (affected > 0) return;
    await tx.run(
      `INSERT INTO friend_requests (id, from_id, to_id, message, remark, state, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [id, from_id, to_id, message, remark, state, created_at, created_at],
    );
  }

  async setState(tx: Queries, id: string, state: FriendRequestRow['state'], at: number): Promise<void> {
    await tx.run('UPDATE friend_requests SET state = ?, changed_at = ? WHERE id = ?', [state, at, id]);
  }
}
