import type { Entry, EntryFields, Message } from '@app/protocol';
import type { Queries, Reads } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { endingSql } from './ending-sql';
import { type ConversationRef, type EntryRow, editedSince, entryColumns, entryOf, messageOf, rowAt } from './entry-row';
import { FileUses } from './file-uses';
import { logSql } from './log-sql';

/** The part of a log that somebody may see: both ends included, no end while membership lasts. */
export interface Window {
  readonly from: number;
  readonly until: number | null;
}

/** One page; `hasMore` tells whether there is more beyond it in the direction of the page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/** Bytes of bodies after which a page ends early, so that one answer cannot fill a connection's outbox. */
const maxPageBytes = 256 * 1024;
const stepSize = 64;

/** Reads of the log. Everything is answered in ascending order of seq. */
export class EntryStore {
  private readonly uses: FileUses;

  constructor(private readonly database: Database) {
    this.uses = new FileUses(database);
  }

  /** Entries of every kind after `afterSeq`. */
  async after(ref: ConversationRef, window: Window, afterSeq: number, limit: number): Promise<Page<Entry>> {
    const after = Math.max(afterSeq, window.from - 1);
    const page = await this.rows(ref, window, 'seq > ? AND seq <= ?', [after, bound(window)], 'ASC', limit);
    return { ...page, items: page.items.map((row) => entryOf(ref, row)) };
  }

  /** Messages before `beforeSeq`, the newest of them. */
  async messagesBefore(
    ref: ConversationRef,
    window: Window,
    beforeSeq: number,
    limit: number,
    from: Reads = this.database,
  ): Promise<Page<Message>> {
    const last = Math.min(beforeSeq - 1, bound(window));
    const page = await this.rows(ref, window, `seq >= ? AND seq <= ? AND kind = 'message'`, [window.from, last], 'DESC', limit, from);
    return { ...page, items: page.items.toReversed().map((row) => messageOf(ref.rowId, ref.name, row)) };
  }

  /** Messages after `afterSeq`, the oldest of them. */
  async messagesAfter(
    ref: ConversationRef,
    window: Window,
    afterSeq: number,
    limit: number,
    from: Reads = this.database,
  ): Promise<Page<Message>> {
    // Not afterSeq + 1: a client may name the largest number there is.
    const after = Math.max(afterSeq, window.from - 1);
    const page = await this.rows(ref, window, `seq > ? AND seq <= ? AND kind = 'message'`, [after, bound(window)], 'ASC', limit, from);
    return { ...page, items: page.items.map((row) => messageOf(ref.rowId, ref.name, row)) };
  }

  /**
   * A page of messages for somebody who looks back. A replica may serve it, if it holds the log as far as the primary does: `head` is
   * the last seq that the primary has just told, which is asked for where it is missing. So the page shows everything that was
   * committed before the call, and nothing that was recalled before it.
   */
  async history(
    ref: ConversationRef,
    window: Window,
    place: { readonly afterSeq?: number | undefined; readonly beforeSeq?: number | undefined },
    limit: number,
    head?: number,
  ): Promise<Page<Message>> {
    const { afterSeq, beforeSeq = Number.MAX_SAFE_INTEGER } = place;
    const read = (from: Reads): Promise<Page<Message>> =>
      afterSeq === undefined
        ? this.messagesBefore(ref, window, beforeSeq, limit, from)
        : this.messagesAfter(ref, window, afterSeq, limit, from);
    const { replicas } = this.database;
    if (!replicas.any) return read(this.database);
    const page = await replicas.read(ref.rowId, head ?? (await this.lastSeq(ref)), read);
    return page ?? read(this.database);
  }

  /**
   * Entries below `beforeSeq` that were stored after `since` (store time), among the last `limit` of them. Times do not fall along a
   * log, so what is answered has no holes.
   */
  async since(ref: ConversationRef, beforeSeq: number, since: number, limit: number): Promise<Entry[]> {
    // A log has no holes, so the last `limit` entries have the last `limit` places: no older row is looked at.
    const rows: EntryRow[] = [];
    for (let before = beforeSeq; ;) {
      // A page of large entries ends early.
      const page = await this.rows(ref, everything, 'seq < ? AND seq >= ? AND at > ?', [before, beforeSeq - limit, since], 'DESC', limit);
      rows.push(...page.items);
      const last = page.items.at(-1);
      if (!page.hasMore || !last) return rows.toReversed().map((row) => entryOf(ref, row));
      before = last.seq;
    }
  }

