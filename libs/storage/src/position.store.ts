import type { ConversationName } from '@app/protocol';
import type { Queries, Statement } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { type ConversationRef, nameOf, otherOf } from './entry-row';
import { type ReadTo, readAllSql } from './position-sql';
import { mentionedSql, unreadSql, untilSql } from './unread-sql';

/** How far the other side of a c2c may know that a user is. What is read was delivered. */
export interface Receipt {
  readonly readSeq: number;
  readonly deliveredSeq: number;
}

/** Where a user has read to. `receipt` is there when the other side of a c2c is to be told. */
export interface ReadPosition {
  readonly readSeq: number;
  readonly unread: number;
  readonly mentionedUnread: number;
  /** Where the position was before it moved; `undefined` when it did not. */
  readonly movedFrom: number | undefined;
  readonly receipt?: Receipt;
}

/** A conversation of which a user has just read everything. */
export interface ReadToEnd {
  readonly name: ConversationName;
  readonly readSeq: number;
  readonly movedFrom: number;
  /** See `ReadPosition`. */
  readonly receipt?: Receipt;
}

/** What a chunk of `readAll` did. `cursor` goes into the next call; `null` at the end. */
export interface ReadChunk {
  readonly read: readonly ReadToEnd[];
  readonly cursor: number | null;
}

interface PositionRow {
  readonly conversation_id: number;
  readonly user_id: string;
  readonly until_seq: number | null;
  readonly read_seq: number;
  readonly own_above: number;
  readonly hidden_seq: number | null;
  readonly delivered_seq: number | null;
  readonly muted: number | null;
}

const columns = 'conversation_id, user_id, until_seq, read_seq, own_above, hidden_seq, delivered_seq, muted';
const chunkRows = 100;

/**
 * How far members have read, what was delivered to them, and what they have deleted for themselves. A position never moves backwards and
 * never past the end of the log. Where one of a c2c moves, the other's line changes too: both rows are held, in the order of their key.
 */
export class PositionStore {
  constructor(private readonly database: Database) {}

  /** Moves a present member's read position to `seq` and recounts what depends on it. `undefined` when the user is no present member. */
  moveRead(ref: ConversationRef, userId: string, seq: number): Promise<ReadPosition | undefined> {
    // What an earlier run of the same move did, in case its commit went through without an answer.
    let earlier: { from: number; to: number } | undefined;
    return this.database.write(async (tx) => {
      const member = await this.hold(tx, ref, userId);
      if (!member || member.until_seq !== null) return undefined;
      const { answers, storeTime } = await this.database.readWithTime(tx, [entryAt(ref, seq)]);
      const [at] = answers[0] as { seq: number; number: number }[];
      const moves = at !== undefined && at.seq > member.read_seq;
      if (moves) await this.setRead(tx, ref, member, at, storeTime);
      const [counted, blocks] = await tx.all([counts(ref, userId), ...blocksIn(ref)]);
      const [row] = counted as { read_seq: number; unread: number; mentioned: number }[];
      if (!row) return undefined;
      if (moves) earlier = { from: member.read_seq, to: at.seq };
      const movedFrom = earlier?.to === row.read_seq ? earlier.from : undefined;
      return {
        readSeq: row.read_seq,
        unread: Math.max(0, Number(row.unread)),
        mentionedUnread: Number(row.mentioned),
        movedFrom,
        ...(movedFrom !== undefined && blocks?.length === 0 ? { receipt: receiptOf({ ...member, read_seq: row.read_seq }) } : {}),
      };
    });
  }

  /**
   * Moves forward up to where a c2c was delivered to a user. Answers the receipt that the other side is to be told: none when nothing
   * moved, or when one of the two has blocked the other.
   */
  moveDelivered(ref: ConversationRef, userId: string, seq: number): Promise<Receipt | undefined> {
    let movedTo: number | undefined;
    return this.database.write(async (tx) => {
      const member = await this.hold(tx, ref, userId);
      if (!member) return undefined;
      const { answers, storeTime } = await this.database.readWithTime(tx, [entryAt(ref, seq), ...blocksIn(ref)]);
      const [[at], blocks] = answers as [{ seq: number }[], unknown[]];
      const { deliveredSeq } = receiptOf(member);
      const moves = at !== undefined && at.seq > deliveredSeq;
      if (!moves && movedTo !== deliveredSeq) return undefined;
      if (moves) {
        movedTo = at.seq;
        const values = [at.seq, storeTime, ref.rowId, userId];
        await tx.later({ sql: 'UPDATE members SET delivered_seq = ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?', values });
        await this.touchOther(tx, ref, userId, storeTime);
      }
      return blocks.length === 0 ? { readSeq: member.read_seq, deliveredSeq: movedTo ?? deliveredSeq } : undefined;
    });
  }

