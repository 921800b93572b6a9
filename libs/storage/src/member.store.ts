import type { Role } from '@app/protocol';
import type { Queries, Reads } from './connections';
import type { Database } from './database';
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
}

const columns = 'user_id, role, from_seq, until_seq, read_seq, joined_at, muted_until';

/** Somebody whose window opens at `fromSeq`, at a time of the store. */
export interface NewMember {
  readonly userId: string;
  readonly role: Role;
  readonly fromSeq: number;
  readonly readSeq: number;
  readonly readNumber: number;
  readonly at: number;
}

/** SQLite takes 32,766 values in a statement. */
const rowsPerInsert = 500;

/** Members. How far they have read is in `PositionStore`, what they have set for themselves in `SettingsStore`. */
export class MemberStore {
  constructor(private readonly database: Database) {}

  /** The user's place in the conversation, former members included; `undefined` for anybody who never had one. */
  async get(ref: ConversationRef, userId: string, from: Reads = this.database): Promise<Membership | undefined> {
    const [row] = await from.rows<Membership>(
      `SELECT m.user_id, m.role, ${fromSql} AS from_seq, ${untilSql} AS until_seq, m.read_seq, m.joined_at, m.muted_until, c.last_seq, c.acl_version
       FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.conversation_id = ? AND m.user_id = ?`,
      [ref.rowId, userId],
    );
    return row;
  }

  /** Present members by user id, after the user id `cursor`. */
  async page(ref: ConversationRef, cursor: string, limit: number): Promise<Member[]> {
    return this.database.rows(
      `SELECT ${columns} FROM members WHERE conversation_id = ? AND user_id > ? AND until_seq IS NULL ORDER BY user_id LIMIT ${limit}`,
      [ref.rowId, cursor],
    );
  }

  /** How many of the given users are present members. */
  async countPresent(ref: ConversationRef, userIds: readonly string[]): Promise<number> {
    if (userIds.length === 0) return 0;
    const [row] = await this.database.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM members WHERE conversation_id = ? AND until_seq IS NULL AND user_id IN (${userIds.map(() => '?').join(', ')})`,
      [ref.rowId, ...userIds],
    );
    return Number(row?.count ?? 0);
  }

  /**
   * Opens a window at `fromSeq`; what the log holds by then counts as read. Who was muted and comes back is still muted; what else a
   * former member had set for themselves was of the window that has ended.
   */
  async open(tx: Queries, ref: ConversationRef, member: NewMember): Promise<void> {
    const { userId, role, fromSeq, readSeq, readNumber, at } = member;
    const { affected } = await tx.run(
      `UPDATE members SET role = ?, from_seq = ?, until_seq = NULL, read_seq = ?, read_number = ?, own_above = 0, joined_at = ?, changed_at = ?,
         hidden_seq = NULL, hidden_number = NULL, pinned_at = NULL, draft = NULL
       WHERE conversation_id = ? AND user_id = ? AND until_seq IS NOT NULL`,
      [role, fromSeq, readSeq, readNumber, at, at, ref.rowId, userId],
    );
    if (affected === 0) await this.openFirst(tx, ref, [member]);
  }

  /** Opens the first windows of users who never had one. */
  async openFirst(tx: Queries, ref: ConversationRef, members: readonly NewMember[]): Promise<void> {
    for (let at = 0; at < members.length; at += rowsPerInsert) {
      const some = members.slice(at, at + rowsPerInsert);
      await tx.run(
        `INSERT INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
         VALUES ${some.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
        some.flatMap((one) => [ref.rowId, one.userId, one.role, one.fromSeq, one.readSeq, one.readNumber, one.at, one.at]),
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
}