  /** One row, or `undefined`. */
  async one(ref: ConversationRef, seq: number, from: Reads = this.database): Promise<EntryRow | undefined> {
    const [row] = await from.rows<EntryRow>(`SELECT ${entryColumns} FROM entries WHERE conversation_id = ? AND seq = ?`, [ref.rowId, seq]);
    return row;
  }

  /** The rows at some places, in the order of the log. */
  async some(ref: ConversationRef, seqs: readonly number[], from: Reads = this.database): Promise<EntryRow[]> {
    if (seqs.length === 0) return [];
    const { byKey } = words[this.database.dialect];
    return from.rows(`SELECT ${entryColumns} FROM entries${byKey} WHERE conversation_id = ? AND seq IN (${marks(seqs)}) ORDER BY seq`, [
      ref.rowId,
      ...seqs,
    ]);
  }

  /** The entry that a sender stored under a key, or `undefined`. */
  async byKey(ref: ConversationRef, sender: string, key: string): Promise<EntryRow | undefined> {
    const [row] = await this.database.rows<EntryRow>(
      `SELECT ${entryColumns} FROM entries WHERE conversation_id = ? AND sender = ? AND msg_key = ?`,
      [ref.rowId, sender, key],
    );
    return row;
  }

  /**
   * Gives a message another body; entries that tell of it show that one too. It carries the files of that body then; throws `NOT_FOUND`
   * when one of them is not ready.
   */
  async edit(tx: Queries, ref: ConversationRef, row: EntryRow, body: string, at: number): Promise<void> {
    await this.uses.replace(tx, ref, row, body, at);
    await tx.run('UPDATE entries SET body = ?, edited_at = ? WHERE conversation_id = ? AND seq = ?', [body, at, ref.rowId, row.seq]);
  }

  /**
   * Takes messages back: their content is erased, and countable ones no longer count as unread for others. Again is harmless. It takes as
   * many statements for hundreds as for one. The files that they carry are unused as of `unusedSince`, where nothing else uses them.
   */
  async recall(tx: Queries, ref: ConversationRef, rows: readonly EntryRow[], unusedSince: number): Promise<void> {
    if (rows.length === 0) return;
    const { byKey, insertIgnore } = words[this.database.dialect];
    const seqs = rows.map(({ seq }) => seq);
    await tx.later({
      sql: `UPDATE entries${byKey} SET body = NULL, mentions = NULL, recalled = 1 WHERE conversation_id = ? AND seq IN (${marks(seqs)})`,
      values: [ref.rowId, ...seqs],
    });
    for (const row of rows) await this.dropMentions(tx, ref, row);
    await this.dropEndings(tx, ref, rows);
    await this.uses.end(tx, ref, rows, unusedSince);
    const countable = rows.filter(({ kind, type }) => kind === 'message' && type !== 'system');
    if (countable.length === 0) return;
    await tx.later({
      sql: `${insertIgnore} INTO tombstones (conversation_id, target_seq, sender) VALUES ${countable.map(() => '(?, ?, ?)').join(', ')}`,
      values: countable.flatMap(({ seq, sender }) => [ref.rowId, seq, sender]),
    });
  }

  private async dropMentions(tx: Queries, ref: ConversationRef, { seq, mentions }: EntryRow): Promise<void> {
    const userIds = JSON.parse(mentions ?? '[]') as string[];
    if (userIds.length > 0) await tx.later(logSql[this.database.dialect].dropMentions(ref.rowId, userIds, seq));
  }

