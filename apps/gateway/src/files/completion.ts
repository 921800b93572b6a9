import { Inject, Injectable } from '@nestjs/common';
import { BlobChanged, BlobRangeError, type BlobStore } from '@app/blobs';
import { ImError } from '@app/protocol';
import { type FileRow, FileStore } from '@app/storage';
import { BLOBS } from '../infra/infra.module';
import { blobNameOf, pendingKey, readyKey } from './keys';
import { type Looks, headBytes, headOf, lookAt } from './look';

/** A blob as far as it was read. */
interface Seen {
  readonly size: number;
  readonly etag: string;
  readonly head: Uint8Array;
}

/**
 * Makes a pending file ready: its bytes are looked at, moved to where no upload can reach them, and only then may the file be used. May be
 * done by several at once, and again after a crash at any point.
 */
@Injectable()
export class Completion {
  constructor(
    private readonly files: FileStore,
    @Inject(BLOBS) private readonly blobs: BlobStore,
  ) {}

  /**
   * The file, ready. Throws `NOT_FOUND`, `CONFLICT` when its bytes are not there yet, and `BAD_REQUEST` for bytes that are not what was
   * declared, which are gone then.
   */
  async complete(id: string): Promise<FileRow> {
    const row = await this.files.get(id);
    if (!row) throw new ImError('NOT_FOUND');
    if (row.state === 'ready') return row;
    const uploaded = await this.see(pendingKey(id), headBytes);
    let looks = uploaded && (await this.check(row, uploaded, pendingKey(id)));
    const blobName = uploaded ? await this.keep(id, uploaded.etag) : (await this.files.get(id))?.blob_name;
    if (!blobName) return this.readyBy(id);
    const kept = await this.see(readyKey(id, blobName), looks ? 1 : headBytes);
    if (!kept) return this.readyBy(id);
    looks ??= await this.check(row, kept, readyKey(id, blobName));
    const isRecorded = row.checksum !== null && row.etag === (uploaded ?? kept).etag;
    const checksum = isRecorded ? row.checksum : `etag:${kept.etag}`;
    await this.files.makeReady(id, blobName, { ...looks, etag: kept.etag, checksum });
    return this.readyAt(id, blobName);
  }

  /** What somebody else has made ready meanwhile. */
  private async readyBy(id: string): Promise<FileRow> {
    const row = await this.files.get(id);
    if (row?.state === 'ready') return row;
    throw new ImError('CONFLICT', 'the bytes of this file are not there yet, or are still coming');
  }

  /** The row that is ready; the bytes are taken away again where others were chosen meanwhile, or the file was deleted. */
  private async readyAt(id: string, blobName: string): Promise<FileRow> {
    const row = await this.files.get(id);
    if (row?.blob_name !== blobName) await this.blobs.delete([readyKey(id, blobName)]);
    if (!row) throw new ImError('NOT_FOUND');
    return row.state === 'ready' ? row : this.readyBy(id);
  }

  /** Chooses the bytes that were checked and puts them where no upload leads. Answers their name; nothing when others came meanwhile. */
  private async keep(id: string, etag: string): Promise<string | undefined> {
    const blobName = blobNameOf(etag);
    if (!(await this.files.choose(id, blobName))) return undefined;
    try {
      await this.blobs.move(pendingKey(id), readyKey(id, blobName), etag);
      return blobName;
    } catch (error) {
      if (error instanceof BlobChanged) return undefined;
      throw error;
    }
  }

  private async check(row: FileRow, { size, etag, head }: Seen, key: string): Promise<Looks> {
    // Through the gateway, an upload ends with the row: what the row does not know of is still being written, or was never finished.
    if (this.blobs.kind === 'disk' && row.etag !== etag) throw new ImError('CONFLICT', 'the bytes of this file are not all there yet');
    try {
      if (size === row.size) return await lookAt(head, row.mime_type);
      const message = `expected ${row.size} bytes, and there are ${size}`;
      throw new ImError('BAD_REQUEST', message, { issues: [{ path: 'size', message }] });
    } catch (error) {
      if (error instanceof ImError) await this.blobs.delete([key]);
      throw error;
    }
  }

  private async see(key: string, bytes: number): Promise<Seen | undefined> {
    try {
      const reading = await this.blobs.read(key, { start: 0, end: bytes - 1 });
      return reading && { size: reading.size, etag: reading.etag, head: await headOf(reading.bytes, bytes) };
    } catch (error) {
      if (error instanceof BlobRangeError) return { size: error.size, etag: '', head: new Uint8Array() };
      throw error;
    }
  }
}
