import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Clock, newId, systemClock } from '@app/kit';
import {
  BlobChanged,
  type BlobRange,
  BlobRangeError,
  type BlobReading,
  type BlobStore,
  BlobUnavailable,
  partsOf,
  type SignGet,
  type SignPut,
  type WriteOptions,
} from './blob-store';
import { Exactly } from './exactly';

/** Where blobs are kept on disk. */
export interface DiskBlobStoreOptions {
  /** A folder for nothing else; it is made when it is missing. Its file system must know hard links. */
  readonly folder: string;
  /** Stands in for the system's, in tests of a disk that fails. */
  readonly open?: typeof open;
  readonly clock?: Clock;
  /** Told at the start when the folder cannot be used. */
  readonly onTrouble?: (error: Error) => void;
}

const pieceBytes = 65_536;
/** A file that nothing has happened to for so many milliseconds is nobody's: another gateway may be at work in the same folder. */
const abandonedMs = 60 * 60_000;
const unfinished = 'unfinished';

/**
 * Blobs as files, `ready/<first two characters>/<id>`. A blob is written under a name of its own in `unfinished/`, synced, and then renamed,
 * so a name never leads to half of it. What a crash leaves there is deleted at a start an hour later, or with a write.
 */
export class DiskBlobStore implements BlobStore {
  readonly kind = 'disk';
  private readonly open: typeof open;
  private readonly clock: Clock;
  private cleanedAt = -Infinity;

  private constructor(private readonly options: DiskBlobStoreOptions) {
    this.open = options.open ?? open;
    this.clock = options.clock ?? systemClock;
  }

  /** Deletes what was left unfinished. Where the folder cannot be used it is tried again with every write. */
  static async start(options: DiskBlobStoreOptions): Promise<DiskBlobStore> {
    const store = new DiskBlobStore(options);
    await store.clean().catch((error: unknown) => options.onTrouble?.(error as Error));
    return store;
  }

  async sign({ key }: SignPut | SignGet): Promise<undefined> {
    partsOf(key);
  }

  async write(key: string, bytes: Readable, { size }: WriteOptions): Promise<{ sha256: string }> {
    const { path, folder } = this.placeOf(key);
    const part = this.newName();
    const exactly = new Exactly(bytes, size);
    try {
      await this.serving(() => this.clean());
      const handle = await this.serving(() => this.open(part, 'wx'));
      try {
        // Only what the disk says is its failure: what the stream says goes to the caller as it is.
        for await (const chunk of exactly.chunks()) await this.serving(() => handle.appendFile(chunk));
        await this.serving(() => handle.sync());
      } finally {
        await this.serving(() => handle.close());
      }
      await this.serving(() => this.put(part, path, folder));
      return { sha256: exactly.sha256 };
    } finally {
      await rm(part, { force: true }).catch(() => {});
    }
  }

  async read(key: string, range?: BlobRange): Promise<BlobReading | undefined> {
    const { path } = this.placeOf(key);
    const handle = await this.serving(() => orMissing(this.open(path, 'r')));
    if (!handle) return undefined;
    try {
      const stats = await this.serving(() => handle.stat({ bigint: true }));
      const size = Number(stats.size);
      const { start, end = size - 1 } = range ?? { start: 0 };
      if (range && (start >= size || end < start)) throw new BlobRangeError(size);
      return { size, etag: etagOf(stats), bytes: streamOf(handle, start, Math.min(end, size - 1)) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async move(from: string, to: string, ifEtag: string): Promise<void> {
    const source = this.placeOf(from);
    const target = this.placeOf(to);
    // A second name holds these bytes fast, whatever a writer puts under the first one meanwhile.
    const held = this.newName();
    try {
      const found = await this.serving(() => orMissing(link(source.path, held).then(() => true)));
      if (!found) {
        if (await this.serving(() => orMissing(stat(target.path)))) return;
        throw new BlobChanged(from);
      }
      if (etagOf(await this.serving(() => stat(held, { bigint: true }))) !== ifEtag) throw new BlobChanged(from);
      await this.serving(async () => {
        await this.put(held, target.path, target.folder);
        await rm(source.path, { force: true });
        await syncFolder(source.folder);
      });
    } finally {
      await rm(held, { force: true }).catch(() => {});
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const { path } of keys.map((key) => this.placeOf(key))) await this.serving(() => rm(path, { force: true }));
  }

  async close(): Promise<void> {}

  private placeOf(key: string): { readonly folder: string; readonly path: string } {
    const { folder: kind, id } = partsOf(key);
    const folder = join(this.options.folder, kind, id.slice(0, 2));
    return { folder, path: join(folder, id) };
  }

  private newName(): string {
    return join(this.options.folder, unfinished, newId());
  }

  /** Gives a finished file its name, for good. */
  private async put(part: string, path: string, folder: string): Promise<void> {
    const made = await mkdir(folder, { recursive: true });
    await rename(part, path);
    await syncFolder(folder);
    if (made === undefined) return;
    await syncFolder(join(folder, '..'));
    await syncFolder(this.options.folder);
  }

  private async clean(): Promise<void> {
    const now = this.clock.now();
    if (now - this.cleanedAt < abandonedMs) return;
    const folder = join(this.options.folder, unfinished);
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const stats = await orMissing(stat(path));
      // A second name changes this time and not that of the last write.
      if (stats && stats.ctimeMs < now - abandonedMs) await rm(path, { force: true, recursive: true });
    }
    this.cleanedAt = now;
  }

  /** Runs what only asks the disk; whatever it says against it means that it cannot serve. */
  private async serving<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new BlobUnavailable(error);
    }
  }
}

// A rename keeps all three, and a file that is written anew has another number or another time.
function etagOf({ ino, mtimeNs, size }: BigIntStats): string {
  return [mtimeNs, size, ino].map((part) => part.toString(36)).join('-');
}

/** The bytes from one offset to another, both included. The file is closed with the stream, read or not. */
function streamOf(handle: FileHandle, start: number, end: number): Readable {
  let at = start;
  const readOn = async (stream: Readable): Promise<void> => {
    const length = Math.min(pieceBytes, end - at + 1);
    if (length <= 0) return void stream.push(null);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) throw new Error('a file has become shorter');
    at += bytesRead;
    stream.push(buffer.subarray(0, bytesRead));
  };
  return new Readable({
    highWaterMark: pieceBytes,
    read() {
      readOn(this).catch((error: unknown) => this.destroy(new BlobUnavailable(error)));
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        (trouble: unknown) => done(error ?? new BlobUnavailable(trouble)),
      );
    },
  });
}

async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
