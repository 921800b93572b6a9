import { LRUCache } from 'lru-cache';
import type { ConversationName } from '@app/protocol';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';

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

/** Conversations. The lists of them are in `ConversationListStore`. */
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
}
