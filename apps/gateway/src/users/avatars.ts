import { Injectable } from '@nestjs/common';
import { ImError } from '@app/protocol';
import { FileStore } from '@app/storage';

/** Types of images that any browser shows and that run nothing. */
const shownTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
/** Bytes. Whoever looks at a list of people loads the pictures of all of them. */
const maxBytes = 5 * 1024 * 1024;

/** Files as the pictures of users and groups. */
@Injectable()
export class Avatars {
  constructor(private readonly files: FileStore) {}

  /**
   * Where a file is, as a picture that a user chooses; `null` is none. Throws `NOT_FOUND` when it is not a ready file of theirs,
   * `BAD_REQUEST` when it is no image, `TOO_LARGE`.
   */
  async checkChoice(userId: string, fileId: string | null): Promise<string | null> {
    if (fileId === null) return null;
    const file = await this.files.get(fileId);
    if (file?.owner_id !== userId || file.state !== 'ready') throw new ImError('NOT_FOUND', 'there is no such file of yours');
    if (!shownTypes.has(file.mime_type)) throw new ImError('BAD_REQUEST', 'the file is no image that can be an avatar');
    if (file.size > maxBytes) throw new ImError('TOO_LARGE', `an avatar has at most ${maxBytes} bytes`);
    return `/files/${fileId}`;
  }
}
