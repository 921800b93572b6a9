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

  /** Groups whose picture a file is, by id, after the id `cursor`. */
  async groupsOf(fileId: string, cursor: string, limit: number): Promise<string[]> {
    const rows = await this.database.rows<{ subject: string }>(
      `SELECT subject FROM file_avatars WHERE file_id = ? AND subject > ? AND subject < 'group;' ORDER BY subject LIMIT ${limit}`,
      [fileId, `group:${cursor}`],
    );
    return rows.map(({ subject }) => subject.slice('group:'.length));
  }

  /** Leaves everybody whose picture a file is without one. */
  async takeDown(tx: Queries, fileId: string): Promise<void> {
    const { byKey } = words[this.database.dialect];
    const rows = await tx.rows<{ subject: string }>('SELECT subject FROM file_avatars WHERE file_id = ?', [fileId]);
    if (rows.length === 0) return;
    for (const [kind, table] of [
      ['user', 'users'],
      ['group', '`groups`'],
    ] as const) {
      const ids = rows.filter(({ subject }) => subject.startsWith(`${kind}:`)).map(({ subject }) => subject.slice(kind.length + 1));
      if (ids.length === 0) continue;
      await tx.run(`UPDATE ${table}${byKey} SET avatar_url = NULL WHERE id IN (${ids.map(() => '?').join(', ')})`, ids);
    }
    await tx.run('DELETE FROM file_avatars WHERE file_id = ?', [fileId]);
  }
}
