import type { Message } from '@app/protocol';
import type { Database } from './database';
import { words } from './dialect';
import { type ConversationRef, type EntryRow, messageOf, nameOf, rowAt } from './entry-row';
import { fromSql } from './unread-sql';

/** A group as those are told of it who have not subscribed to it. */
export interface Said {
  readonly ref: ConversationRef;
  readonly lastSeq: number;
  /** About how many members there are. */
  readonly size: number;
  /** As it is now. */
  readonly lastMessage: Message | null;
}

/** A present member, and the seq at which their window begins. */
export interface Listener {
  readonly userId: string;
  readonly from: number;
}

interface SaidRow extends EntryRow {
  readonly id: number;
  readonly last_seq: number;
  readonly member_count: number;
}

/** Who is to be told of what was said in a group, and what. A member who is found after `said` was read was one when that was said. */
export class AudienceStore {
  constructor(private readonly database: Database) {}

  /** Where the group stands now; `undefined` when there is none. */
  async said(convId: string): Promise<Said | undefined> {
    const [row] = await this.database.rows<SaidRow>(
      `SELECT c.id, c.last_seq, g.member_count, e.seq, e.kind, e.sender, e.msg_key, e.type, e.number, e.at, e.body, e.reply_to, e.mentions,
         e.edited_at, e.recalled, e.expire_at, e.burn
       FROM conversations c JOIN \`groups\` g ON g.conversation_id = c.id
       LEFT JOIN entries e ON e.conversation_id = c.id AND e.seq = c.last_message_seq WHERE c.conv_id = ?`,
      [convId],
    );
    if (!row) return undefined;
    const ref: ConversationRef = { rowId: row.id, name: nameOf(convId) };
    const known: EntryRow | undefined = (row.kind as string | null) === null ? undefined : rowAt(row, this.database.clock.now());
    return {
      ref,
      lastSeq: row.last_seq,
      size: row.member_count,
      lastMessage: known ? messageOf(ref.rowId, ref.name, known) : null,
    };
  }

  /** Members by user id, after the user id `cursor`. */
  page(ref: ConversationRef, cursor: string, limit: number): Promise<Listener[]> {
    return this.listeners(ref, `m.user_id > ? ORDER BY m.user_id LIMIT ${limit}`, [cursor]);
  }

  /** Those of the given users who are members. */
  async among(ref: ConversationRef, userIds: readonly string[]): Promise<Listener[]> {
    if (userIds.length === 0) return [];
    return this.listeners(ref, `m.user_id IN (${userIds.map(() => '?').join(', ')})`, userIds);
  }

  private async listeners(ref: ConversationRef, which: string, values: readonly string[]): Promise<Listener[]> {
    const { byKey } = words[this.database.dialect];
    const rows = await this.database.rows<{ user_id: string; from_seq: number }>(
      `SELECT m.user_id, ${fromSql} AS from_seq FROM members m${byKey} WHERE m.conversation_id = ? AND m.until_seq IS NULL AND ${which}`,
      [ref.rowId, ...values],
    );
    return rows.map(({ user_id, from_seq }) => ({ userId: user_id, from: from_seq }));
  }
}
