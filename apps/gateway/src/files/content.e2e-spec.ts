import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type BlobStore, BlobUnavailable } from '@app/blobs';
import type { File } from '@app/protocol';
import { Database, FileStore } from '@app/storage';
import { type Begun, type Person, RawSocket, World, beginUpload, eventually, putBytes, smallPng } from '@app/testing';
import { BLOBS } from '../infra/infra.module';
import { blobNameOf, pendingKey, readyKey } from './keys';

/** What passes through the gateway itself, which is so where files are kept on disk. */
describe('the bytes of a file', () => {
  let world: World;
  let ada: Person;
  let offsetMs = 0;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
    ada = await world.person('ada');
  });
  afterEach(() => {
    offsetMs = 0;
    jest.restoreAllMocks();
    for (const socket of sockets.splice(0)) socket.reset();
  });
  afterAll(() => world.close());

  const text = Buffer.from('hello, world');
  const begin = (bytes: Uint8Array = text, declared = {}) => beginUpload(world, ada, bytes, { mimeType: 'text/plain', ...declared });
  const endingOf = async (response: Response) => [response.status, World.codeOf({ body: await response.json() } as never)];
  const complete = (fileId: string) => world.post<File>(`/api/files/${fileId}/complete`, undefined, ada);
  const filesOnDisk = () =>
    readdirSync(join(world.config.dataDir, 'blobs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  /** The lines of a request, ready to be written, for which no body was written yet. */
  const head = (method: string, path: string, headers: Readonly<Record<string, string | number>>): string =>
    [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join(
      '\r\n',
    );
  const open = async (request: string): Promise<RawSocket> => {
    const socket = await RawSocket.open(world.gateway.port);
    sockets.push(socket);
    socket.write(request);
    return socket;
  };
  const putHead = ({ upload }: Begun, length = text.length, more = {}): string =>
    head('PUT', upload.url, { 'Content-Type': 'text/plain', 'Content-Length': length, ...more });

  it.each([
    ['fewer', text.subarray(1), {}, 'content-length'],
    ['more', Buffer.concat([text, text]), {}, 'content-length'],
    ['of another type', text, { 'content-type': 'text/html' }, 'content-type'],
  ])('that are %s than declared are refused', async (_, bytes, headers, path) => {
    const begun = await begin();
    const response = await putBytes(world, begun, bytes, headers);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    expect((await complete(begun.fileId)).status).toBe(409);
  });

  it('are taken only with their length', async () => {
    const begun = await begin();
    const socket = await open(head('PUT', begun.upload.url, { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' }));
    socket.write(`c\r\n${text.toString()}\r\n0\r\n\r\n`);
    await socket.until((received) => received.includes('}'));
    expect(socket.status).toBe(400);
  });

  it.each(['application/json', 'multipart/form-data', 'text/html'])(
    'may be of any type and of more bytes than other bodies: %s',
    async (mimeType) => {
      const bytes = Buffer.from(`{"a":"${'x'.repeat(2 * world.config.maxBodyBytes)}"}`);
      const begun = await begin(bytes, { mimeType });
      expect((await putBytes(world, begun, bytes)).status).toBe(200);
      expect((await complete(begun.fileId)).body).toMatchObject({ size: bytes.length });
    },
  );

  it.each([
    ['of another file', (url: string, other: string) => url.replace(/signature=.*/, other.slice(other.indexOf('signature=')))],
    ['for another time', (url: string) => url.replace(/expires=\d+/, `expires=${Date.now() + 999_999_999}`)],
    ['that nobody made', (url: string) => url.replace(/signature=.*/, `signature=${'0'.repeat(64)}`)],
  ])('with a signature %s are FORBIDDEN', async (_, forge) => {
    const [begun, other] = [await begin(), await begin()];
    const url = forge(begun.upload.url, other.upload.url);
    const response = await putBytes(world, { upload: { url, headers: begun.upload.headers } }, text);
    expect(await endingOf(response)).toEqual([403, 'FORBIDDEN']);
    expect((await complete(begun.fileId)).status).toBe(409);
  });

  it('are FORBIDDEN when their time is over', async () => {
    const begun = await begin();
    offsetMs = world.config.files.uploadLifetimeSeconds * 1000 + 1;
    expect(await endingOf(await putBytes(world, begun, text))).toEqual([403, 'FORBIDDEN']);
  });

  it('are FORBIDDEN when their owner was banned meanwhile', async () => {
    const cem = await world.person('cem');
    const begun = await beginUpload(world, cem, text, { mimeType: 'text/plain' });
    expect((await putBytes(world, begun, text)).status).toBe(200);
    await world.gateway.app.get(Database).write((tx) => tx.run('UPDATE users SET banned_at = 1 WHERE id = ?', ['cem']));
    expect(await endingOf(await putBytes(world, begun, text))).toEqual([403, 'FORBIDDEN']);
  });

  it('are a CONFLICT when the file is ready, and NOT_FOUND when it was deleted', async () => {
    const begun = await begin();
    await putBytes(world, begun, text);
    await complete(begun.fileId);
    expect(await endingOf(await putBytes(world, begun, text))).toEqual([409, 'CONFLICT']);
    await world.request('DELETE', `/api/files/${begun.fileId}`, undefined, ada);
    expect(await endingOf(await putBytes(world, begun, text))).toEqual([404, 'NOT_FOUND']);
  });

  it('leave nothing when their sender goes away', async () => {
    const before = filesOnDisk();
    const begun = await begin();
    const socket = await open(putHead(begun));
    socket.write(text.subarray(0, 5));
    await eventually(
      () => filesOnDisk().length > before.length,
      () => 'the first bytes on disk',
    );
    socket.reset();
    await eventually(
      () => filesOnDisk().length === before.length,
      () => 'their end',
    );
    expect((await complete(begun.fileId)).status).toBe(409);
    expect((await putBytes(world, begun, text)).status).toBe(200);
    expect((await complete(begun.fileId)).status).toBe(200);
  });

  it('may come anew while an earlier attempt hangs, which ends then', async () => {
    const begun = await begin();
    const before = filesOnDisk();
    const hanging = await open(putHead(begun));
    hanging.write(text.subarray(0, 5));
    await eventually(
      () => filesOnDisk().length > before.length,
      () => 'the first bytes on disk',
    );
    expect((await putBytes(world, begun, text)).status).toBe(200);
    await hanging.closed;
    expect((await complete(begun.fileId)).body).toMatchObject({ size: text.length });
  });

  it('are not reported before the last one is there', async () => {
    const begun = await begin();
    const before = filesOnDisk();
    const socket = await open(putHead(begun));
    socket.write(text.subarray(0, 5));
    await eventually(
      () => filesOnDisk().length > before.length,
      () => 'the first bytes on disk',
    );
    expect((await complete(begun.fileId)).status).toBe(409);
    socket.write(text.subarray(5));
    await socket.until((received) => received.includes('}'));
    expect(socket.status).toBe(200);
    expect((await complete(begun.fileId)).status).toBe(200);
  });

  it('wait for the server to ask, where a client says so', async () => {
    const begun = await begin();
    const socket = await open(putHead(begun, text.length, { Expect: '100-continue' }));
    await socket.until((received) => received === 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(text);
    await socket.until((received) => received.includes('HTTP/1.1 200 OK'));
    expect((await complete(begun.fileId)).status).toBe(200);
    const json = '{"name":"a group"}';
    const other = await open(
      head('POST', '/api/groups', {
        Authorization: `Bearer ${ada.token}`,
        'Content-Type': 'application/json',
        'Content-Length': json.length,
        Expect: '100-continue',
      }),
    );
    await other.until((received) => received === 'HTTP/1.1 100 Continue\r\n\r\n');
    other.write(json);
    await other.until((received) => received.includes('HTTP/1.1 201 Created'));
  });

  const forbidden = '0'.repeat(64);
  it.each([
    ['PUT', `/api/files/nosuchfile/content?expires=9999999999999&signature=${forbidden}`, 'application/x', '', 403],
    ['POST', '/api/files/upload', 'multipart/form-data; boundary=x', 'Bearer nonsense', 401],
    ['POST', '/api/files/upload', 'multipart/form-data; boundary=x', '', 401],
  ])('that nobody may send are refused before the first: %s %s', async (method, path, type, authorization, status) => {
    const headers = { 'Content-Type': type, 'Content-Length': 1_000_000, ...(authorization ? { Authorization: authorization } : {}) };
    for (const expect100 of [{}, { Expect: '100-continue' }] as Record<string, string>[]) {
      const socket = await open(head(method, path, { ...headers, ...expect100 }));
      await socket.until((received) => received.includes('}'));
      expect(socket.status).toBe(status);
    }
  });

  it('may come slowly in forms of some users while those of others are taken', async () => {
    const start = `--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: a/b\r\n\r\nabc`;
    const requestOf = ({ token }: Person) => {
      const form = { Authorization: `Bearer ${token}`, Expect: '100-continue', 'Content-Length': 10_000 };
      return head('POST', '/api/files/upload', { ...form, 'Content-Type': 'multipart/form-data; boundary=x' });
    };
    for (const person of [ada, await world.person('cleo'), await world.person('dora')]) {
      for (let i = 0; i < 2; i++) {
        const slow = await open(requestOf(person));
        await slow.until((received) => received.includes('100 Continue'));
        slow.write(start);
      }
      const more = await open(requestOf(person));
      await more.until((received) => received.includes('HTTP/1.1'));
      expect(more.status).toBe(503);
    }
    const body = new FormData();
    body.set('file', new Blob([text]), 'a.txt');
    expect((await world.request('POST', '/api/files/upload', body, await world.person('bob'))).status).toBe(201);
  });

  it('that the sender counts too often are RATE_LIMIT', () =>
    World.during({ framesPerSecond: 1, framesBurst: 12, wsSendQPS: 0.001, wsSendBurst: 1 }, async (slow) => {
      const eve = await slow.person('eve');
      const begun = await beginUpload(slow, eve, text, { mimeType: 'text/plain' });
      const statuses: number[] = [];
      for (let i = 0; i < 15; i++) statuses.push((await putBytes(slow, begun, text)).status);
      expect(statuses[0]).toBe(200);
      expect(statuses.at(-1)).toBe(429);
    }));

  it('for which there is no room are UNAVAILABLE, and nothing is kept by half', async () => {
    const before = filesOnDisk();
    const begun = await begin();
    const blobs = world.gateway.app.get<BlobStore>(BLOBS);
    const noRoom = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    jest.spyOn(blobs, 'write').mockRejectedValue(new BlobUnavailable(noRoom));
    const response = await putBytes(world, begun, text);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await endingOf(response)).toEqual([503, 'UNAVAILABLE']);
    const form = new FormData();
    form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'a.txt');
    expect((await world.request('POST', '/api/files/upload', form, ada)).status).toBe(503);
    jest.restoreAllMocks();
    expect(filesOnDisk()).toEqual(before);
    expect((await complete(begun.fileId)).status).toBe(409);
    expect((await putBytes(world, begun, text)).status).toBe(200);
    expect((await complete(begun.fileId)).status).toBe(200);
  });

  it('that a crash left before their row knew of them are not there, and may come again', async () => {
    const begun = await begin();
    const blobs = world.gateway.app.get<BlobStore>(BLOBS);
    await blobs.write(`pending/${begun.fileId}`, Readable.from([text]), { size: text.length, mimeType: 'text/plain' });
    expect((await complete(begun.fileId)).status).toBe(409);
    await putBytes(world, begun, text);
    expect((await complete(begun.fileId)).status).toBe(200);
  });

  it('are found where a crash left them between their move and their row', async () => {
    const begun = await beginUpload(world, ada, smallPng);
    await putBytes(world, begun, smallPng);
    const blobs = world.gateway.app.get<BlobStore>(BLOBS);
    const found = await blobs.read(`pending/${begun.fileId}`);
    found?.bytes.destroy();
    const blobName = blobNameOf(found?.etag ?? '');
    await world.gateway.app.get(FileStore).choose(begun.fileId, blobName);
    await blobs.move(pendingKey(begun.fileId), readyKey(begun.fileId, blobName), found?.etag ?? '');
    expect((await complete(begun.fileId)).body).toMatchObject({
      state: 'ready',
      mimeType: 'image/png',
      width: 3,
      checksum: expect.stringMatching(/^sha256:/) as string,
    });
  });

  it('are not waited for when they were refused before anybody asked for them', async () => {
    const length = { 'Content-Length': 100_000 };
    const form = head('POST', '/api/files/upload', { 'Content-Type': 'multipart/form-data; boundary=x', ...length });
    const refused = await Promise.all([form, head('PUT', '/api/files/aaaa/content', length)].map(open));
    await Promise.all(refused.map(({ closed }) => closed));
    expect(refused.map(({ status }) => status)).toEqual([401, 400]);
  }, 30_000);
});
