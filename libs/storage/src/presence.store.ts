import type { Database } from './database';
import { type Seen, presenceSql } from './presence-sql';

export type { Seen } from './presence-sql';

/** Somebody whom a user may see, and when they were last seen (milliseconds since 1970); `null` when they never went. */
export interface SeenUser {
  readonly id: string;
  readonly last_seen_at: number | null;
}

/** Of somebody who is in more groups, only those count in which something happened last. */
const maxGroups = 500;

/** Between two users no block stands, whoever made it. `one` and `other` are expressions. */
const unblocked = (one: string, other: string): string =>
  [
    [one, other],
    [other, one],
  ]
    .map(([a, b]) => `NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = ${a} AND b.blocked_id = ${b} AND b.removed_at IS NULL)`)
    .join(' AND ');

/** Who may see whom, and when users and sessions were last seen. */
export class PresenceStore {
  constructor(private readonly database: Database) {}

  /**
   * Those of some users whom a user may see: friends, who shares a group with them, and themselves; nobody across a block. At most 200
   * may be asked about.
   */
  async visible(userId: string, others: readonly string[]): Promise<SeenUser[]> {
    if (others.length === 0) return [];
    const known = await this.database.rows<SeenUser & { friend: number }>(
      `SELECT u.id, u.last_seen_at,
         EXISTS (SELECT 1 FROM friends f WHERE f.user_id = ? AND f.friend_id = u.id AND f.removed_at IS NULL) AS friend
       FROM users u WHERE u.id IN (${others.map(() => '?').join(', ')}) AND ${unblocked('?', 'u.id')}`,
      [userId, ...others, userId, userId],
    );
    const isNear = ({ id, friend }: (typeof known)[number]): boolean => id === userId || Number(friend) === 1;
    const strangers = known.filter((one) => !isNear(one)).map(({ id }) => id);
    const shared = await this.sharingGroup(userId, strangers);
    return known.filter((one) => isNear(one) || shared.has(one.id)).map(({ id, last_seen_at }) => ({ id, last_seen_at }));
  }

  /** A user's friends, by user id, without those across a block; each row tells when the user was last seen. */
  async friendsToTell(userId: string, limit: number): Promise<{ friend_id: string; last_seen_at: number | null }[]> {
    return this.database.rows(
      `SELECT f.friend_id, u.last_seen_at FROM friends f JOIN users u ON u.id = f.user_id
       WHERE f.user_id = ? AND f.removed_at IS NULL AND ${unblocked('f.user_id', 'f.friend_id')} ORDER BY f.friend_id LIMIT ${limit}`,
      [userId],
    );
  }

  /** Writes when users and sessions were last seen, to the second. What is there for later stays. */
  async write(seen: { readonly users: readonly Seen[]; readonly sessions: readonly Seen[] }): Promise<void> {
    const sql = presenceSql[this.database.dialect];
    await this.database.write(async (tx) => {
      for (const table of ['users', 'sessions'] as const) {
        // Gateways that write the same rows at once take them in one order.
        const rows = [...seen[table]].sort((a, b) => (a.id < b.id ? -1 : 1));
        if (rows.length > 0) await tx.later(sql.seen(table, rows));
      }
    });
  }

  private async sharingGroup(userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
    if (others.length === 0) return new Set();
    const groups = await this.database.rows<{ id: number }>(
      `SELECT c.id FROM members m JOIN conversations c ON c.id = m.conversation_id
       WHERE m.user_id = ? AND m.until_seq IS NULL AND c.closed_seq IS NULL AND c.conv_id LIKE 'group:%' ORDER BY c.last_at DESC, c.id LIMIT ${maxGroups}`,
      [userId],
    );
    if (groups.length === 0) return new Set();
    const ids = groups.map(({ id }) => Number(id));
    const { sql, values } = presenceSql[this.database.dialect].inAny(ids, others);
    return new Set((await this.database.rows<{ id: string }>(sql, values)).map(({ id }) => id));
  }
}
