import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  BlobChanged,
  type BlobRange,
  BlobRangeError,
  type BlobReading,
  type BlobStore,
  BlobUnavailable,
  partsOf,
  type SignedUrl,
  type SignGet,
  type SignPut,
  type WriteOptions,
} from './blob-store';
import { Exactly } from './exactly';
import { Patience } from './patience';

/** The bucket, as in the keys `objectStorage.*` of the configuration; an empty text is what is not set. */
export interface S3BlobStoreOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly forcePathStyle: boolean;
  readonly publicBaseUrl: string;
  /** Told at the start when the bucket cannot be used. */
  readonly onTrouble?: (error: Error) => void;
  /** Stand in for the limits below, in tests. */
  readonly limits?: Partial<typeof limits>;
}

const limits = {
  /** Milliseconds for a question that brings no bytes, with what is tried again. */
  askMs: 15_000,
  /** Milliseconds in which the storage has to take or bring the next bytes. */
  idleMs: 30_000,
  /** Milliseconds for a copy inside the storage, of up to 5 GiB. */
  copyMs: 300_000,
};
const connectMs = 5_000;
const attempts = 3;
const sockets = 256;
const deletionsAtOnce = 16;
const silent = (): void => {};

/**
 * Blobs as objects of a bucket, `<prefix>ready/<id>`. Clients put and get them there by signed URLs. The storage has to be one that reads
 * what was written (all of S3 since 2020, MinIO, OSS) and that keeps the condition of a copy (`x-amz-copy-source-if-match`).
 */
export class S3BlobStore implements BlobStore {
  readonly kind = 's3';
  private readonly client: S3Client;
  /** Speaks to nobody: it signs for the address that clients know. */
  private readonly signer: S3Client;
  private readonly limits: typeof limits;

  private constructor(private readonly options: S3BlobStoreOptions) {
    this.client = clientOf(options, options.endpoint);
    this.signer = clientOf(options, options.publicBaseUrl || options.endpoint);
    this.limits = { ...limits, ...options.limits };
  }

  /** Opens at once. Whether the bucket can be reached is asked meanwhile. */
  static start(options: S3BlobStoreOptions): S3BlobStore {
    const store = new S3BlobStore(options);
    store.reach().catch((error: unknown) => options.onTrouble?.(error as Error));
    return store;
  }

  async sign(request: SignPut | SignGet): Promise<SignedUrl> {
    const { expiresInSeconds: expiresIn, mimeType } = request;
    const place = this.placeOf(request.key);
    const expiresAt = Date.now() + expiresIn * 1_000;
    if (request.method === 'GET') {
      const get = new GetObjectCommand({ ...place, ResponseContentType: mimeType, ResponseContentDisposition: request.disposition });
      return { url: await this.serving(getSignedUrl(this.signer, get, { expiresIn })), headers: {}, expiresAt };
    }
    const put = new PutObjectCommand({ ...place, ContentLength: request.size, ContentType: mimeType });
    const signableHeaders = new Set(['host', 'content-length', 'content-type']);
    const url = await this.serving(getSignedUrl(this.signer, put, { expiresIn, signableHeaders }));
    return { url, headers: { 'content-type': mimeType }, expiresAt };
  }

  async write(key: string, bytes: Readable, { size, mimeType }: WriteOptions): Promise<{ sha256: string }> {
    const place = this.placeOf(key);
    const exactly = new Exactly(bytes, size);
    const patience = new Patience(this.limits.idleMs);
    let broken: { readonly error: unknown } | undefined;
    const body = Readable.from(handedOver(exactly.chunks(), patience), { objectMode: false });
    // Only what the storage says is its failure: what the stream says goes to the caller as it is.
    body.on('error', (error) => {
      broken = { error };
      patience.end();
    });
    try {
      // An object without bytes is complete before its stream is.
      if (size === 0) for await (const _ of body);
      const put = new PutObjectCommand({ ...place, ContentLength: size, ContentType: mimeType, Body: size === 0 ? '' : body });
      await this.client.send(put, { abortSignal: patience.signal });
      patience.rest();
      return { sha256: exactly.sha256 };
    } catch (error) {
      patience.end();
      throw broken ? broken.error : new BlobUnavailable(error);
    } finally {
      body.destroy();
    }
  }

  async read(key: string, range?: BlobRange): Promise<BlobReading | undefined> {
    const place = this.placeOf(key);
    if (range?.end !== undefined && range.end < range.start) return this.noRange(key);
    const patience = new Patience(this.limits.idleMs);
    patience.begin();
    let found: GetObjectCommandOutput;
    try {
      const get = new GetObjectCommand({ ...place, ...(range && { Range: `bytes=${range.start}-${range.end ?? ''}` }) });
      found = await this.client.send(get, { abortSignal: patience.signal });
    } catch (error) {
      patience.end();
      if (isMissing(error)) return undefined;
      if (statusOf(error) === 416) return this.noRange(key);
      throw new BlobUnavailable(error);
    }
    patience.rest();
    const size = Number(found.ContentRange?.split('/')[1] ?? found.ContentLength);
    const body = found.Body as Readable;
    if (range && (size === 0 || found.ContentRange === undefined)) {
      body.destroy();
      throw size === 0 ? new BlobRangeError(0) : new BlobUnavailable('it knows no ranges');
    }
    return { size, etag: plainEtag(found.ETag), bytes: takenFrom(body, patience) };
  }

