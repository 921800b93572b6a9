import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { BlobSizeError } from './blob-store';

/**
 * The chunks of a stream, when they are `size` bytes together; else it ends with a {@link BlobSizeError}. The last chunk is only given when
 * the stream has ended, so that whoever passes all of them on has what was announced. The stream is never destroyed.
 */
export class Exactly {
  private readonly hash = createHash('sha256');
  /** In hex, once all chunks were taken. */
  sha256 = '';

  constructor(
    private readonly bytes: Readable,
    private readonly size: number,
  ) {}

  async *chunks(): AsyncGenerator<Buffer> {
    let taken = 0;
    let last: Buffer | undefined;
    for await (const piece of this.bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      taken += piece.length;
      if (taken > this.size) throw new BlobSizeError(this.size);
      this.hash.update(piece);
      if (last) yield last;
      last = piece;
    }
    if (taken < this.size) throw new BlobSizeError(this.size);
    if (last) yield last;
    this.sha256 = this.hash.digest('hex');
  }
}
