import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { newId } from '@app/kit';
import { BlobChanged, type BlobRange, BlobRangeError, BlobSizeError, type BlobStore } from './blob-store';

const mimeType = 'application/octet-stream';
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const pieceBytes = 65_536;

/** A stream that gives these pieces, cut into small ones, each when it is asked for, and then perhaps breaks. */
function streamOf(pieces: readonly Buffer[], breaksWith?: Error): Readable {
  return Readable.from(
    (function* () {
      for (const piece of pieces) {
        for (let at = 0; at === 0 || at < piece.length; at += pieceBytes) yield piece.subarray(at, at + pieceBytes);
      }
      if (breaksWith) throw breaksWith;
    })(),
    { objectMode: false },
  );
}

/** A store and what shows whether it kept something that nobody asked it to keep. */
export interface BlobWorld {
  readonly store: BlobStore;
  /** Names of what is left when all blobs were deleted. */
  leftovers(): Promise<readonly string[]>;
}

/** What a stand-in for a real storage does not do: what depends on it is not asked of it. */
export type Lack =
  /** It keeps what has come of a body that breaks. */
  | 'whole bodies'
  /** Two writers of a key write into each other, and into what is being read. */
  | 'whole objects'
  /** It moves whatever is there, also what came after the look. */
  | 'conditions'
  /** It takes the range 0–0 for everything. */
  | 'the first byte'
  /** It takes any signature. */
  | 'signatures';