  /**
   * Deletes, for this user alone, everything that the conversation holds now, and what they had set for it: pin and draft. The read
   * position stays. Answers the seq up to which all is deleted, and whether the conversation is muted; `undefined` when the user has no
   * place in it.
   */
  hide(ref: ConversationRef, userId: string): Promise<{ hiddenSeq: number; muted: boolean } | undefined> {
    return this.database.write(async (tx) => {
      const member = await this.hold(tx, ref, userId);
      if (!member) return undefined;
      const closed = { sql: 'SELECT closed_seq FROM conversations WHERE id = ?', values: [ref.rowId] };
      const { answers, storeTime } = await this.database.readWithTime(tx, [entryAt(ref, Number.MAX_SAFE_INTEGER), closed]);
      const [[end], [conversation]] = answers as [{ seq: number; number: number }[], { closed_seq: number | null }[]];
      const hiddenSeq = member.until_seq ?? conversation?.closed_seq ?? end?.seq ?? 0;
      // An own entry that is still under way adds to `own_above` when it is stored, and then it stands above.
      await tx.run(
        `UPDATE members SET hidden_seq = ?, hidden_number = ?, own_above = 0, pinned_at = NULL, draft = NULL, changed_at = ?
         WHERE conversation_id = ? AND user_id = ?`,
        [hiddenSeq, end?.number ?? 0, storeTime, ref.rowId, userId],
      );
      return { hiddenSeq, muted: member.muted === 1 };
    });
  }

  /**
   * Moves the read positions of a user to the end of those conversations in which something is unread: a chunk of them, by row, after
   * the row `cursor`.
   */
  async readAll(userId: string, cursor: number): Promise<ReadChunk> {
    const found = await this.database.rows<{ conversation_id: number; conv_id: string }>(
      `SELECT conversation_id, conv_id FROM (
         SELECT m.conversation_id, c.conv_id, ${unreadSql} AS unread FROM members m JOIN conversations c ON c.id = m.conversation_id
         WHERE m.user_id = ? AND m.conversation_id > ? AND ${untilSql} IS NULL) counted
       WHERE unread > 0 ORDER BY conversation_id LIMIT ${chunkRows}`,
      [userId, cursor],
    );
    const refs = found.map(({ conversation_id: rowId, conv_id }) => ({ rowId, name: nameOf(conv_id) }));
    const read: ReadToEnd[] = [];
    // Apart, because of a c2c both rows are held and of a group one.
    for (const convType of ['c2c', 'group'] as const) {
      const some = refs.filter(({ name }) => name.convType === convType);
      if (some.length > 0) read.push(...(await this.database.write((tx) => this.readSome(tx, userId, some, convType))));
    }
    return { read, cursor: found.length < chunkRows ? null : (refs.at(-1)?.rowId ?? null) };
  }

  private async readSome(tx: Queries, userId: string, refs: readonly ConversationRef[], convType: 'c2c' | 'group'): Promise<ReadToEnd[]> {
    const { byKey, forUpdate } = words[this.database.dialect];
    const ids = refs.map(({ rowId }) => rowId);
    const isOne = `conversation_id IN (${ids.map(() => '?').join(', ')})`;
    const held = await tx.rows<PositionRow>(
      `SELECT ${columns} FROM members${byKey} WHERE ${isOne}${convType === 'c2c' ? '' : ' AND user_id = ?'}
       ORDER BY conversation_id, user_id${forUpdate}`,
      convType === 'c2c' ? ids : [...ids, userId],
    );
    const others = held.filter(({ user_id }) => user_id !== userId).map(({ user_id }) => user_id);
    const heads = { sql: `SELECT id, last_seq, number FROM conversations WHERE id IN (${ids.map(() => '?').join(', ')})`, values: ids };
    const { answers, storeTime } = await this.database.readWithTime(tx, [heads, ...blocksAmong(userId, others)]);
    const [found, blocks = []] = answers as [{ id: number; last_seq: number; number: number }[], { other: string }[] | undefined];
    const ends = new Map(found.map((head) => [head.id, head]));
    const blocked = new Set(blocks.map(({ other }) => other));
    const moves: ReadTo[] = [];
    const read: ReadToEnd[] = [];
    for (const { rowId, name } of refs) {
      const end = ends.get(rowId);
      const member = held.find((row) => row.conversation_id === rowId && row.user_id === userId);
      if (!end || !member || member.until_seq !== null) continue;
      const readSeq = Math.max(end.last_seq, member.read_seq);
      if (end.last_seq > member.read_seq) moves.push({ conversation_id: rowId, seq: end.last_seq, number: end.number });
      const told = name.convType === 'c2c' && !blocked.has(otherOf(name.users, userId));
      read.push({ name, readSeq, movedFrom: member.read_seq, ...(told ? { receipt: receiptOf({ ...member, read_seq: readSeq }) } : {}) });
    }
    if (moves.length === 0) return read;
    await tx.later(readAllSql[this.database.dialect](userId, moves, storeTime));
    if (convType === 'c2c')
      await tx.run(`UPDATE members${byKey} SET changed_at = ? WHERE ${isOne} AND user_id <> ?`, [storeTime, ...ids, userId]);
    return read;
  }

