import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { ImError, filesIn } from '@app/protocol';
import { type FileRow, FileStore } from '@app/storage';
import { CONFIG } from '../infra/config';

/** What a message says. */
type Payload = Readonly<Record<string, unknown>>;

/** A payload as it is to be stored, and the ids of the files that it carries. */
export interface Carrying {
  readonly payload: Payload;
  /** The payload as JSON text. */
  readonly body: string;
  readonly files?: readonly string[];
}

/** The files that messages carry: `fileId` and `thumbnailId` at the top of a payload of any type. */
@Injectable()
export class Attachments {
  constructor(
    private readonly files: FileStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** A payload as its sender wrote it. Throws `TOO_LARGE`. */
  plain(payload: Payload): Carrying {
    const body = JSON.stringify(payload);
    if (Buffer.byteLength(body) <= this.config.maxPayloadBytes) return { payload, body };
    throw new ImError('TOO_LARGE', `the payload is larger than ${this.config.maxPayloadBytes} bytes`);
  }

  /**
   * What a user may send: of the file stands there what was found, not what its sender says. Throws `NOT_FOUND` when one of the files is
   * not ready, or the user may not read it; `TOO_LARGE`. Whether they are ready still, the log sees when it stores the message.
   */
  async checkUse(userId: string, plain: Carrying): Promise<Carrying> {
    const ids = filesIn(plain.payload);
    if (ids.length === 0) return plain;
    const found = await this.files.mayRead(userId, ids);
    if (found.length < ids.length) throw new ImError('NOT_FOUND', 'there is no such file');
    const file = found.find(({ id }) => id === plain.payload.fileId);
    return { ...this.plain({ ...plain.payload, ...(file && said(file)) }), files: ids };
  }
}

/** What a message says of its file; of a video and of sound nobody but its sender knows more. */
const said = ({ name, size, mime_type: mimeType, width, height }: FileRow) => ({
  name,
  size,
  mimeType,
  ...(width === null || height === null ? {} : { width, height }),
});