  async move(from: string, to: string, ifEtag: string): Promise<void> {
    const source = this.placeOf(from);
    const target = this.placeOf(to);
    const found = await this.head(from);
    if (!found) {
      if (await this.appears(to)) return;
      throw new BlobChanged(from);
    }
    // For a storage that does not know the condition of a copy.
    if (found.etag !== ifEtag) throw new BlobChanged(from);
    const CopySource = `${source.Bucket}/${source.Key}`;
    const copy = new CopyObjectCommand({ ...target, CopySource, CopySourceIfMatch: `"${ifEtag}"` });
    try {
      await this.client.send(copy, { abortSignal: AbortSignal.timeout(this.limits.copyMs) });
    } catch (error) {
      if (statusOf(error) === 412) throw new BlobChanged(from);
      if (!isMissing(error)) throw new BlobUnavailable(error);
      if (!(await this.appears(to))) throw new BlobChanged(from);
    }
    await this.delete([from]);
  }

  async delete(keys: readonly string[]): Promise<void> {
    // One by one: many at once need a checksum that not every storage takes.
    const places = keys.map((key) => this.placeOf(key));
    for (let i = 0; i < places.length; i += deletionsAtOnce) {
      const some = places.slice(i, i + deletionsAtOnce);
      await Promise.all(some.map((place) => this.serving(this.client.send(new DeleteObjectCommand(place), this.soon()))));
    }
  }

  close(): Promise<void> {
    this.client.destroy();
    this.signer.destroy();
    return Promise.resolve();
  }

  private reach(): Promise<unknown> {
    return this.serving(this.client.send(new HeadBucketCommand({ Bucket: this.options.bucket }), this.soon()));
  }

  private async head(key: string): Promise<{ readonly size: number; readonly etag: string } | undefined> {
    try {
      const { ContentLength = 0, ETag } = await this.client.send(new HeadObjectCommand(this.placeOf(key)), this.soon());
      return { size: ContentLength, etag: plainEtag(ETag) };
    } catch (error) {
      if (statusOf(error) !== 404) throw new BlobUnavailable(error);
    }
    // The answer to a HEAD has no words: it may be the bucket that is missing.
    await this.reach();
    return undefined;
  }

  /** Whether there is an object, or is one in a moment: while another copy takes its place, a storage may not show it. */
  private async appears(key: string): Promise<boolean> {
    for (const waitMs of [0, 100, 200, 400, 800]) {
      if (waitMs > 0) await sleep(waitMs);
      if (await this.head(key)) return true;
    }
    return false;
  }

  private async noRange(key: string): Promise<undefined> {
    const found = await this.head(key);
    if (found) throw new BlobRangeError(found.size);
  }

  private placeOf(key: string): { readonly Bucket: string; readonly Key: string } {
    partsOf(key);
    return { Bucket: this.options.bucket, Key: this.options.prefix + key };
  }

  private soon(): { readonly abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.limits.askMs) };
  }

  private async serving<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw new BlobUnavailable(error);
    }
  }
}

function clientOf(options: S3BlobStoreOptions, endpoint: string): S3Client {
  const { region, forcePathStyle, accessKeyId, secretAccessKey } = options;
  const agent = { keepAlive: true, maxSockets: sockets };
  return new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== '' && { endpoint }),
    ...(accessKeyId !== '' && { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: attempts,
    // What fails is told to whoever asked.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    // What other storages do not know: checksums that AWS adds by itself, and asking before a body is sent.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: connectMs, httpAgent: agent, httpsAgent: agent },
  });
}

/** Chunks on their way to the storage: from one to the next it is the storage's turn. */
async function* handedOver(chunks: AsyncIterable<Buffer>, patience: Patience): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    patience.begin();
    yield chunk;
    patience.rest();
  }
  patience.begin();
}

/** The bytes that come from the storage, each in time when somebody wants them. The connection is freed with the stream, read or not. */
function takenFrom(body: Readable, patience: Patience): Readable {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let ended = false;
  const readOn = async (stream: Readable): Promise<void> => {
    patience.begin();
    const { done, value } = await pieces.next();
    patience.rest();
    ended = done === true;
    stream.push(value ?? null);
  };
  return new Readable({
    read() {
      readOn(this).catch((error: unknown) => this.destroy(new BlobUnavailable(error)));
    },
    destroy(error, done) {
      // A connection that has brought everything is of use to others.
      if (!ended) patience.end();
      body.destroy();
      done(error);
    },
  });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** Whether there is no such object; a bucket that is missing is another matter. */
function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'NoSuchKey';
}

function plainEtag(etag = ''): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1');
}
