import { LRUCache } from 'lru-cache';
import { type Conversation, type ConversationName, type Message, parseConvId } from '@app/protocol';
import type { SqlValue } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { type ConversationRef, type EntryRow, messageOf, otherOf } from './entry-row';

/** Where a conversation's log stands. */
export interface Head {
  readonly last_seq: number;
  readonly number: number;
  readonly acl_version: number;
}

/** A conversation that changed, by its row. `changed_at` is the store's time of the change. */
export interface ChangedConversation {
  readonly id: number;
  readonly conv_id: string;
  readonly last_seq: number;
  readonly changed_at: number;
}

/** The place of a row in the order of `changedSince`. */
export interface ChangeCursor {
  readonly changedAt: number;
  readonly id: number;
}

/** A page of a user's conversation list. `cursor` goes into the next call; `null` at the end. */
export interface ConversationPage {
  readonly conversations: readonly Conversation[];
  readonly cursor: number | null;
}

interface ListRow extends EntryRow {
  readonly conversation_id: number;
  readonly conv_id: string;
  readonly last_seq: number;
  readonly total: number;
  readonly from_seq: number;
  readonly until_seq: number | null;
  readonly read_seq: number;
  readonly read_number: number;
  readonly own_above: number;
  readonly recalled_above: number;
  readonly group_name: string | null;
}

const maxPageBytes = 256 * 1024;

/** Conversations and the lists of them. */
export class ConversationStore {
  /** Rows never change their id, so what was seen once stays true. */
  private readonly rowIds = new LRUCache<string, number>({ max: 100_000 });

  constructor(private readonly database: Database) {}

  /** The conversation, if it is in the store. */
  async find(name: ConversationName): Promise<ConversationRef | undefined> {
    const known = this.rowIds.get(name.convId);
    if (known !== undefined) return { rowId: known, name };
    const [row] = await this.database.rows<{ id: number }>('SELECT id FROM conversations WHERE conv_id = ?', [name.convId]);
    if (!row) return undefined;
    this.rowIds.set(name.convId, row.id);
    return { rowId: row.id, name };
  }

