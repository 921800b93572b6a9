import type { Readable } from 'node:stream';

/** A PUT by which a client stores exactly these bytes under a key: both headers are signed with the URL. */
export interface SignPut {
  readonly method: 'PUT';
  readonly key: string;
  /** Length of the body, in bytes. */
  readonly size: number;
  readonly mimeType: string;
  readonly expiresInSeconds: number;
}

/** A GET by which a client reads a blob; the storage answers with these headers and no others of the uploader's. */
export interface SignGet {
  readonly method: 'GET';
  readonly key: string;
  /** `Content-Type` of the answer. */
  readonly mimeType: string;
  /** `Content-Disposition` of the answer, in ASCII. */
  readonly disposition: string;
  readonly expiresInSeconds: number;
}

/** A URL that needs no further credentials until it expires. */
export interface SignedUrl {
  readonly url: string;
  /** What the client must send with it, by lower-case name; its HTTP library sends the length of a body by itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by the clock of this process. */
  readonly expiresAt: number;
}

/** What a stream will hold: so many bytes, of this type. */
export interface WriteOptions {
  readonly size: number;
  readonly mimeType: string;
}

/** A part of a blob: the offsets of its first and last byte; without `end` up to the end. */
export interface BlobRange {
  readonly start: number;
  readonly end?: number;
}

/** A blob that is being read. */
export interface BlobReading {
  /** Size of the whole blob, in bytes, also where a range of it is read. */
  readonly size: number;
  /** Tells these bytes under this key from others; without quotes. */
  readonly etag: string;
  /** To be read to its end or destroyed: it holds a file or a connection. Fails with {@link BlobUnavailable}. */
  readonly bytes: Readable;
}

/**
 * Bytes by key. A key is `pending/<id>` or `ready/<id>`, where an id has 4 to 64 characters of a–z and 0–9; another one throws a
 * TypeError. What a blob holds never changes under a reader; a second writer of a key replaces the whole. What has been written or moved
 * is on disk. A storage that cannot serve is a {@link BlobUnavailable} within its time limits, whatever was asked.
 */
export interface BlobStore {
  /** For logs and metrics. */
  readonly kind: 'disk' | 's3';
  /**
   * A URL by which a client puts or gets the blob straight at the storage; undefined where bytes pass through the gateway. Asks nobody,
   * so whether there is such a blob is not known.
   */
  sign(request: SignPut | SignGet): Promise<SignedUrl | undefined>;
  /**
   * Stores exactly `size` bytes of a stream, never whole in memory, and answers their SHA-256 in hex. When fewer or more come it is a
   * {@link BlobSizeError}, and when the stream breaks the error of the stream; then nothing is kept, and what was there before stays. The
   * stream is left to the caller: it is not destroyed, whatever happens.
   */
  write(key: string, bytes: Readable, options: WriteOptions): Promise<{ sha256: string }>;
  /**
   * Opens a blob, or a range of it that ends with it at the latest; undefined when there is none. A range that begins behind the last
   * byte, or ends before it begins, is a {@link BlobRangeError}.
   */
  read(key: string, range?: BlobRange): Promise<BlobReading | undefined>;
  /**
   * Puts a blob under another name, in place of what may be there: the bytes with this etag and no others, else a {@link BlobChanged}. A
   * blob that is gone is a {@link BlobChanged} too, unless there is one under the other name: then it has been moved before. May be called
   * by several at once.
   */
  move(from: string, to: string, ifEtag: string): Promise<void>;
  /** Deletes blobs; those that are gone are fine. Whoever reads one reads on. */
  delete(keys: readonly string[]): Promise<void>;
  /** Resolves soon; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** A stream held fewer or more bytes than were announced. */
export class BlobSizeError extends Error {
  constructor(readonly expected: number) {
    super(`expected exactly ${expected} bytes`);
  }
}

/** A range holds no byte of the blob, whose size this is. */
export class BlobRangeError extends Error {
  constructor(readonly size: number) {
    super(`no byte of ${size} is in the range`);
  }
}

/** What was to be moved is not there, or not any more. */
export class BlobChanged extends Error {
  constructor(key: string) {
    super(`${key} does not hold the bytes that were meant`);
  }
}

/** The storage cannot serve: full, broken, not reached, not allowed. `cause` says why. Later it may. */
export class BlobUnavailable extends Error {
  constructor(cause: unknown) {
    super(`the storage of files cannot serve: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The parts of a key. Throws a TypeError for what is none, such as one that would lead out of a folder. */
export function partsOf(key: string): { readonly folder: string; readonly id: string } {
  const [, folder, id] = /^(pending|ready)\/([a-z\d]{4,64})$/.exec(key) ?? [];
  if (folder === undefined || id === undefined) throw new TypeError(`${JSON.stringify(key.slice(0, 100))} is no key of a blob`);
  return { folder, id };
}