  /** What is gone does not end once more. */
  private async dropEndings(tx: Queries, { rowId }: ConversationRef, rows: readonly EntryRow[]): Promise<void> {
    const sql = endingSql[this.database.dialect];
    const expiring = rows.flatMap(({ seq, expire_at: expireAt }) => (expireAt === null ? [] : [{ seq, expireAt }]));
    const burning = rows.flatMap(({ seq, burn }) => (burn ? [seq] : []));
    if (expiring.length > 0) await tx.later(sql.dropExpiries(rowId, expiring));
    if (burning.length > 0) await tx.later(sql.dropBurns(rowId, burning));
  }

  private async lastSeq(ref: ConversationRef): Promise<number> {
    const [row] = await this.database.rows<{ last_seq: number }>('SELECT last_seq FROM conversations WHERE id = ?', [ref.rowId]);
    return row?.last_seq ?? 0;
  }

  /** Reads in steps, so that a page which its bytes will cut short does not read all that its limit would allow. */
  private async rows(
    ref: ConversationRef,
    window: Window,
    where: string,
    values: number[],
    order: 'ASC' | 'DESC',
    limit: number,
    from: Reads = this.database,
  ): Promise<Page<EntryRow>> {
    const items: EntryRow[] = [];
    const now = this.database.clock.now();
    let bytes = 0;
    for (;;) {
      const wanted = Math.min(stepSize, limit + 1 - items.length);
      const last = items.at(-1);
      const beyond = last ? ` AND seq ${order === 'ASC' ? '>' : '<'} ?` : '';
      const found = await from.rows<EntryRow>(
        `SELECT ${entryColumns} FROM entries WHERE conversation_id = ? AND ${where}${beyond} ORDER BY seq ${order} LIMIT ${wanted}`,
        [ref.rowId, ...values, ...(last ? [last.seq] : [])],
      );
      const step = await this.withoutLaterEdits(ref, window, await this.withPayloads(ref, found, from), from);
      for (const row of step) {
        bytes += 300 + Buffer.byteLength(row.body ?? '');
        if (items.length === limit || (items.length > 0 && bytes > maxPageBytes)) return { items, hasMore: true };
        items.push(rowAt(row, now));
      }
      if (step.length < wanted) return { items, hasMore: false };
    }
  }

  /** Gives edits what their messages say now, and nothing where those were recalled. */
  private async withPayloads(ref: ConversationRef, rows: readonly EntryRow[], from: Reads): Promise<readonly EntryRow[]> {
    const edits = rows.filter(({ kind }) => kind === 'edited').map((row) => ({ row, fields: JSON.parse(row.body ?? '{}') as Edited }));
    if (edits.length === 0) return rows;
    const found = await this.some(ref, [...new Set(edits.map(({ fields }) => fields.targetSeq))], from);
    const now = this.database.clock.now();
    const targets = new Map(found.map((target) => [target.seq, rowAt(target, now)]));
    const filled = new Map(
      edits.map(({ row, fields }) => {
        const { body = null, recalled = 1, edited_at = null } = targets.get(fields.targetSeq) ?? {};
        const payload = recalled || body === null ? undefined : (JSON.parse(body) as Edited['payload']);
        return [row, { ...row, body: JSON.stringify({ ...fields, payload }), edited_at }];
      }),
    );
    return rows.map((row) => filled.get(row) ?? row);
  }

  /** Whose window has ended does not hear what was said since, not even in the place of what was said before. */
  private async withoutLaterEdits(
    ref: ConversationRef,
    { until }: Window,
    rows: readonly EntryRow[],
    from: Reads,
  ): Promise<readonly EntryRow[]> {
    if (until === null || rows.every(({ edited_at }) => edited_at === null)) return rows;
    const [end] = await this.some(ref, [until], from);
    return rows.map((row) => (editedSince(row, end?.at ?? 0) ? withoutPayload(row) : row));
  }
}

type Edited = EntryFields<'edited'>;

/** An edit of a message has no body of its own, so what it says of the message is left out. */
const withoutPayload = (row: EntryRow): EntryRow => {
  if (row.kind === 'message') return { ...row, body: null };
  const { payload: _, ...rest } = JSON.parse(row.body ?? '{}') as Edited;
  return { ...row, body: JSON.stringify(rest) };
};

const everything: Window = { from: 1, until: null };
const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
const bound = (window: Window): number => window.until ?? Number.MAX_SAFE_INTEGER;
