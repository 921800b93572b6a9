import type { JoinPolicy, Role } from '@app/protocol';
import type { Queries, Reads } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';
import { fromSql, untilSql } from './unread-sql';

/** Somebody's place in a conversation: the window of its log that is theirs, and how far they have read. */
export interface Member {
  readonly user_id: string;
  readonly role: Role;
  /** Where their window begins; what they have deleted for themselves is not in it. */
  readonly from_seq: number;
  /** The seq at which they left or the group ended; `null` while they are a member. */
  readonly until_seq: number | null;
  readonly read_seq: number;
  readonly joined_at: number;
  /** Until when (milliseconds since 1970) they may not write; `null` if they always may. */
  readonly muted_until: number | null;
}

/** A member together with where the log stood in the same moment. */
export interface Membership extends Member {
  readonly last_seq: number;
  readonly acl_version: number;
  /** The seq of joining, which may be above `from_seq`; `null` where it was not kept. */
  readonly joined_seq: number | null;
  /** 1 while only those who run the group may write. */
  readonly mute_all: number | null;
  /** Seconds that members have to wait between two messages; `null` or 0 if they need not. */
  readonly min_seconds: number | null;
  /** `null` for a c2c. */
  readonly join_policy: JoinPolicy | null;
}

const columns = 'user_id, role, from_seq, until_seq, read_seq, joined_at, muted_until';

/** Somebody whose window opens at `fromSeq`, at a time of the store. */
export interface NewMember {
  readonly userId: string;
  readonly role: Role;
  readonly fromSeq: number;
  /** The seq of joining; `fromSeq` where nothing else is said. */
  readonly joinedSeq?: number;
  readonly readSeq: number;
  readonly readNumber: number;
  readonly at: number;
}

/** What opening a window sets, and takes back. */
const set = ['role', 'from_seq', 'read_seq', 'read_number', 'joined_at', 'joined_seq', 'changed_at', 'own_above'] as const;
const opened = [...set, 'until_seq', 'hidden_seq', 'hidden_number', 'pinned_at', 'draft'] as const;
const openedValues = ({ role, fromSeq, joinedSeq = fromSeq, readSeq, readNumber, at }: NewMember): (string | number | null)[] => {
  const values = [role, fromSeq, readSeq, readNumber, at, joinedSeq, at, 0];
  return opened.map((_, i) => values[i] ?? null);
};

/** SQLite takes 32,766 values in a statement. */
const rowsPerInsert = 500;

/** Members. How far they have read is in `PositionStore`, what they have set for themselves in `SettingsStore`. */
export class MemberStore {
  constructor(private readonly database: Database) {}

  /** The user's place in the conversation, former members included; `undefined` for anybody who never had one. */
  async get(ref: ConversationRef, userId: string, from: Reads = this.database): Promise<Membership | undefined> {
    const [row] = await from.rows<Membership>(
      `SELECT m.user_id, m.role, ${fromSql} AS from_seq, ${untilSql} AS until_seq, m.read_seq, m.joined_at, m.muted_until,
         m.joined_seq, c.last_seq, c.acl_version, g.mute_all, g.min_seconds, g.join_policy
       FROM members m JOIN conversations c ON c.id = m.conversation_id LEFT JOIN \`groups\` g ON g.conversation_id = m.conversation_id
       WHERE m.conversation_id = ? AND m.user_id = ?`,
      [ref.rowId, userId],
    );
    return row;
  }

  /** Present members by user id, after the user id `cursor`, of a group that has not ended. */
  async page(ref: ConversationRef, cursor: string, limit: number): Promise<Member[]> {
    return this.database.rows(
      `SELECT ${columns} FROM members WHERE conversation_id = ? AND user_id > ? AND until_seq IS NULL ORDER BY user_id LIMIT ${limit}`,
      [ref.rowId, cursor],
    );
  }

  /** Those of the given users who are present members of a group that has not ended. */
  async presentOf(ref: ConversationRef, userIds: readonly string[], from: Reads = this.database): Promise<string[]> {
    if (userIds.length === 0) return [];
    const { byKey } = words[this.database.dialect];
    const rows = await from.rows<{ user_id: string }>(
      `SELECT user_id FROM members${byKey} WHERE conversation_id = ? AND until_seq IS NULL AND user_id IN (${userIds.map(() => '?').join(', ')})`,
      [ref.rowId, ...userIds],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /**
   * Opens windows of users who are no present members; what the log holds by then counts as read. Who was muted and comes back is still
   * muted; what else a former member had set for themselves was of the window that has ended.
   */
  async open(tx: Queries, ref: ConversationRef, members: readonly NewMember[]): Promise<void> {
    const upsert = words[this.database.dialect].upsert('conversation_id, user_id', opened);
    for (let at = 0; at < members.length; at += rowsPerInsert) {
      const some = members.slice(at, at + rowsPerInsert);
      await tx.run(
        `INSERT INTO members (conversation_id, user_id, ${opened.join(', ')})
         VALUES ${some.map(() => `(?, ?, ${opened.map(() => '?').join(', ')})`).join(', ')} ${upsert}`,
        some.flatMap((one) => [ref.rowId, one.userId, ...openedValues(one)]),
      );
    }
  }

  /** Ends the window at `untilSeq`. */
  async close(tx: Queries, ref: ConversationRef, userId: string, untilSeq: number, at: number): Promise<void> {
    await tx.run('UPDATE members SET until_seq = ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?', [
      untilSeq,
      at,
      ref.rowId,
      userId,
    ]);
  }

  /** Keeps a member from writing until a time, or lets them write again with `null`. */
  async mute(tx: Queries, ref: ConversationRef, userId: string, until: number | null, at: number): Promise<void> {
    await tx.run('UPDATE members SET muted_until = ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?', [
      until,
      at,
      ref.rowId,
      userId,
    ]);
  }

  /** Gives a present member another role. */
  async setRole(tx: Queries, ref: ConversationRef, userId: string, role: Role, at: number): Promise<void> {
    await tx.run('UPDATE members SET role = ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?', [role, at, ref.rowId, userId]);
  }
}