/** What every store of blobs must do. */
export function blobStoreContract(name: string, world: () => BlobWorld, lacks: readonly Lack[] = []): void {
  const itWith = (lack: Lack) => (lacks.includes(lack) ? it.skip : it);

  describe(`${name}: the contract of a store of blobs`, () => {
    let store: BlobStore;
    let key: string;
    let ready: string;

    beforeEach(() => {
      ({ store } = world());
      const id = newId();
      key = `pending/${id}`;
      ready = `ready/${id}`;
    });

    afterEach(async () => {
      await store.delete([key, ready]);
      expect(await world().leftovers()).toEqual([]);
    });

    const write = (bytes: Buffer, at = key) => store.write(at, streamOf([bytes]), { size: bytes.length, mimeType });
    const read = async (at = key, range?: BlobRange): Promise<string | undefined> => {
      const reading = await store.read(at, range);
      return reading && (await buffer(reading.bytes)).toString();
    };
    const etag = async (at = key): Promise<string> => {
      const reading = await store.read(at);
      reading?.bytes.destroy();
      return reading?.etag ?? '';
    };

    it.each([0, 1, 65_536, 3_000_000])('gives back the %d bytes that were written, with their size and their SHA-256', async (size) => {
      const bytes = randomBytes(size);
      expect(await write(bytes)).toEqual({ sha256: sha256(bytes) });
      const reading = await store.read(key);
      expect(reading?.size).toBe(size);
      expect(reading?.etag).toMatch(/^[^"]+$/);
      expect((await buffer(reading?.bytes as Readable)).equals(bytes)).toBe(true);
    });

    it('takes a stream in pieces of any size', async () => {
      const bytes = randomBytes(300_000);
      const pieces = [0, 1, 3, 100_000, 100_001, 299_999].map((at, i, all) => bytes.subarray(at, all[i + 1]));
      expect(await store.write(key, streamOf(pieces), { size: bytes.length, mimeType })).toEqual({ sha256: sha256(bytes) });
      expect((await buffer((await store.read(key))?.bytes as Readable)).equals(bytes)).toBe(true);
    });

    it('has nothing under a key that nobody wrote to', async () => {
      expect(await store.read(key)).toBeUndefined();
      expect(await store.read(key, { start: 5 })).toBeUndefined();
    });

    describe('a range', () => {
      beforeEach(() => write(Buffer.from('0123456789')));

      it.each<[BlobRange, string]>([
        [{ start: 0 }, '0123456789'],
        ...(lacks.includes('the first byte') ? [] : [[{ start: 0, end: 0 }, '0'] as [BlobRange, string]]),
        [{ start: 3, end: 5 }, '345'],
        [{ start: 9 }, '9'],
        [{ start: 7, end: 1_000_000 }, '789'],
      ])('%j gives %s', async (range, text) => {
        expect(await read(key, range)).toBe(text);
        const reading = await store.read(key, range);
        reading?.bytes.destroy();
        expect(reading?.size).toBe(10);
      });

      it.each<BlobRange>([{ start: 10 }, { start: 1_000_000, end: 2_000_000 }, { start: 5, end: 4 }])(
        '%j holds nothing, which is told with the size',
        async (range) => {
          const error: unknown = await store.read(key, range).catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(BlobRangeError);
          expect(error).toMatchObject({ size: 10 });
        },
      );

      it('of an empty blob holds nothing', async () => {
        await write(Buffer.alloc(0));
        await expect(store.read(key, { start: 0 })).rejects.toMatchObject({ size: 0 });
      });
    });

    describe('a stream that is not what was announced keeps nothing, and leaves what was there:', () => {
      const twelve = Buffer.from('twelve bytes');
      const broken = new Error('the client went away');

      it.each<[string, readonly Buffer[], number, unknown]>([
        ['fewer bytes', [twelve], 13, BlobSizeError],
        ['no bytes', [], 1, BlobSizeError],
        ['more bytes', [twelve], 11, BlobSizeError],
        ['more bytes than none', [twelve], 0, BlobSizeError],
        ['many more bytes', [twelve, Buffer.alloc(8_000_000)], 12, BlobSizeError],
      ])('%s', async (_, pieces, size, error) => {
        await expect(store.write(key, streamOf(pieces), { size, mimeType })).rejects.toThrow(error as never);
        expect(await read()).toBeUndefined();
        await write(Buffer.from('before'));
        await expect(store.write(key, streamOf(pieces), { size, mimeType })).rejects.toThrow(error as never);
        expect(await read()).toBe('before');
      });

      itWith('whole bodies').each([0, 12, 6_000_000])('one that breaks after %d bytes, whose error is passed on', async (count) => {
        await write(Buffer.from('before'));
        const pieces = count === 0 ? [] : [Buffer.alloc(count)];
        await expect(store.write(key, streamOf(pieces, broken), { size: 8_000_000, mimeType })).rejects.toBe(broken);
        expect(await read()).toBe('before');
      });

      it('one that was destroyed', async () => {
        const stream = streamOf([twelve]);
        stream.destroy();
        await expect(store.write(key, stream, { size: 12, mimeType })).rejects.toThrow();
        expect(await read()).toBeUndefined();
      });
    });

    it('leaves a stream of too many bytes to the caller, who may answer before it ends', async () => {
      const stream = streamOf([Buffer.alloc(10), Buffer.alloc(10), Buffer.alloc(10)]);
      await expect(store.write(key, stream, { size: 15, mimeType })).rejects.toThrow(BlobSizeError);
      expect(stream.destroyed).toBe(false);
    });

    itWith('whole objects')('keeps the whole of one of two that write to a key at once', async () => {
      const texts = ['a', 'b'].map((letter) => letter.repeat(2_000_000));
      await Promise.all(texts.map((text) => write(Buffer.from(text))));
      expect(texts).toContain(await read());
    });

    itWith('whole objects')('lets a reader finish what another replaces or deletes meanwhile', async () => {
      const bytes = randomBytes(1_000_000);
      await write(bytes);
      const first = await store.read(key);
      await write(Buffer.from('other'));
      await store.delete([key]);
      expect((await buffer(first?.bytes as Readable)).equals(bytes)).toBe(true);
    });

    it('tells bytes from others of the same size by the etag, and the same bytes by the same', async () => {
      await write(Buffer.from('one'));
      const first = await etag();
      expect(await etag()).toBe(first);
      await write(Buffer.from('two'));
      expect(await etag()).not.toBe(first);
    });

    describe('a move', () => {
      it('puts the bytes under the other name, where something may have been', async () => {
        await write(Buffer.from('before'), ready);
        await write(Buffer.from('one'));
        await store.move(key, ready, await etag());
        expect(await read()).toBeUndefined();
        expect(await read(ready)).toBe('one');
      });

      it('moves nothing when the bytes are others', async () => {
        await write(Buffer.from('one'));
        const checked = await etag();
        await write(Buffer.from('two'));
        await expect(store.move(key, ready, checked)).rejects.toThrow(BlobChanged);
        expect(await read()).toBe('two');
        expect(await read(ready)).toBeUndefined();
      });

      itWith('conditions')('moves the checked bytes or none, whenever a writer comes between', async () => {
        for (let round = 0; round < 20; round++) {
          await write(Buffer.from('checked'));
          const checked = await etag();
          const moved = store.move(key, ready, checked);
          const writing = Promise.all(['late 1', 'late 2'].map((text) => write(Buffer.from(text))));
          const [outcome] = await Promise.allSettled([moved, writing]);
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(BlobChanged);
          expect(await read(ready)).toBe(outcome.status === 'fulfilled' ? 'checked' : undefined);
          await store.delete([key, ready]);
        }
      });

      it('that was done before is fine', async () => {
        await write(Buffer.from('one'));
        const checked = await etag();
        await store.move(key, ready, checked);
        await store.move(key, ready, checked);
        expect(await read(ready)).toBe('one');
      });

      it('of nothing to nowhere is refused', async () => {
        await expect(store.move(key, ready, 'none')).rejects.toThrow(BlobChanged);
      });

      it('is done once by several at once', async () => {
        await write(Buffer.from('one'));
        const checked = await etag();
        await Promise.all(Array.from({ length: 5 }, () => store.move(key, ready, checked)));
        expect(await read()).toBeUndefined();
        expect(await read(ready)).toBe('one');
      });
    });

    it('deletes many, also those that are not there', async () => {
      await write(Buffer.from('one'));
      await write(Buffer.from('two'), ready);
      await store.delete([key, `ready/${newId()}`, ready]);
      expect([await read(), await read(ready)]).toEqual([undefined, undefined]);
      await store.delete([]);
    });

    it.each([
      '',
      'ready',
      'ready/',
      'ready/../../../etc/passwd',
      'ready/..',
      '../ready/abcdefgh',
      '/ready/abcdefgh',
      'ready//abcdefgh',
      'ready/abcd/efgh',
      'ready/abcd\\efgh',
      'ready/abcd\0efgh',
      'ready/abcdefgh\n',
      'ready/ABCDEFGH',
      'ready/äbcdefgh',
      'ready/abc',
      'other/abcdefgh',
      'unfinished/abcdefgh',
      `ready/${'a'.repeat(65)}`,
    ])('takes %j for no key, whatever is asked', async (bad) => {
      const refused = expect.objectContaining({ name: 'TypeError' }) as unknown;
      const asked = [
        store.write(bad, streamOf([]), { size: 0, mimeType }),
        store.read(bad),
        store.move(bad, ready, 'x'),
        store.move(key, bad, 'x'),
        store.delete([bad]),
        store.sign({ method: 'PUT', key: bad, size: 1, mimeType, expiresInSeconds: 1 }),
      ];
      const reasons = (await Promise.allSettled(asked)).map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as unknown) : 'taken',
      );
      expect(reasons).toEqual(asked.map(() => refused));
    });
  });
}
