import type { BlobStore } from '@app/blobs';
import type { Config, DeepPartial } from '@app/config';
import type { File } from '@app/protocol';
import { type Person, S3Server, World, askUpload, beginUpload, putBytes, smallPng, uploadFile } from '@app/testing';
import { BLOBS } from '../infra/infra.module';

const zip = Buffer.from('504b03040a00000000000000000000000000000000000000000001000000610000', 'hex');
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const utf16 = Buffer.from('\ufeffone;two\r\n', 'utf16le');
const xml = Buffer.from(`<?xml version="1.0"?>${svg.toString()}`);

describe.each(['on disk', 'in a bucket'])('files %s', (place) => {
  let bucket: S3Server | undefined;
  let world: World;
  let ada: Person;
  let bob: Person;

  const settings = (): DeepPartial<Config> => (bucket ? { objectStorage: bucket.settings } : {});

  beforeAll(async () => {
    if (place === 'in a bucket') bucket = await S3Server.start();
    world = await World.start(settings());
    [ada, bob] = [await world.person('ada'), await world.person('bob')];
  });
  afterAll(async () => {
    await world.close();
    await bucket?.remove();
  });

  const complete = (fileId: string, person = ada) => world.post<File>(`/api/files/${fileId}/complete`, undefined, person);
  const begin = (bytes: Uint8Array = smallPng, declared = {}) => beginUpload(world, ada, bytes, declared);
  const endingOf = ({ status, body }: { status: number; body: unknown }) => [status, World.codeOf({ body } as never)];
  const read = async (fileId: string) => {
    const response = await fetch(`${world.http}/files/${fileId}`, { headers: { authorization: `Bearer ${ada.token}` } });
    return [response.status, Buffer.from(await response.arrayBuffer())] as const;
  };

  describe('an upload', () => {
    it('ends with a file whose type and size were found in its bytes', async () => {
      const begun = await begin(smallPng, { name: 'Übersicht.png', mimeType: 'IMAGE/PNG; q=1' });
      expect((await putBytes(world, begun, smallPng)).status).toBe(200);
      const { status, body } = await complete(begun.fileId);
      expect(status).toBe(200);
      expect(body).toEqual({
        fileId: begun.fileId,
        ownerId: 'ada',
        name: 'Übersicht.png',
        size: smallPng.length,
        mimeType: 'image/png',
        checksum: expect.stringMatching(/^(sha256:[0-9a-f]{64}|etag:.+)$/) as string,
        width: 3,
        height: 5,
        state: 'ready',
        createdAt: expect.any(Number) as number,
      });
      expect(await read(begun.fileId)).toEqual([200, smallPng]);
    });

    it('is read where the bytes are: here, or at the storage', async () => {
      const { fileId } = await uploadFile(world, ada, smallPng, { name: 'ä.png' });
      const headers = { authorization: `Bearer ${ada.token}` };
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(`${world.http}/files/${fileId}`, { method, headers, redirect: 'manual' });
        await response.arrayBuffer();
        expect([response.status, response.headers.get('cache-control')]).toEqual(
          place === 'on disk' ? [200, 'private, no-cache'] : [302, 'no-store'],
        );
        const location = response.headers.get('location') ?? '';
        expect(location.includes('response-content-disposition=inline')).toBe(place === 'in a bucket');
        expect(location.includes('response-content-type=image')).toBe(place === 'in a bucket');
      }
    });

    it('that is reported twice at once ends with the same file for both', async () => {
      const begun = await begin();
      await putBytes(world, begun, smallPng);
      const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => complete(begun.fileId)));
      expect(first?.status).toBe(200);
      for (const other of [...others, await complete(begun.fileId)]) expect(other.body).toEqual(first?.body);
    });

    it('that has not come is a CONFLICT, and can still come', async () => {
      const begun = await begin();
      expect(endingOf(await complete(begun.fileId))).toEqual([409, 'CONFLICT']);
      expect(endingOf(await world.get(`/api/files/${begun.fileId}`, ada))).toEqual([404, 'NOT_FOUND']);
      await putBytes(world, begun, smallPng);
      expect((await complete(begun.fileId)).status).toBe(200);
    });

    it('may be repeated before it is reported, and the last one counts', async () => {
      const [one, two] = [Buffer.from('one'), Buffer.from('two')];
      const begun = await begin(one, { mimeType: 'text/plain' });
      for (const bytes of [one, two]) expect((await putBytes(world, begun, bytes)).status).toBe(200);
      expect((await complete(begun.fileId)).body).toMatchObject({ mimeType: 'text/plain' });
      expect(await read(begun.fileId)).toEqual([200, two]);
    });

    it('that comes again when the file is ready changes nothing', async () => {
      const begun = await begin(Buffer.from('one'), { mimeType: 'text/plain' });
      await putBytes(world, begun, Buffer.from('one'));
      const { body } = await complete(begun.fileId);
      await putBytes(world, begun, Buffer.from('two'));
      expect((await complete(begun.fileId)).body).toEqual(body);
      expect(await read(begun.fileId)).toEqual([200, Buffer.from('one')]);
    });

    it('that comes again between two reports changes nothing of what the first one has made ready', async () => {
      const begun = await begin(smallPng, { mimeType: 'application/octet-stream' });
      await putBytes(world, begun, smallPng);
      const blobs = world.gateway.app.get<BlobStore>(BLOBS);
      const reading = jest.spyOn(blobs, 'read').mockImplementationOnce(async (...asked) => {
        reading.mockRestore();
        expect((await complete(begun.fileId)).status).toBe(200);
        // Disk refuses it; a storage does not know better.
        await putBytes(world, begun, Buffer.alloc(smallPng.length, 'x'));
        return blobs.read(...asked);
      });
      expect((await complete(begun.fileId)).body).toMatchObject({ state: 'ready', mimeType: 'image/png' });
      expect(await read(begun.fileId)).toEqual([200, smallPng]);
    });

    it('of others is NOT_FOUND', async () => {
      const begun = await begin();
      await putBytes(world, begun, smallPng);
      expect(endingOf(await complete(begun.fileId, bob))).toEqual([404, 'NOT_FOUND']);
      expect(endingOf(await world.request('DELETE', `/api/files/${begun.fileId}`, undefined, bob))).toEqual([404, 'NOT_FOUND']);
    });

    it.each([
      ['a zip as a PNG', zip, 'image/png'],
      ['an SVG as a PNG', svg, 'image/png'],
      ['an XML as a PNG', xml, 'image/png'],
      ['text as a video', Buffer.from('hello'), 'video/mp4'],
      ['a PNG as a sound', smallPng, 'audio/mpeg'],
    ])('of %s is refused, and its bytes are gone', async (_, bytes, mimeType) => {
      const begun = await begin(bytes, { mimeType });
      await putBytes(world, begun, bytes);
      const refused = await complete(begun.fileId);
      expect(endingOf(refused)).toEqual([400, 'BAD_REQUEST']);
      expect(refused.body).toMatchObject({ issues: [{ path: 'mimeType' }] });
      expect(endingOf(await complete(begun.fileId))).toEqual([409, 'CONFLICT']);
    });

    it.each([
      ['an SVG', svg, 'image/svg+xml', 'application/octet-stream'],
      ['a page', Buffer.from('<!doctype html><script>alert(1)</script>'), 'text/html', 'application/octet-stream'],
      ['a PNG as text', smallPng, 'text/plain', 'image/png'],
      ['text', Buffer.from('BM, so I was told'), 'text/plain', 'text/plain'],
      ['text in UTF-16', utf16, 'text/plain', 'text/plain'],
      ['a table in UTF-16', utf16, 'text/csv', 'text/csv'],
      ['a page in UTF-16', utf16, 'text/html', 'application/octet-stream'],
      ['text in UTF-16 that nobody knows', utf16, 'application/octet-stream', 'application/octet-stream'],
      ['text in Latin-1', Buffer.from('ÿû, ÿó and ÿñ are letters', 'latin1'), 'text/plain', 'text/plain'],
      ['a zip', zip, 'application/octet-stream', 'application/zip'],
    ])('of %s is a file of a type that harms nobody', async (_, bytes, mimeType, found) => {
      expect(await uploadFile(world, ada, bytes, { mimeType, name: 'a.html' })).toMatchObject({ mimeType: found });
    });

    it('of more or fewer bytes than declared makes no file, whether or not the storage takes them', async () => {
      for (const bytes of [smallPng.subarray(0, 24), Buffer.concat([smallPng, smallPng])]) {
        const begun = await begin(smallPng);
        await putBytes(world, begun, bytes);
        const { status, body } = await complete(begun.fileId);
        expect([400, 409]).toContain(status);
        if (status === 400) expect(body).toMatchObject({ issues: [{ path: 'size' }] });
        expect(endingOf(await complete(begun.fileId))).toEqual([409, 'CONFLICT']);
      }
    });

    it('is over when its file is deleted, before and after it is ready', async () => {
      const begun = await begin();
      await putBytes(world, begun, smallPng);
      expect((await world.request('DELETE', `/api/files/${begun.fileId}`, undefined, ada)).status).toBe(200);
      expect(endingOf(await complete(begun.fileId))).toEqual([404, 'NOT_FOUND']);
      const { fileId } = await uploadFile(world, ada);
      expect((await world.request('DELETE', `/api/files/${fileId}`, undefined, ada)).status).toBe(200);
      expect((await read(fileId))[0]).toBe(404);
    });
  });

  describe('a name', () => {
    it.each([
      ['../a.png', 'expected a file name without a path'],
      ['a/b', 'expected a file name without a path'],
      ['..\\a.png', 'expected a file name without a path'],
      ['.', 'expected a file name without a path'],
      ['..', 'expected a file name without a path'],
      ['', 'expected a file name'],
      [undefined, 'expected a file name'],
      [7, 'expected a file name'],
      ['a\nb', 'must not hold control characters or line ends'],
      ['a\x7f', 'must not hold control characters or line ends'],
      ['a\x85', 'must not hold control characters or line ends'],
      ['a\u2028', 'must not hold control characters or line ends'],
      ['a\0b', 'must not hold NUL or lone surrogates'],
      ['a\ud800', 'must not hold NUL or lone surrogates'],
      ['gpj.\u202eexe', 'must not hold characters that turn the direction of text'],
      ['x'.repeat(256), 'expected at most 255 characters'],
      ['/'.repeat(10_000), 'expected at most 255 characters'],
    ])('%j is refused: %s', async (name, message) => {
      const answer = await askUpload(world, ada, smallPng, { name } as object);
      expect(endingOf(answer)).toEqual([400, 'BAD_REQUEST']);
      expect(answer.body).toMatchObject({ issues: [{ path: 'name', message }] });
    });

    it.each(['x'.repeat(255), '...', 'a b.tar.gz', '写真 🍣.png', '"a";b=\'c\'%00.png', '-rf', 'CON'])(
      '%j is kept as it is',
      async (name) => {
        const { fileId } = await uploadFile(world, ada, smallPng, { name });
        expect((await world.get(`/api/files/${fileId}`, ada)).body).toMatchObject({ name });
      },
    );
  });

  describe('a form', () => {
    const formOf = (parts: Readonly<Record<string, string | readonly [Uint8Array | string, string, string?]>>): FormData => {
      const form = new FormData();
      for (const [field, value] of Object.entries(parts)) {
        if (typeof value === 'string') form.append(field, value);
        else form.append(field, new Blob([value[0]], { type: value[2] ?? 'text/plain' }), value[1]);
      }
      return form;
    };
    const send = (form: FormData | string, person: Person | undefined = ada, headers = {}) =>
      world.request<File>('POST', '/api/files/upload', form, person, headers);
    const count = async () => (await world.get<{ total: number }>('/api/files?offset=0', ada)).body.total;

    it('with a file makes a ready one, whatever comes first', async () => {
      const convId = 'c2c:ada:bob';
      for (const form of [
        formOf({ convId, file: [smallPng, 'ä.png', 'image/png'] }),
        formOf({ file: [smallPng, 'ä.png', 'image/png'], convId }),
      ]) {
        const { status, body } = await send(form);
        expect([status, body]).toMatchObject([201, { name: 'ä.png', mimeType: 'image/png', state: 'ready', width: 3 }]);
        expect(await read(body.fileId)).toEqual([200, smallPng]);
      }
    });

    it('tells the name of its file as the sender sees it', async () => {
      for (const name of ['12" single.txt', '100%.txt', 'a%20b.txt']) {
        expect((await send(formOf({ file: ['hello', name] }))).body).toMatchObject({ name });
      }
      expect(endingOf(await send(formOf({ file: ['hello', 'a\r\nb.txt'] })))).toEqual([400, 'BAD_REQUEST']);
    });

    const refused: readonly (readonly [what: string, form: FormData, status: number, code: string])[] = [
      ['no file', formOf({ a: 'b' }), 400, 'BAD_REQUEST'],
      ['a file of another name', formOf({ picture: ['hello', 'a.txt'] }), 400, 'BAD_REQUEST'],
      ['an empty file', formOf({ file: ['', 'a.txt'] }), 400, 'BAD_REQUEST'],
      ['two files', formOf({ file: ['hello', 'a.txt'], more: ['hello', 'a.txt'] }), 400, 'BAD_REQUEST'],
      ['many fields', formOf(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, 'x']))), 413, 'TOO_LARGE'],
      ['a name with a path', formOf({ file: ['hello', '../../a.txt'] }), 400, 'BAD_REQUEST'],
      ['a zip as a PNG', formOf({ file: [zip, 'a.png', 'image/png'] }), 400, 'BAD_REQUEST'],
      ['a conversation that is none', formOf({ convId: 'x', file: ['hello', 'a.txt'] }), 400, 'BAD_REQUEST'],
      ['a conversation of others', formOf({ convId: 'c2c:bob:eve', file: ['hello', 'a.txt'] }), 404, 'NOT_FOUND'],
    ];
    it.each(refused)('with %s leaves nothing', async (_, form, status, code) => {
      const before = await count();
      expect(endingOf(await send(form))).toEqual([status, code]);
      expect(await count()).toBe(before);
    });

    it.each([
      ['is none', '{"a":1}', 'application/json'],
      ['is broken', '--x\r\nnonsense', 'multipart/form-data; boundary=x'],
      ['ends early', '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc', 'multipart/form-data; boundary=x'],
      ['has no boundary', 'abc', 'multipart/form-data'],
    ])('that %s is refused', async (_, body, type) => {
      expect(endingOf(await send(body, ada, { 'content-type': type }))).toEqual([400, 'BAD_REQUEST']);
    });

    it('is taken nowhere else', async () => {
      const answer = await world.request('POST', '/api/groups', formOf({ name: 'a group' }), ada);
      expect(endingOf(answer)).toEqual([400, 'BAD_REQUEST']);
    });
  });

  it.each([0, -1, 1.5, 2 ** 53, 1e99, '1', null])('a size of %j is refused, for one reason', async (size) => {
    const answer = await askUpload(world, ada, smallPng, { size } as object);
    expect(endingOf(answer)).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body).toMatchObject({ issues: [{ path: 'size' }] });
  });

  describe('limits', () => {
    const limited = (files: DeepPartial<Config>['files'], work: (small: World, eve: Person) => Promise<void>) =>
      World.during({ ...settings(), files }, async (small) => work(small, await small.person('eve')));

    it('of one file, of all files of a user, and of uploads that are not finished, are TOO_LARGE beyond', () =>
      limited({ maxBytes: 100, quotaBytes: 150, maxPending: 2, maxUploadBytes: 1_000 }, async (small, eve) => {
        const ask = async (size: number) => endingOf(await askUpload(small, eve, smallPng, { size }));
        expect(await ask(101)).toEqual([413, 'TOO_LARGE']);
        await uploadFile(small, eve, Buffer.alloc(80, 'a'), { mimeType: 'text/plain' });
        expect(await ask(71)).toEqual([413, 'TOO_LARGE']);
        // Of many that ask at once, no more are let in than there is room for.
        const answers = await Promise.all(Array.from({ length: 8 }, () => askUpload(small, eve, smallPng, { size: 30 })));
        expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
        expect(await ask(1)).toEqual([413, 'TOO_LARGE']);
      }));

    it('of a form are TOO_LARGE beyond, and leave nothing', () =>
      limited({ maxUploadBytes: 1_000 }, async (small, eve) => {
        const form = (length: number) => {
          const data = new FormData();
          data.append('file', new Blob(['x'.repeat(length)], { type: 'text/plain' }), 'a.txt');
          return small.request('POST', '/api/files/upload', data, eve);
        };
        expect((await form(1_000)).status).toBe(201);
        for (const length of [1_001, 5_000, 100_000]) expect(endingOf(await form(length))).toEqual([413, 'TOO_LARGE']);
        expect((await small.get('/api/files?offset=0', eve)).body).toMatchObject({ total: 1 });
      }));
  });

  describe('the list of files', () => {
    it('is the caller’s own, newest first, by cursor and by offset', async () => {
      const cem = await world.person('cem');
      const made: string[] = [];
      for (let i = 0; i < 3; i++) made.unshift((await uploadFile(world, cem)).fileId);
      await beginUpload(world, cem, smallPng);
      type List = { files: File[]; next: string | null; total?: number };
      const list = async (query: string) => (await world.get<List>(`/api/files?${query}`, cem)).body;
      const ids = ({ files }: List) => files.map(({ fileId }) => fileId);
      const first = await list('limit=2');
      expect([ids(first), first.total]).toEqual([made.slice(0, 2), undefined]);
      const second = await list(`limit=2&cursor=${first.next}`);
      expect([ids(second), second.next]).toEqual([made.slice(2), null]);
      const third = await list('limit=2&offset=1');
      expect([ids(third), third.total]).toEqual([made.slice(1), 3]);
      expect(ids((await world.get<List>('/api/files', bob)).body)).toEqual([]);
    });
  });
});
