import type { Queries } from './connections';
import type { Database } from './database';
import type { ConversationRef } from './entry-row';

/** A notice of a group. */
export interface NoticeRow {
  readonly id: number;
  readonly author_id: string;
  readonly text: string;
  readonly created_at: number;
}

/** Notices of groups. */
export class NoticeStore {
  constructor(private readonly database: Database) {}

  /** Stores a notice and answers its id, which is above that of every earlier one. */
  async insert(tx: Queries, ref: ConversationRef, { author_id, text, created_at }: Omit<NoticeRow, 'id'>): Promise<number> {
    const { insertId } = await tx.run('INSERT INTO notices (conversation_id, author_id, text, created_at) VALUES (?, ?, ?, ?)', [
      ref.rowId,
      author_id,
      text,
      created_at,
    ]);
    return insertId;
  }

  /** Notices below the id `before`, newest first. */
  async page(ref: ConversationRef, before: number, limit: number): Promise<NoticeRow[]> {
    return this.database.rows(
      `SELECT id, author_id, text, created_at FROM notices WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT ${limit}`,
      [ref.rowId, before],
    );
  }
}
