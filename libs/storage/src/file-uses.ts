import { ImError, filesIn } from '@app/protocol';
import type { Queries } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef, EntryRow } from './entry-row';
import { fileSql } from './file-sql';

/**
 * Which files messages that are stored already carry. It changes with the message, in the transaction that holds its conversation; what a
 * flush stores brings its own rows.
 */
export class FileUses {
  constructor(private readonly database: Database) {}

  /**
   * Lets a message carry the files of its new body instead of those of the one before, which are unused as of `now`. Throws `NOT_FOUND` when
   * one of them is not ready.
   */
  async replace(tx: Queries, ref: ConversationRef, { seq, body: before }: EntryRow, body: string, now: number): Promise<void> {
    const [old, wanted] = [idsIn(before), idsIn(body)];
    if (old.length + wanted.length === 0) return;
    const statements = fileSql[this.database.dialect];
    const { sql, values } = statements.hold([...new Set([...old, ...wanted])]);
    const held = new Set((await tx.rows<{ id: string }>(sql, values)).map(({ id }) => id));
    if (!wanted.every((id) => held.has(id))) throw new ImError('NOT_FOUND', 'there is no such file');
    await tx.later(statements.drop(ref.rowId, [seq]));
    if (wanted.length > 0) {
      await tx.later(statements.carry(wanted.map((file_id) => ({ conversation_id: ref.rowId, seq, file_id }))));
    }
    const dropped = old.filter((id) => !wanted.includes(id));
    await this.release(tx, dropped, now);
  }

  /** Messages that are taken back carry nothing more: their files are unused as of `unusedSince` where nothing else uses them. */
  async end(tx: Queries, ref: ConversationRef, rows: readonly EntryRow[], unusedSince: number): Promise<void> {
    const carrying = rows.map((row) => ({ seq: row.seq, ids: idsIn(row.body) })).filter(({ ids }) => ids.length > 0);
    if (carrying.length === 0) return;
    const seqs = carrying.map(({ seq }) => seq);
    await tx.later(fileSql[this.database.dialect].drop(ref.rowId, seqs));
    await this.release(tx, [...new Set(carrying.flatMap(({ ids }) => ids))], unusedSince);
  }

  /** The sweeper looks at them from then on, and leaves those that something else uses. */
  private async release(tx: Queries, ids: readonly string[], unusedSince: number): Promise<void> {
    if (ids.length === 0) return;
    const { byKey } = words[this.database.dialect];
    await tx.later({ sql: `UPDATE files${byKey} SET unused_since = ? WHERE id IN (${marks(ids)})`, values: [unusedSince, ...ids] });
  }
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** Most bodies name no file, and need not be read. */
const names = /"(fileId|thumbnailId)":/;
const idsIn = (body: string | null): readonly string[] =>
  body !== null && names.test(body) ? filesIn(JSON.parse(body) as Record<string, unknown>) : [];
