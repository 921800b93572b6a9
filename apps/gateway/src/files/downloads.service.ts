import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { BlobStore } from '@app/blobs';
import type { Config } from '@app/config';
import { type File, ImError } from '@app/protocol';
import type { FileRow } from '@app/storage';
import type { Caller } from '../caller';
import { CONFIG } from '../infra/config';
import { BLOBS } from '../infra/infra.module';
import type { RouteOutput } from '../route';
import { FileAccess } from './file-access';
import { keptKey } from './keys';
import { Links } from './links';
import { dispositionOf } from './mime';
import { askedRange, isKnown } from './ranges';
import { fileOf } from './shown';

/** An HTTP answer that is no JSON. */
export interface Download {
  readonly status: 200 | 206 | 302 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes?: Readable;
}

// Whatever it holds: it runs nothing, and nobody takes it for something else.
const harmless = { 'content-security-policy': "sandbox; default-src 'none'", 'x-content-type-options': 'nosniff' };

/** Reading files: by a token, by a link, and by anybody where it is an avatar. */
@Injectable()
export class DownloadsService {
  constructor(
    private readonly access: FileAccess,
    private readonly signed: Links,
    @Inject(BLOBS) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What is known of a file. Throws `NOT_FOUND`. */
  async about(caller: Caller, id: string): Promise<File> {
    return fileOf(await this.access.checkRead(caller.userId, id));
  }

  /** Links to those of the files that the caller may read, in the order in which they were named. */
  async links(caller: Caller, ids: readonly string[]): Promise<RouteOutput<'fileLinks'>> {
    const links = (await this.access.readable(caller.userId, ids)).map(({ id }) => this.signed.for(caller.userId, id));
    return { links };
  }

  /** The bytes of a file for somebody, or for nobody in particular; a part of them, or where they are. Throws `NOT_FOUND`, `UNAUTHENTICATED`. */
  async open(userId: string | undefined, id: string, method: string, headers: IncomingHttpHeaders): Promise<Download> {
    const row = await this.access.checkRead(userId, id);
    const disposition = dispositionOf({ name: row.name, mimeType: row.mime_type });
    const expiresInSeconds = this.config.files.linkLifetimeSeconds;
    const signed = await this.blobs.sign({ method: 'GET', key: keptKey(row), mimeType: row.mime_type, disposition, expiresInSeconds });
    if (signed) return { status: 302, headers: { location: signed.url, 'cache-control': 'no-store' } };
    const shown = { ...harmless, 'content-type': row.mime_type, 'content-disposition': disposition, 'accept-ranges': 'bytes' };
    const cache = userId === undefined ? 'public, max-age=300' : 'private, no-cache';
    return this.stream(row, method, headers, { ...shown, 'cache-control': cache });
  }

  private async stream(
    row: FileRow,
    method: string,
    { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch }: IncomingHttpHeaders,
    shown: Readonly<Record<string, string>>,
  ): Promise<Download> {
    const { size, checksum } = row;
    const etag = `"${checksum}"`;
    const headers = { ...shown, etag };
    if (isKnown(etag, ifNoneMatch)) return { status: 304, headers };
    if (method === 'HEAD') return { status: 200, headers: { ...headers, 'content-length': String(size) }, bytes: Readable.from([]) };
    const asked = askedRange(size, etag, { range, ifRange: typeof ifRange === 'string' ? ifRange : undefined });
    if (asked.kind === 'beyond') return { status: 416, headers: { 'content-range': `bytes */${size}` } };
    const part = asked.kind === 'part' ? asked.range : undefined;
    const reading = await this.blobs.read(keptKey(row), part);
    if (!reading) throw new ImError('NOT_FOUND');
    const length = part ? part.end - part.start + 1 : reading.size;
    return {
      status: part ? 206 : 200,
      headers: {
        ...headers,
        'content-length': String(length),
        ...(part ? { 'content-range': `bytes ${part.start}-${part.end}/${size}` } : {}),
      },
      bytes: reading.bytes,
    };
  }
}
