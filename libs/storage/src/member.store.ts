import type { Role } from '@app/protocol';
import { unreadOf } from './conversation.store';
import type { Queries, Reads } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';

/** Somebody's place in a conversation: the window of its log that is theirs, and how far they have read. */
export interface Member {
  readonly user_id: string;
  readonly role: Role;
  readonly from_seq: number;
  /** The seq of leaving; `null` while they are a member. */
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

/** Members and their read positions. */
export class MemberStore {
  constructor(private readonly database: Database) {}

  /** The user's place in the conversation, former members included; `undefined` for anybody who never had one. */
  async get(ref: ConversationRef, userId: string, from: Reads = this.database): Promise<Membership | undefined> {
    const [row] = await from.rows<Membership>(
      `SELECT m.user_id, m.role, m.from_seq, m.until_seq, m.read_seq, m.joined_at, m.muted_until, c.last_seq, c.acl_version
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

  /** Opens a window at `fromSeq`; what the log holds by then counts as read. Who was muted and comes back is still muted. */
  async open(tx: Queries, ref: ConversationRef, member: NewMember): Promise<void> {
    const { userId, role, fromSeq, readSeq, readNumber, at } = member;
    const { affected } = await tx.run(
      `UPDATE members SET role = ?, from_seq = ?, until_seq = NULL, read_seq = ?, read_number = ?, own_above = 0, joined_at = ?, changed_at = ?
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

  /**
   * Moves a present member's read position forward to `seq`, but not past the end of the log, and recounts what depends on it.
   * `undefined` when the user is no present member.
   */
  moveRead(ref: ConversationRef, userId: string, seq: number): Promise<{ readSeq: number; unread: number; moved: boolean } | undefined> {
    // Where an earlier run of the same move left the position, in case its commit went through without an answer.
    let movedTo: number | undefined;
    return this.database.write(async (tx) => {
      const key = [ref.rowId, userId];
      const [member] = await tx.rows<{ read_seq: number; until_seq: number | null; own_above: number }>(
        `SELECT read_seq, until_seq, own_above FROM members WHERE conversation_id = ? AND user_id = ?${words[this.database.dialect].forUpdate}`,
        key,
      );
      if (!member || member.until_seq !== null) return undefined;
      const [at] = await tx.rows<{ seq: number; number: number }>(
        'SELECT seq, number FROM entries WHERE conversation_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
        [ref.rowId, seq],
      );
      const moved = at !== undefined && at.seq > member.read_seq;
      if (moved) {
        // Without own entries above, none were passed: the usual case, and it spares a walk along the log.
        const passed = member.own_above === 0 ? 0 : await this.countOwn(tx, ref, userId, member.read_seq, at.seq);
        await tx.run(
          'UPDATE members SET read_seq = ?, read_number = ?, own_above = own_above - ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?',
          [at.seq, at.number, passed, await this.database.storeTime(tx), ...key],
        );
      }
      const [counts] = await tx.rows<{ read_seq: number; total: number; read_number: number; own_above: number; recalled_above: number }>(
        `SELECT m.read_seq, c.number AS total, m.read_number, m.own_above, (SELECT COUNT(*) FROM tombstones t
           WHERE t.conversation_id = m.conversation_id AND t.target_seq > m.read_seq AND t.sender <> m.user_id) AS recalled_above
         FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.conversation_id = ? AND m.user_id = ?`,
        key,
      );
      const movedBefore = movedTo !== undefined && movedTo === member.read_seq;
      if (moved) movedTo = at.seq;
      return counts && { readSeq: counts.read_seq, unread: unreadOf(counts), moved: moved || movedBefore };
    });
  }

  /** The user's own countable entries after `after`, up to `upTo`. It walks the log, whose entries have no index by sender. */
  private async countOwn(tx: Queries, ref: ConversationRef, userId: string, after: number, upTo: number): Promise<number> {
    const [row] = await tx.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM entries WHERE conversation_id = ? AND seq > ? AND seq <= ? AND sender = ?
         AND kind = 'message' AND type <> 'system'`,
      [ref.rowId, after, upTo, userId],
    );
    return Number(row?.count ?? 0);
  }
}
