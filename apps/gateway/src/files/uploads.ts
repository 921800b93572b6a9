import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type BlobStore, BlobUnavailable } from '@app/blobs';
import { type Clock } from '@app/kit';
import { ImError } from '@app/protocol';
import { type FileRow, FileStore, UserStore } from '@app/storage';
import { BLOBS, CLOCK } from '../infra/infra.module';
import { dropRest, takeBody } from '../raw-body';
import { RequestLimit } from '../request-limit';
import type { ApiRequest } from '../route';
import { pendingKey } from './keys';
import { essenceOf } from './mime';
import { Signatures } from './signatures';

/** What a signed upload URL says. */
interface Claim {
  readonly expires: number;
  readonly signature: string;
}

/** Puts bytes that pass through the gateway where they wait to be checked. Who may do so is in the URL. */
@Injectable()
export class Uploads {
  /** What is being written here, by file: a client whose line broke begins again before its first attempt has ended. */
  private readonly running = new Map<string, { request: ApiRequest; ended: Promise<void> }>();

  constructor(
    private readonly files: FileStore,
    private readonly users: UserStore,
    private readonly signatures: Signatures,
    private readonly requests: RequestLimit,
    @Inject(BLOBS) private readonly blobs: BlobStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Stores the body of a request as the bytes of a pending file; a later upload takes the place of an earlier one. Nothing is kept of a body
   * that is not whole. Throws `FORBIDDEN`, `NOT_FOUND`, `RATE_LIMIT`, `CONFLICT` for a file that is ready, `BAD_REQUEST`.
   */
  async put(id: string, claim: Claim, request: ApiRequest, reply: FastifyReply): Promise<void> {
    try {
      const row = await this.checkClaim(id, claim);
      this.checkHeaders(row, request);
      await this.alone(id, request, () => takeBody(request, reply, () => this.store(row, request), { isOurs }));
    } catch (error) {
      dropRest(request.raw);
      throw error;
    }
  }

  private async checkClaim(id: string, { expires, signature }: Claim): Promise<FileRow> {
    if (!this.signatures.fits(['put', id, expires], signature)) throw new ImError('FORBIDDEN', 'this upload was not signed here');
    if (expires <= this.clock.now()) throw new ImError('FORBIDDEN', 'the time for this upload is over');
    const row = await this.files.get(id);
    if (!row) throw new ImError('NOT_FOUND');
    await this.requests.take(row.owner_id);
    if ((await this.users.get(row.owner_id))?.banned_at !== null) throw new ImError('FORBIDDEN', 'this user is banned');
    if (row.state === 'ready') throw new ImError('CONFLICT', 'this file is complete');
    return row;
  }

  private checkHeaders({ size, mime_type }: FileRow, { raw: { headers } }: ApiRequest): void {
    const issues = [
      ...(headers['content-length'] === String(size) ? [] : [{ path: 'content-length', message: `expected ${size}, as declared` }]),
      ...(essenceOf(headers['content-type'] ?? '') === mime_type
        ? []
        : [{ path: 'content-type', message: `expected ${mime_type}, as declared` }]),
    ];
    if (issues.length > 0) throw new ImError('BAD_REQUEST', 'these are not the bytes that were declared', { issues });
  }

  /** Runs `work` when no other upload of the file runs here: one that does is cut off. */
  private async alone(id: string, request: ApiRequest, work: () => Promise<void>): Promise<void> {
    for (let earlier = this.running.get(id); earlier; earlier = this.running.get(id)) {
      earlier.request.raw.destroy(new Error('the upload has begun again'));
      await earlier.ended;
    }
    const done = work();
    const ended = done.catch(() => undefined).finally(() => this.running.delete(id));
    this.running.set(id, { request, ended });
    await done;
  }

  private async store({ id, size, mime_type: mimeType }: FileRow, { raw }: ApiRequest): Promise<void> {
    const key = pendingKey(id);
    const { sha256 } = await this.blobs.write(key, raw, { size, mimeType });
    const kept = await this.blobs.read(key, { start: 0, end: 0 });
    kept?.bytes.destroy();
    if (kept && (await this.files.uploaded(id, `sha256:${sha256}`, kept.etag))) return;
    await this.blobs.delete([key]);
    throw new ImError('CONFLICT', 'this file is complete, or was deleted');
  }
}

const isOurs = (error: unknown): boolean => error instanceof BlobUnavailable;
