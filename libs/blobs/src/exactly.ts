import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { BlobSizeError } from './blob-store';

/**
 * The chunks of a stream, when they are `size` bytes together; else it ends with a {@link BlobSizeError}, before the first byte too many.
 * Their SHA-256 is known at the end. The stream is never destroyed.
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
    for await (const piece of this.bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
      const chunk = Buffer.from(piece as Buffer);
      taken += chunk.length;
      if (taken > this.size) throw new BlobSizeError(this.size);
      this.hash.update(chunk);
      yield chunk;
    }
    if (taken < this.size) throw new BlobSizeError(this.size);
    this.sha256 = this.hash.digest('hex');
  }
}