  /** The conversation, made if it is not there yet; a c2c gets its two members. */
  async ensure(name: ConversationName): Promise<ConversationRef> {
    const found = await this.find(name);
    if (found) return found;
    const { insertIgnore } = words[this.database.dialect];
    await this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      await tx.run(`${insertIgnore} INTO conversations (conv_id, changed_at) VALUES (?, ?)`, [name.convId, now]);
      if (name.convType === 'group') return;
      for (const userId of name.users) {
        await tx.run(
          `${insertIgnore} INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
           SELECT id, ?, 'member', 1, 0, 0, ?, ? FROM conversations WHERE conv_id = ?`,
          [userId, now, now, name.convId],
        );
      }
    });
    const made = await this.find(name);
    if (!made) throw new Error('a conversation that was just made is missing');
    return made;
  }

  /** Where the log stands now. */
  async head(ref: ConversationRef): Promise<Head> {
    const [row] = await this.database.rows<Head>('SELECT last_seq, number, acl_version FROM conversations WHERE id = ?', [ref.rowId]);
    return row ?? { last_seq: 0, number: 0, acl_version: 1 };
  }

  /**
   * Conversations whose log changed at or after `since` (store time), oldest change first, after the row that `after` names. A change's
   * time is taken before its commit: ask again from some seconds before the last answer, or what was still open then is missed.
   */
  async changedSince(since: number, after: ChangeCursor | undefined, limit: number): Promise<ChangedConversation[]> {
    // No pair comparison: TiDB and MySQL would not use the index for it.
    const { changedAt, id } = after && after.changedAt >= since ? after : { changedAt: since, id: 0 };
    return this.database.rows(
      `SELECT id, conv_id, last_seq, changed_at FROM conversations
       WHERE changed_at >= ? AND (changed_at > ? OR id > ?) ORDER BY changed_at, id LIMIT ${limit}`,
      [changedAt, changedAt, id],
    );
  }

  /**
   * The c2c conversations of the given users, not more than 200, whose log changed at or after `since` (store time), and where each stands
   * now. One that both users of it ask for comes twice.
   */
  async recentC2cs(userIds: readonly string[], since: number): Promise<{ user_id: string; conv_id: string; last_seq: number }[]> {
    return this.database.rows(
      `SELECT m.user_id, c.conv_id, c.last_seq FROM members m JOIN conversations c ON c.id = m.conversation_id
       WHERE m.user_id IN (${userIds.map(() => '?').join(', ')}) AND c.changed_at >= ? AND c.conv_id LIKE 'c2c:%'`,
      [...userIds, since],
    );
  }

  /**
   * The user's conversations that changed at or after `since` (store time), by row, after the row `cursor`. With `since` 0 all of
   * them, without those that the user has left; for somebody who left, a conversation changed last by leaving. A page is cut short when its last messages are large.
   */
  async list(userId: string, since: number, cursor: number, limit: number): Promise<ConversationPage> {
    const changed = since === 0 ? 'm.until_seq IS NULL' : '(m.changed_at >= ? OR (m.until_seq IS NULL AND c.changed_at >= ?))';
    const values: SqlValue[] = since === 0 ? [userId, cursor] : [userId, cursor, since, since];
    const rows = await this.database.rows<ListRow>(
      `SELECT m.conversation_id, c.conv_id, c.last_seq, c.number AS total, m.from_seq, m.until_seq, m.read_seq, m.read_number, m.own_above,
         g.name AS group_name, (SELECT COUNT(*) FROM tombstones t
           WHERE t.conversation_id = m.conversation_id AND t.target_seq > m.read_seq AND t.sender <> m.user_id) AS recalled_above,
         e.seq, e.kind, e.sender, e.msg_key, e.type, e.number, e.at, e.body, e.reply_to, e.mentions, e.edited_at, e.recalled
       FROM members m JOIN conversations c ON c.id = m.conversation_id LEFT JOIN \`groups\` g ON g.conversation_id = m.conversation_id
       LEFT JOIN entries e ON e.conversation_id = m.conversation_id AND e.seq = c.last_message_seq
       WHERE m.user_id = ? AND m.conversation_id > ? AND c.last_seq > 0 AND ${changed} ORDER BY m.conversation_id LIMIT ${limit + 1}`,
      values,
    );
    let bytes = 0;
    let end = 0;
    for (; end < Math.min(rows.length, limit); end++) {
      bytes += 300 + Buffer.byteLength(rows[end]?.body ?? '');
      if (end > 0 && bytes > maxPageBytes) break;
    }
    const page = rows.slice(0, end);
    return {
      conversations: page.map((row) => lineOf(row, userId)),
      cursor: end < rows.length ? (page.at(-1)?.conversation_id ?? null) : null,
    };
  }
}

function lineOf(row: ListRow, userId: string): Conversation {
  const name = parseConvId(row.conv_id);
  if (!name) throw new Error('a stored conversation id cannot be read');
  const left = row.until_seq !== null;
  return {
    convId: row.conv_id,
    convType: name.convType,
    ...(name.convType === 'group' ? { groupId: name.groupId, name: row.group_name ?? '' } : { userId: otherOf(name.users, userId) }),
    lastSeq: row.until_seq ?? row.last_seq,
    readSeq: row.read_seq,
    unread: left ? 0 : unreadOf(row),
    lastMessage: lastMessageOf(row, name),
    ...(left ? { left: true as const } : {}),
  };
}

/** The formula of unread: countable messages above the position, less one's own and less those that others took back. */
export function unreadOf(row: { total: number; read_number: number; own_above: number; recalled_above: number }): number {
  return Math.max(0, row.total - row.read_number - row.own_above - row.recalled_above);
}

function lastMessageOf(row: ListRow, name: ConversationName): Message | null {
  const { seq } = row as { seq: number | null };
  if (seq === null || seq < row.from_seq || (row.until_seq !== null && seq > row.until_seq)) return null;
  return messageOf(row.conversation_id, name, row);
}