  /** The user's row, held together with the other one's of a c2c. */
  private async hold(tx: Queries, { rowId, name }: ConversationRef, userId: string): Promise<PositionRow | undefined> {
    const { byKey, forUpdate } = words[this.database.dialect];
    const userIds = name.convType === 'c2c' ? name.users : [userId];
    const rows = await tx.rows<PositionRow>(
      `SELECT ${columns} FROM members${byKey} WHERE conversation_id = ? AND user_id IN (${userIds.map(() => '?').join(', ')})
       ORDER BY user_id${forUpdate}`,
      [rowId, ...userIds],
    );
    return rows.find((row) => row.user_id === userId);
  }

  private async setRead(
    tx: Queries,
    ref: ConversationRef,
    member: PositionRow,
    at: { seq: number; number: number },
    now: number,
  ): Promise<void> {
    // Own entries are counted above the base. Without any above, none were passed: the usual case, and it spares a walk along the log.
    const base = Math.max(member.read_seq, member.hidden_seq ?? 0);
    const passed = member.own_above === 0 || at.seq <= base ? 0 : await countOwn(tx, ref, member.user_id, base, at.seq);
    await tx.later({
      sql: `UPDATE members SET read_seq = ?, read_number = ?, own_above = own_above - ?, changed_at = ?
         WHERE conversation_id = ? AND user_id = ?`,
      values: [at.seq, at.number, passed, now, ref.rowId, member.user_id],
    });
    await this.touchOther(tx, ref, member.user_id, now);
  }

  /** The other side of a c2c sees how far this one is in its own line. */
  private async touchOther(tx: Queries, { rowId, name }: ConversationRef, userId: string, now: number): Promise<void> {
    if (name.convType !== 'c2c') return;
    const sql = 'UPDATE members SET changed_at = ? WHERE conversation_id = ? AND user_id = ?';
    await tx.later({ sql, values: [now, rowId, otherOf(name.users, userId)] });
  }
}

/** The last entry up to `seq`. */
const entryAt = ({ rowId }: ConversationRef, seq: number): Statement => ({
  sql: 'SELECT seq, number FROM entries WHERE conversation_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
  values: [rowId, seq],
});

const counts = ({ rowId }: ConversationRef, userId: string): Statement => ({
  sql: `SELECT m.read_seq, ${unreadSql} AS unread, ${mentionedSql} AS mentioned
     FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.conversation_id = ? AND m.user_id = ?`,
  values: [rowId, userId],
});

/** Blocks between the two of a c2c. */
const blocksIn = ({ name }: ConversationRef): Statement[] => (name.convType === 'c2c' ? blocksAmong(name.users[0], [name.users[1]]) : []);

/** Blocks between a user and others, either way; answers who the other is. */
function blocksAmong(userId: string, others: readonly string[]): Statement[] {
  if (others.length === 0) return [];
  const marks = others.map(() => '?').join(', ');
  return [
    {
      sql: `SELECT blocked_id AS other FROM blocks WHERE user_id = ? AND blocked_id IN (${marks}) AND removed_at IS NULL
         UNION SELECT user_id FROM blocks WHERE user_id IN (${marks}) AND blocked_id = ? AND removed_at IS NULL`,
      values: [userId, ...others, ...others, userId],
    },
  ];
}

/** The user's own countable entries after `after`, up to `upTo`. It walks the log, whose entries have no index by sender. */
async function countOwn(tx: Queries, ref: ConversationRef, userId: string, after: number, upTo: number): Promise<number> {
  const [row] = await tx.rows<{ count: number }>(
    `SELECT COUNT(*) AS count FROM entries WHERE conversation_id = ? AND seq > ? AND seq <= ? AND sender = ?
       AND kind = 'message' AND type <> 'system'`,
    [ref.rowId, after, upTo, userId],
  );
  return Number(row?.count ?? 0);
}

const receiptOf = ({ read_seq, delivered_seq }: Pick<PositionRow, 'read_seq' | 'delivered_seq'>): Receipt => ({
  readSeq: read_seq,
  deliveredSeq: Math.max(read_seq, delivered_seq ?? 0),
});
