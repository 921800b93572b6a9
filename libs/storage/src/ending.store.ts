import type { Database } from './database';
import { type ConversationRef, nameOf } from './entry-row';

/** A message that is to end. */
export interface Ending {
  readonly ref: ConversationRef;
  readonly seq: number;
}

/** What somebody has read at once: places of a log. */
export interface ReadRange {
  readonly after: number;
  readonly upTo: number;
}

/** Where a look for messages that were read and not burnt is to go on. */
export interface BurnCursor {
  readonly rowId: number;
  readonly seq: number;
}

interface EndingRow {
  readonly conversation_id: number;
  readonly conv_id: string;
  readonly seq: number;
}

const endingOf = ({ conversation_id: rowId, conv_id, seq }: EndingRow): Ending => ({ ref: { rowId, name: nameOf(conv_id) }, seq });

/** Messages that end by themselves: at a time, or when the other side of a c2c has read them. Their rows go with the message. */
export class EndingStore {
  constructor(private readonly database: Database) {}

  /** Messages whose time has come, longest overdue first. */
  async due(limit: number): Promise<Ending[]> {
    const now = await this.database.storeTime(this.database);
    const rows = await this.database.rows<EndingRow>(
      `SELECT x.conversation_id, c.conv_id, x.seq FROM expiries x JOIN conversations c ON c.id = x.conversation_id
       WHERE x.expire_at <= ? ORDER BY x.expire_at, x.conversation_id, x.seq LIMIT ${limit}`,
      [now],
    );
    return rows.map(endingOf);
  }

  /**
   * Messages of a c2c that are burnt when the reader has read them, among those after `after` and up to `upTo`; the lowest first. The
   * reader's own ones between the two are passed over, so let what was read before be out of it.
   */
  async readBy(ref: ConversationRef, readerId: string, { after, upTo }: ReadRange, limit: number): Promise<Ending[]> {
    const rows = await this.database.rows<{ seq: number }>(
      `SELECT seq FROM burns WHERE conversation_id = ? AND seq > ? AND seq <= ? AND sender <> ? ORDER BY seq LIMIT ${limit}`,
      [ref.rowId, after, upTo, readerId],
    );
    return rows.map((row) => ({ ref, seq: row.seq }));
  }

  /** Looks at so many messages that are to be burnt, after `cursor`: those that were read by now, and where to go on; `null` at the end. */
  async readButNotBurnt(cursor: BurnCursor, limit: number): Promise<{ endings: Ending[]; cursor: BurnCursor | null }> {
    const rows = await this.database.rows<EndingRow & { is_read: number }>(
      `SELECT b.conversation_id, c.conv_id, b.seq, EXISTS (SELECT 1 FROM members m WHERE m.conversation_id = b.conversation_id
         AND m.user_id <> b.sender AND m.read_seq >= b.seq) AS is_read
       FROM burns b JOIN conversations c ON c.id = b.conversation_id
       WHERE b.conversation_id >= ? AND (b.conversation_id > ? OR b.seq > ?) ORDER BY b.conversation_id, b.seq LIMIT ${limit}`,
      [cursor.rowId, cursor.rowId, cursor.seq],
    );
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      endings: rows.filter(({ is_read }) => Number(is_read) === 1).map(endingOf),
      cursor: last ? { rowId: last.conversation_id, seq: last.seq } : null,
    };
  }
}
