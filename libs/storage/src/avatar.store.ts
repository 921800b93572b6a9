import { ImError } from '@app/protocol';
import type { Queries } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { fileSql } from './file-sql';

/** Whose picture it is. */
export type AvatarSubject = `user:${string}` | `group:${string}`;

/** Which files are pictures of users and groups: everybody may see them. */
export class AvatarStore {
  constructor(private readonly database: Database) {}

  /**
   * Makes a file the picture of its subject, or with `null` none; the one before is unused from now on. Throws `NOT_FOUND` when the file
   * is not ready.
   */
  async show(tx: Queries, subject: AvatarSubject, fileId: string | null): Promise<void> {
    const { dialect } = this.database;
    const { byKey, forUpdate } = words[dialect];
    const [before] = await tx.rows<{ file_id: string }>(`SELECT file_id FROM file_avatars WHERE subject = ?${forUpdate}`, [subject]);
    if (before?.file_id === fileId) return;
    if (fileId !== null) {
      const { sql, values } = fileSql[dialect].hold([fileId]);
      if ((await tx.rows(sql, values)).length === 0) throw new ImError('NOT_FOUND', 'there is no such file');
      await tx.run(`INSERT INTO file_avatars (subject, file_id) VALUES (?, ?) ${words[dialect].upsert('subject', ['file_id'])}`, [
        subject,
        fileId,
      ]);
    } else if (before) await tx.run('DELETE FROM file_avatars WHERE subject = ?', [subject]);
    if (!before) return;
    const now = await this.database.storeTime(tx);
    await tx.run(`UPDATE files${byKey} SET unused_since = ? WHERE id = ?`, [now, before.file_id]);
  }
}
