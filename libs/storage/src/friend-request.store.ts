import type { FriendRequestState } from '@app/protocol';
import type { Queries, Reads } from './connections';
import type { Database } from './database';

/** How each of the two sees a request: who made it, and whom it is for; `undefined`: it is not there for them. */
interface RequestSight {
  readonly from: FriendRequestState;
  readonly to: FriendRequestState | undefined;
}

/**
 * What is stored of a request, and how the two see it. Who is blocked is not to notice: what they ask stays pending in their eyes. It is
 * `unseen` where the other had heard of a request by that id before, and `unheard` where they never shall.
 */
export const requestSights = {
  pending: { from: 'pending', to: 'pending' },
  accepted: { from: 'accepted', to: 'accepted' },
  rejected: { from: 'rejected', to: 'rejected' },
  withdrawn: { from: 'withdrawn', to: 'withdrawn' },
  unseen: { from: 'pending', to: 'withdrawn' },
  unheard: { from: 'pending', to: undefined },
  unheard_withdrawn: { from: 'withdrawn', to: undefined },
} as const satisfies Readonly<Record<string, RequestSight>>;

type StoredState = keyof typeof requestSights;

/** A request for friendship; of two users there is at most one in each direction, the last one. */
export interface FriendRequestRow {
  readonly id: string;
  readonly from_id: string;
  readonly to_id: string;
  readonly message: string | null;
  /** What who asked wants to call their friend. */
  readonly remark: string | null;
  readonly state: StoredState;
  readonly created_at: number;
}

const columns = 'id, from_id, to_id, message, remark, state, created_at';

/** A condition: the request is one that this side sees, in the given state or in any. */
const seenBy = (side: keyof RequestSight, as?: FriendRequestState): string => {
  const states = (Object.keys(requestSights) as StoredState[]).filter((stored) => {
    const seen = requestSights[stored][side];
    return as === undefined ? seen !== undefined : seen === as;
  });
  return `state IN (${states.map((state) => `'${state}'`).join(', ')})`;
};

/** Whose requests, and which of them are pending in the eyes of that side. */
const sides = {
  in: { column: 'to_id', pending: seenBy('to', 'pending') },
  out: { column: 'from_id', pending: seenBy('from', 'pending') },
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

  /**
   * Requests of a user, and those to them that they see, which changed at or after `since` (store time) and were made after `after`, by id
   * after `cursor`.
   */
  async changedSince(userId: string, since: number, after: number, cursor: string, limit: number): Promise<FriendRequestRow[]> {
    const on = (side: keyof RequestSight) =>
      `SELECT ${columns} FROM friend_requests
       WHERE ${side}_id = ? AND changed_at >= ? AND created_at > ? AND id > ? AND ${seenBy(side)}`;
    const values = [userId, since, after, cursor];
    return this.database.rows(`${on('from')} UNION ALL ${on('to')} ORDER BY id LIMIT ${limit}`, [...values, ...values]);
  }

  /** How many requests somebody made after `after` (store time) that are pending in their eyes. */
  async countPending(fromId: string, after: number, from: Reads = this.database): Promise<number> {
    // What was made since has changed since, and by that time there is an index.
    const [row] = await from.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM friend_requests WHERE from_id = ? AND changed_at > ? AND created_at > ? AND ${sides.out.pending}`,
      [fromId, after, after],
    );
    return Number(row?.count ?? 0);
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

  /** Takes a request back, as who made it sees it; whoever never heard of it does not hear of this either. Answers what is stored then. */
  async withdraw(tx: Queries, { id, state }: FriendRequestRow, at: number): Promise<StoredState> {
    const stored = requestSights[state].to === undefined ? 'unheard_withdrawn' : 'withdrawn';
    await this.setState(tx, id, stored, at);
    return stored;
  }

  async setState(tx: Queries, id: string, state: StoredState, at: number): Promise<void> {
    await tx.run('UPDATE friend_requests SET state = ?, changed_at = ? WHERE id = ?', [state, at, id]);
  }
}
