import { Injectable } from '@nestjs/common';
import { ImError } from '@app/protocol';
import { type FileRow, FileStore } from '@app/storage';

/** Who may read which file, asked anew each time: a recall or a removal counts at once. */
@Injectable()
export class FileAccess {
  constructor(private readonly files: FileStore) {}

  /**
   * A ready file that somebody may read; without a user, one that is an avatar. Throws `NOT_FOUND`, or `UNAUTHENTICATED` without a user, as
   * if there was none.
   */
  async checkRead(userId: string | undefined, id: string): Promise<FileRow> {
    const [row] = await this.files.mayRead(userId, [id]);
    if (!row) throw new ImError(userId === undefined ? 'UNAUTHENTICATED' : 'NOT_FOUND');
    return row;
  }

  /** Those of the files that somebody may read, in the order in which they were named. */
  async readable(userId: string, ids: readonly string[]): Promise<FileRow[]> {
    const rows = new Map((await this.files.mayRead(userId, ids)).map((row) => [row.id, row]));
    return [...new Set(ids)].flatMap((id) => rows.get(id) ?? []);
  }
}
