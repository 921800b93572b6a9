import type { Queries } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import type { FileState } from './file.store';

/** A place in the order in which files came. */
export interface SweepPlace {
  readonly createdAt: number;
  readonly id: string;
}

/** A file that is to go. */
export interface Marked extends SweepPlace {
  readonly blobName: string | null;
}

/** What a look for unused files has found. */
export interface Unused {
  /** How many were looked at. */
  readonly looked: number;
  /** Of these, how many nobody has used for long. */
  readonly unused: number;
  /** And how many were carried by messages that have ended by themselves, and by nothing else. */
  readonly ended: number;
}

/**
 * Finds files that are to go and marks them `deleting`, in batches; from then on nobody reads or sends them, and what a crash leaves over is
 * found again. A file is never marked while a message that carries it is being stored, nor after that.
 */
export class FileSweepStore {
  constructor(private readonly database: Database) {}

  /** Marks files whose upload was begun so many milliseconds ago and is not finished, `limit` of them at most; answers how many. */
  async markUnfinished(ms: number, limit: number): Promise<number> {
    return this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      const found = await tx.rows<{ id: string }>(
        `SELECT id FROM files${words[this.database.dialect].by('files_state')}
         WHERE state = 'pending' AND created_at <= ? ORDER BY created_at LIMIT ${limit}`,
        [now - ms],
      );
      return this.mark(tx, found, 'pending');
    });
  }

  /**
   * Looks at so many files that are said to be unused for so many milliseconds, and marks those that no message and no avatar uses. The
   * others are not looked at again until something that used them ends.
   */
  async markUnused(ms: number, limit: number): Promise<Unused> {
    const { dialect } = this.database;
    const { byKey, forUpdate } = words[dialect];
    const before = (await this.database.storeTime(this.database)) - ms;
    const found = await this.database.rows<{ id: string }>(
      `SELECT id FROM files${words[dialect].by('files_unused')} WHERE unused_since <= ? AND state = 'ready' ORDER BY unused_since LIMIT ${limit}`,
      [before],
    );
    if (found.length === 0) return { looked: 0, unused: 0, ended: 0 };
    return this.database.write(async (tx) => {
      // Held first and looked at then: a flush holds the files of its messages, too, and what it has stored is seen.
      const held = await tx.rows<{ id: string; unused_since: number }>(
        `SELECT id, unused_since FROM files${byKey}
         WHERE id IN (${marks(found)}) AND state = 'ready' AND unused_since <= ? ORDER BY id${forUpdate}`,
        [...idsOf(found), before],
      );
      const used = await this.usedOf(tx, held);
      if (used.length > 0) {
        await tx.run(`UPDATE files${byKey} SET unused_since = NULL WHERE id IN (${marks(used)})`, idsOf(used));
      }
      const names = new Set(idsOf(used));
      const free = held.filter(({ id }) => !names.has(id));
      await this.mark(tx, free, 'ready');
      const ended = free.filter(({ unused_since }) => unused_since === 0).length;
      return { looked: found.length, unused: free.length - ended, ended };
    });
  }

  /** Files that are marked, after a place, in the order in which they came. */
  async marked(after: SweepPlace | undefined, limit: number): Promise<Marked[]> {
    const { createdAt, id } = after ?? { createdAt: -1, id: '' };
    const rows = await this.database.rows<{ id: string; created_at: number; blob_name: string | null }>(
      `SELECT id, created_at, blob_name FROM files${words[this.database.dialect].by('files_state')} WHERE state = 'deleting' AND created_at >= ? AND (created_at > ? OR id > ?)
       ORDER BY created_at, id LIMIT ${limit}`,
      [createdAt, createdAt, id],
    );
    return rows.map((row) => ({ createdAt: row.created_at, id: row.id, blobName: row.blob_name }));
  }

  /** Files of which a storage took bytes by itself until so many milliseconds ago, `limit` of them at most, longest ago first. */
  async expiredUrls(ms: number, limit: number): Promise<string[]> {
    const before = (await this.database.storeTime(this.database)) - ms;
    const rows = await this.database.rows<{ file_id: string }>(
      `SELECT file_id FROM file_urls WHERE expires_at <= ? ORDER BY expires_at LIMIT ${limit}`,
      [before],
    );
    return rows.map(({ file_id }) => file_id);
  }

  /** Forgets them: what came late is gone. */
  async forgetUrls(fileIds: readonly string[]): Promise<void> {
    if (fileIds.length === 0) return;
    await this.database.write((tx) => tx.run(`DELETE FROM file_urls WHERE file_id IN (${marks(fileIds)})`, fileIds));
  }

  private async usedOf(tx: Queries, files: readonly Id[]): Promise<Id[]> {
    if (files.length === 0) return [];
    return tx.rows(
      `SELECT f.id FROM files f WHERE f.id IN (${marks(files)}) AND (EXISTS (SELECT 1 FROM file_uses u WHERE u.file_id = f.id)
         OR EXISTS (SELECT 1 FROM file_avatars a WHERE a.file_id = f.id))`,
      idsOf(files),
    );
  }

  private async mark(tx: Queries, files: readonly Id[], state: FileState): Promise<number> {
    if (files.length === 0) return 0;
    const { byKey } = words[this.database.dialect];
    const { affected } = await tx.run(`UPDATE files${byKey} SET state = 'deleting' WHERE id IN (${marks(files)}) AND state = ?`, [
      ...idsOf(files),
      state,
    ]);
    return affected;
  }
}

interface Id {
  readonly id: string;
}

const idsOf = (rows: readonly Id[]): string[] => rows.map(({ id }) => id);
const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
