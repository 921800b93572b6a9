import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { systemClock } from '@app/kit';
import { BlobUnavailable } from './blob-store';
import { blobStoreContract } from './blob-store.contract';
import { DiskBlobStore, type DiskBlobStoreOptions } from './disk.blob-store';

const mimeType = 'text/plain';

let folder: string;
let store: DiskBlobStore;

const start = (options: Partial<DiskBlobStoreOptions> = {}) => DiskBlobStore.start({ folder: join(folder, 'blobs'), ...options });
const unfinished = () => readdirSync(join(folder, 'blobs/unfinished'));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-blobs-'));
  store = await start();
});
afterEach(() => rmSync(folder, { recursive: true }));

blobStoreContract('disk', () => ({ store, leftovers: () => Promise.resolve(unfinished()) }));

describe('blobs on disk', () => {
  const key = 'ready/abcdefgh';
  const write = (content: string, to = store) => to.write(key, Readable.from([Buffer.from(content)]), { size: content.length, mimeType });

  it('have no URL: their bytes pass through the gateway', async () => {
    expect(await store.sign({ method: 'PUT', key, size: 1, mimeType, expiresInSeconds: 60 })).toBeUndefined();
  });

  it('are there for the next process', async () => {
    await write('kept');
    const reading = await (await start()).read(key);
    reading?.bytes.destroy();
    expect(reading?.size).toBe(4);
  });

  it('are synced before they get their name', async () => {
    const done: string[] = [];
    const watched = await start({
      open: async (...args) => {
        const handle = await files.open(...args);
        const sync = handle.sync.bind(handle);
        handle.sync = async () => {
          done.push(existsSync(join(folder, 'blobs/ready/ab/abcdefgh')) ? 'named' : 'not named');
          await sync();
          done.push('synced');
        };
        return handle;
      },
    });
    await write('kept', watched);
    expect(done).toEqual(['not named', 'synced']);
    expect(existsSync(join(folder, 'blobs/ready/ab/abcdefgh'))).toBe(true);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO'])('are not half kept when the disk says %s, at any step', async (code) => {
    await write('before');
    for (const step of ['appendFile', 'sync', 'close'] as const) {
      const failing = await start({
        open: async (...args) => {
          const handle = await files.open(...args);
          const real = handle.close.bind(handle);
          handle[step] = async () => {
            if (step === 'close') await real();
            throw Object.assign(new Error(`${code}: no`), { code });
          };
          return handle;
        },
      });
      const error: unknown = await write('after', failing).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(BlobUnavailable);
      expect(error).toMatchObject({ cause: { code } });
      expect(unfinished()).toEqual([]);
      const reading = await store.read(key);
      reading?.bytes.destroy();
      expect(reading?.size).toBe('before'.length);
    }
  });

  it('that were checked are what is moved, also when a writer comes between the look and the move', async () => {
    await write('checked');
    const reading = await store.read(key);
    reading?.bytes.destroy();
    const { stat } = files;
    const look = jest.spyOn(files, 'stat').mockImplementation(async (...args: Parameters<typeof stat>) => {
      const stats = await stat(...args);
      if (args[1]?.bigint) await write('late');
      return stats;
    });
    await store.move(key, 'ready/moved123', reading?.etag ?? '');
    look.mockRestore();
    const moved = await store.read('ready/moved123');
    expect(await text(moved!.bytes)).toBe('checked');
  });

  it('that were left unfinished an hour ago are deleted at a start and with a write, and no others', async () => {
    let ahead = 0;
    const clock = { now: () => systemClock.now() + ahead };
    writeFileSync(join(folder, 'blobs/unfinished/left'), 'half');
    const running = await start({ clock });
    expect(unfinished()).toEqual(['left']);
    ahead = 3_601_000;
    await start({ clock });
    expect(unfinished()).toEqual([]);

    writeFileSync(join(folder, 'blobs/unfinished/left'), 'half');
    await write('kept', running);
    expect(unfinished()).toEqual([]);
  });

  it('cannot be kept while there can be no folder, which is told at the start', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const onTrouble = jest.fn();
    const waiting = await start({ folder: join(file, 'blobs'), onTrouble });
    expect(onTrouble).toHaveBeenCalledWith(expect.objectContaining({ code: 'ENOTDIR' }));
    await expect(write('lost', waiting)).rejects.toThrow(BlobUnavailable);
    rmSync(file);
    await write('kept', waiting);
  });
});
