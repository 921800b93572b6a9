import type { Message } from '@app/protocol';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from '@app/blobs';
import { Database, FileStore, FileSweepStore } from '@app/storage';
import {
  type Answer,
  type Person,
  S3Server,
  type TestClient,
  World,
  beginUpload,
  codeOf,
  dropStore,
  eventually,
  putBytes,
  storeUrlOf,
} from '@app/testing';
import { BLOBS } from '../infra/infra.module';
import { FileSweep } from './file-sweep';
import { pendingKey } from './keys';

type Somebody = Person & { client: TestClient };

const minute = 60_000;
const day = 24 * 60 * minute;
/** The smallest PNG there is, of 1 × 1 pixels. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const text = Buffer.from('hello');
const notFound = 'NOT_FOUND';

describe('a file that a message carries', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;
  let sent = 0;

  beforeAll(async () => {
    world = await World.start({ endingSweepMs: 20 }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const upload = async (owner: Person, name = 'a.png', bytes = png, type = 'image/png'): Promise<string> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    const { body, status } = await world.request<{ fileId: string }>('POST', '/api/files/upload', form, owner);
    expect(status).toBe(201);
    return body.fileId;
  };
  const send = ({ client }: Somebody, target: object, payload: Record<string, unknown>, more: object = {}) =>
    client.call('send', { ...target, type: 'image', payload, clientMsgId: `m-${++sent}`, ...more } as never);
  const reads = async (person: Person, fileId: string): Promise<number> => (await world.get(`/files/${fileId}`, person)).status;
  const sweep = () => world.gateway.app.get(FileSweep).sweep();
  const messages = async ({ client }: Somebody, convId: string): Promise<Message[]> => (await client.call('history', { convId })).messages;
  const isRecall = ({ kind }: { kind: string }) => kind === 'recalled';

  it('can be read by those who can read the message, and by nobody else', async () => {
    const [ada, bob, eve] = [await someone('ada'), await someone('bob'), await someone('eve')];
    const fileId = await upload(ada);
    expect([await reads(ada, fileId), await reads(bob, fileId)]).toEqual([200, 404]);
    await send(ada, { to: bob.id }, { fileId });
    expect([await reads(ada, fileId), await reads(bob, fileId), await reads(eve, fileId)]).toEqual([200, 200, 404]);
    const { body } = await world.post<{ links: { url: string }[] }>('/api/files/links', { fileIds: [fileId] }, bob);
    expect((await world.get(body.links[0]?.url ?? '')).status).toBe(200);
    expect((await world.post('/api/files/links', { fileIds: [fileId] }, eve)).body).toEqual({ links: [] });
  });

  it('is described by what was found, whatever the sender says; what only they know stays', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const fileId = await upload(ada, 'a.png');
    const thumbnailId = await upload(ada, 'small.png');
    const said = { fileId, thumbnailId, name: 'b.exe', size: 1, mimeType: 'text/html', width: 900, height: 1, durationMs: 7 };
    const { convId } = await send(ada, { to: bob.id }, said);
    const found = { fileId, thumbnailId, name: 'a.png', size: png.length, mimeType: 'image/png', width: 1, height: 1, durationMs: 7 };
    expect((await bob.client.next('message')).payload).toEqual(found);
    expect((await messages(bob, convId))[0]?.payload).toEqual(found);
    const plain = await upload(ada, 'a.txt', text, 'text/plain');
    await send(ada, { to: bob.id }, { fileId: plain, width: 5, height: 6 }, { type: 'custom' });
    expect((await bob.client.next('message')).payload).toEqual({
      fileId: plain,
      name: 'a.txt',
      size: 5,
      mimeType: 'text/plain',
      width: 5,
      height: 6,
    });
  });

  it('must be ready, and the sender must have a right to it; the right to write comes first', async () => {
    const [ada, bob, eve] = [await someone('ada'), await someone('bob'), await someone('eve')];
    const fileId = await upload(ada);
    const { body } = await world.post<{ fileId: string }>('/api/files', { name: 'x', size: 5, mimeType: 'text/plain' }, ada);
    const refused = [
      send(bob, { to: eve.id }, { fileId }),
      send(ada, { to: eve.id }, { fileId: body.fileId }),
      send(ada, { to: eve.id }, { fileId: 'abcdefgh' }),
      send(ada, { to: eve.id }, { fileId, thumbnailId: 'abcdefgh' }),
      ada.client.call('send', { to: eve.id, type: 'text', payload: { text: 'x', fileId: 'abcdefgh' }, clientMsgId: 'x' }),
    ];
    expect(await Promise.all(refused.map(codeOf))).toEqual(refused.map(() => notFound));
    for (const odd of [null, 7, '', '../x', { id: fileId }]) {
      expect(await codeOf(send(ada, { to: eve.id }, { fileId: odd, name: 'as it was' }))).toBe('BAD_REQUEST');
      expect(await codeOf(send(ada, { to: eve.id }, { fileId, thumbnailId: odd }))).toBe('BAD_REQUEST');
    }
    const groupId = await world.group(ada, [bob]);
    await ada.client.call('send', { groupId, type: 'text', payload: { text: 'first' }, clientMsgId: 'first' });
    await world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { mutedUntil: Date.now() + day }, ada);
    expect(await codeOf(send(bob, { groupId }, { fileId: 'abcdefgh' }))).toBe('MUTED');
  });

  it('keeps the order of what one connection sends', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const fileId = await upload(ada);
    await ada.client.say({ to: bob.id }, 'hello');
    const all = Array.from({ length: 30 }, (_, i) => send(ada, { to: bob.id }, i % 3 ? { i } : { i, fileId }));
    const seqs = (await Promise.all(all)).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, i) => i + 2));
  });

  it('is acked again when it was deleted after the message was stored', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const fileId = await upload(ada);
    const once = { clientMsgId: 'once' };
    const { seq, convId } = await send(ada, { to: bob.id }, { fileId }, once);
    expect((await world.request('DELETE', `/api/files/${fileId}`, undefined, ada)).status).toBe(200);
    expect(await send(ada, { to: bob.id }, { fileId }, once)).toMatchObject({ seq, duplicate: true });
    expect(await codeOf(send(ada, { to: bob.id }, { fileId }))).toBe(notFound);
    expect((await messages(bob, convId))[0]?.payload).toMatchObject({ fileId, name: 'a.png' });
    expect([await reads(ada, fileId), await reads(bob, fileId)]).toEqual([404, 404]);
  });

  it('can be sent on by who was sent it, and goes when the last message has gone', async () => {
    const [ada, bob, carl] = [await someone('ada'), await someone('bob'), await someone('carl')];
    const fileId = await upload(ada);
    const first = await send(ada, { to: bob.id }, { fileId });
    const second = await send(bob, { to: carl.id }, { fileId });
    await ada.client.call('recall', { convId: first.convId, seq: first.seq });
    expect([await reads(bob, fileId), await reads(carl, fileId)]).toEqual([200, 200]);
    offsetMs += 2 * day;
    await sweep();
    expect(await reads(carl, fileId)).toBe(200);
    offsetMs = 0;
    await bob.client.call('recall', { convId: second.convId, seq: second.seq });
    expect([await reads(ada, fileId), await reads(bob, fileId), await reads(carl, fileId)]).toEqual([200, 404, 404]);
    await sweep();
    expect(await reads(ada, fileId)).toBe(200);
    offsetMs += day + minute;
    await sweep();
    expect(await reads(ada, fileId)).toBe(404);
  });

  it('ends with the recall for everybody, links included', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const fileId = await upload(ada);
    const { convId, seq } = await send(ada, { to: bob.id }, { fileId });
    const { body } = await world.post<{ links: { url: string }[] }>('/api/files/links', { fileIds: [fileId] }, bob);
    await ada.client.call('recall', { convId, seq });
    expect([await reads(bob, fileId), (await world.get(body.links[0]?.url ?? '')).status]).toEqual([404, 404]);
  });

  it('ends with a message that expires or is burnt, at once and for its owner too', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const [expiring, burning] = [await upload(ada), await upload(ada)];
    const { convId } = await send(ada, { to: bob.id }, { fileId: expiring }, { expireAtMs: Date.now() + minute });
    const burnt = await send(ada, { to: bob.id }, { fileId: burning }, { burnAfterRead: true });
    expect([await reads(bob, expiring), await reads(bob, burning)]).toEqual([200, 200]);
    await bob.client.call('read', { convId, seq: burnt.seq });
    await bob.client.next('entry', isRecall);
    offsetMs += minute + 1;
    expect(await reads(bob, expiring)).toBe(404);
    await bob.client.next('entry', isRecall);
    expect([await reads(bob, burning), await reads(ada, burning), await reads(ada, expiring)]).toEqual([404, 200, 200]);
    await sweep();
    expect([await reads(ada, burning), await reads(ada, expiring)]).toEqual([404, 404]);
  });

  it('in a group is for its members, from when they came until they left', async () => {
    const [ada, bob, carl] = [await someone('ada'), await someone('bob'), await someone('carl')];
    const groupId = await world.group(ada, [bob]);
    const [first, second] = [await upload(ada), await upload(ada)];
    await send(ada, { groupId }, { fileId: first });
    await world.post(`/api/groups/${groupId}/members`, { userIds: [carl.id] }, ada);
    expect([await reads(bob, first), await reads(carl, first)]).toEqual([200, 404]);
    await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
    await send(ada, { groupId }, { fileId: second });
    expect([await reads(bob, first), await reads(bob, second), await reads(carl, second)]).toEqual([404, 404, 200]);
    await world.request('DELETE', `/api/groups/${groupId}`, undefined, ada);
    expect([await reads(bob, first), await reads(carl, second), await reads(carl, first)]).toEqual([404, 200, 404]);
    offsetMs += 2 * day;
    await sweep();
    expect(await reads(carl, second)).toBe(200);
  });

  it('follows an edit of the message', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const [before, after] = [await upload(ada), await upload(ada, 'after.png')];
    const { seq } = await send(ada, { to: bob.id }, { text: 'x', fileId: before }, { type: 'text' });
    expect(await codeOf(ada.client.call('edit', { to: bob.id, seq, payload: { text: 'y', fileId: 'abcdefgh' } }))).toBe(notFound);
    expect(await reads(bob, before)).toBe(200);
    await ada.client.call('edit', { to: bob.id, seq, payload: { text: 'y', fileId: after } });
    expect(await bob.client.next('entry')).toMatchObject({ payload: { text: 'y', fileId: after, name: 'after.png' } });
    expect([await reads(bob, before), await reads(bob, after)]).toEqual([404, 200]);
  });
});

describe('the sweep of files', () => {
  let world: World;
  let offsetMs = 0;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const sweep = () => world.gateway.app.get(FileSweep).sweep();
  const marked = async ({ gateway } = world) => (await gateway.app.get(FileSweepStore).marked(undefined, 10)).map(({ id }) => id);
  const swept = async (reason: string): Promise<number> =>
    (await world.metrics.filesSwept.get()).values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  const begin = (person: Person) =>
    world.post<{ fileId: string; upload: { url: string } }>('/api/files', { name: 'x', size: 5, mimeType: 'text/plain' }, person);
  const put = (url: string): Promise<Answer> => world.request('PUT', url, text, undefined, { 'content-type': 'text/plain' });

  it('takes uploads that nobody finished, with what came of them, and files that nobody used', async () => {
    const ada = await world.person('ada');
    const before = [await swept('unfinished'), await swept('unused')];
    const [never, half, whole] = [await begin(ada), await begin(ada), await begin(ada)];
    for (const { body } of [half, whole]) expect((await put(body.upload.url)).status).toBe(200);
    expect((await world.post(`/api/files/${whole.body.fileId}/complete`, {}, ada)).status).toBe(200);
    offsetMs += 60 * minute;
    await sweep();
    expect((await world.post(`/api/files/${half.body.fileId}/complete`, {}, ada)).status).toBe(200);
    offsetMs += 6 * minute;
    await sweep();
    expect((await world.post(`/api/files/${never.body.fileId}/complete`, {}, ada)).status).toBe(404);
    offsetMs += day;
    await sweep();
    expect((await world.get('/api/files', ada)).body).toMatchObject({ files: [] });
    expect([await swept('unfinished'), await swept('unused')]).toEqual([Number(before[0]) + 1, Number(before[1]) + 2]);
  });

  it('need not have come for an upload that is over to give its room back', () =>
    World.during(
      { files: { maxPending: 1, quotaBytes: 9 } },
      async (small) => {
        const eve = await small.person('eve');
        const ask = () => small.post('/api/files', { name: 'x', size: 5, mimeType: 'text/plain' }, eve);
        expect([(await ask()).status, (await ask()).status]).toEqual([201, 413]);
        offsetMs += 60 * minute;
        expect([(await ask()).status, (await ask()).status]).toEqual([201, 413]);
      },
      { clock: { now: () => Date.now() + offsetMs } },
    ));

  it('leaves what the storage does not let go for the next time, and tells how much that is', async () => {
    const bob = await world.person('bob');
    const { body } = await begin(bob);
    await put(body.upload.url);
    offsetMs += 2 * day;
    const failing = jest.spyOn(world.gateway.app.get<BlobStore>(BLOBS), 'delete').mockRejectedValueOnce(new Error('not now'));
    const left = async () => (await world.metrics.filesLeft.get()).values[0]?.value;
    await expect(sweep()).rejects.toThrow('could not be deleted');
    expect([await left(), await marked()]).toEqual([1, [body.fileId]]);
    // Nobody reads it, or finishes it, meanwhile.
    expect((await world.post(`/api/files/${body.fileId}/complete`, {}, bob)).status).toBe(404);
    failing.mockRestore();
    await sweep();
    expect([await left(), await marked()]).toEqual([0, []]);
  });

  it('goes on with what a crash left over, by itself when a gateway starts', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
    try {
      await World.during({ dataDir }, async (first) => {
        const row = { id: 'abcdefgh', owner_id: 'ada', name: 'x', size: 5, mime_type: 'text/plain', conv_id: null, created_at: 1 };
        const files = first.gateway.app.get(FileStore);
        await first.gateway.app.get(Database).write((tx) => files.insert(tx, row));
        await files.markDeleting(row.id);
      });
      await World.during({ dataDir }, (second) =>
        eventually(
          async () => (await marked(second)).length === 0,
          () => 'the file to be deleted',
        ),
      );
    } finally {
      await dropStore(await storeUrlOf(dataDir));
      rmSync(dataDir, { recursive: true });
    }
  });
});

describe('the sweep of a bucket', () => {
  let bucket: S3Server;
  let world: World;
  let offsetMs = 0;

  beforeAll(async () => {
    bucket = await S3Server.start();
    world = await World.start({ objectStorage: bucket.settings }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(async () => {
    await world?.close();
    await bucket?.remove();
  });

  const blobs = () => world.gateway.app.get<BlobStore>(BLOBS);
  const isThere = async (key: string): Promise<boolean> => {
    const found = await blobs().read(key);
    found?.bytes.destroy();
    return found !== undefined;
  };

  it('takes what came by a URL after its file was ready, or gone, once the URL has expired, and asks once', async () => {
    const ada = await world.person('ada');
    const [kept, gone] = [await beginUpload(world, ada, png), await beginUpload(world, ada, png)];
    for (const begun of [kept, gone]) {
      await putBytes(world, begun, png);
      expect((await world.post(`/api/files/${begun.fileId}/complete`, {}, ada)).status).toBe(200);
    }
    await world.request('DELETE', `/api/files/${gone.fileId}`, undefined, ada);
    for (const begun of [kept, gone]) expect((await putBytes(world, begun, png)).status).toBe(200);
    const keys = [kept, gone].map(({ fileId }) => pendingKey(fileId));
    const sweep = async (afterMs: number) => {
      offsetMs = afterMs;
      await world.gateway.app.get(FileSweep).sweep();
      return Promise.all(keys.map(isThere));
    };
    const lifetimeMs = world.config.files.uploadLifetimeSeconds * 1000;
    expect(await sweep(lifetimeMs + 60 * minute)).toEqual([true, true]);
    expect(await sweep(lifetimeMs + 361 * minute)).toEqual([false, false]);
    const read = await fetch(`${world.http}/files/${kept.fileId}`, { headers: { authorization: `Bearer ${ada.token}` } });
    expect(Buffer.from(await read.arrayBuffer())).toEqual(png);
    const deletions = jest.spyOn(blobs(), 'delete');
    await sweep(lifetimeMs + 361 * minute);
    expect(deletions.mock.calls.flat(2)).toEqual([]);
    deletions.mockRestore();
  });
});

describe('a picture', () => {
  let world: World;
  beforeAll(async () => (world = await World.start()));
  afterAll(() => world.close());

  const upload = async (owner: Person, bytes: Buffer, type: string): Promise<string> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), 'a');
    return (await world.request<{ fileId: string }>('POST', '/api/files/upload', form, owner)).body.fileId;
  };
  const open = async (url: unknown): Promise<number> => (await world.get(String(url))).status;

  it('of a user is an image of theirs, which everybody sees while it is shown', async () => {
    const [ada, bob] = [await world.person('ada'), await world.person('bob')];
    const update = (body: object, person = ada) => world.request('PUT', '/api/users/me', body, person);
    const [first, second, words] = [
      await upload(ada, png, 'image/png'),
      await upload(ada, png, 'image/png'),
      await upload(ada, text, 'text/plain'),
    ];
    expect(await open(`/files/${first}`)).toBe(401);
    expect((await update({ avatarFileId: first, nickname: 'Ada' })).body).toMatchObject({ nickname: 'Ada', avatarUrl: `/files/${first}` });
    expect(await open((await world.get('/api/users/ada', bob)).body.avatarUrl)).toBe(200);
    await update({ avatarFileId: second });
    expect([await open(`/files/${first}`), await open(`/files/${second}`)]).toEqual([401, 200]);
    const refused = [
      await update({ avatarFileId: words }),
      await update({ avatarFileId: first }, bob),
      await update({ avatarFileId: 'abcdefgh' }),
      await update({ avatarFileId: first, avatarUrl: 'https://example.org/a.png' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 404, 404, 400]);
    const large = await upload(ada, Buffer.concat([png, Buffer.alloc(5 * 1024 * 1024)]), 'image/png');
    expect((await update({ avatarFileId: large })).status).toBe(413);
    expect(await open(`/files/${second}`)).toBe(200);
    expect((await update({ avatarUrl: null })).body).toMatchObject({ avatarUrl: null });
    expect(await open(`/files/${second}`)).toBe(401);
  });

  it('of a group is chosen by those who run it, and its members hear of it', async () => {
    const [carl, dora] = [await world.person('carl'), await world.person('dora')];
    const groupId = await world.group(carl, [dora]);
    const client = await world.connect(dora);
    await client.call('subscribe_group', { groupId });
    const update = (avatarFileId: string | null, person = carl) => world.request('PUT', `/api/groups/${groupId}`, { avatarFileId }, person);
    const [own, hers] = [await upload(carl, png, 'image/png'), await upload(dora, png, 'image/png')];
    expect([(await update(hers, dora)).status, (await update(hers)).status]).toEqual([403, 404]);
    expect((await update(own)).body).toMatchObject({ avatarUrl: `/files/${own}` });
    expect(await client.next('entry')).toMatchObject({ kind: 'group_updated', avatarUrl: `/files/${own}` });
    expect((await client.call('sync', {})).conversations).toMatchObject([{ avatarUrl: `/files/${own}` }]);
    expect((await world.get(`/api/groups/${groupId}`, dora)).body).toMatchObject({ avatarUrl: `/files/${own}` });
    expect(await open(`/files/${own}`)).toBe(200);
    await world.request('DELETE', `/api/groups/${groupId}`, undefined, carl);
    expect(await open(`/files/${own}`)).toBe(401);
  });

  it('is gone with its file, and a group hears of it', async () => {
    const [eve, fred] = [await world.person('eve'), await world.person('fred')];
    const groupId = await world.group(eve, [fred]);
    const fileId = await upload(eve, png, 'image/png');
    await world.request('PUT', '/api/users/me', { avatarFileId: fileId }, eve);
    await world.request('PUT', `/api/groups/${groupId}`, { avatarFileId: fileId }, eve);
    const client = await world.connect(fred);
    await client.call('subscribe_group', { groupId });
    // Who has handed the group over still deletes what is theirs.
    await world.post(`/api/groups/${groupId}/transfer`, { userId: 'fred' }, eve);
    await client.next('entry');
    expect((await world.request('DELETE', `/api/files/${fileId}`, undefined, eve)).status).toBe(200);
    expect(await client.next('entry')).toMatchObject({ kind: 'group_updated', from: 'eve', avatarUrl: null });
    expect((await world.get('/api/users/eve', fred)).body).toMatchObject({ avatarUrl: null });
    expect((await world.get(`/api/groups/${groupId}`, fred)).body).toMatchObject({ avatarUrl: null });
    expect((await client.call('sync', {})).conversations).toMatchObject([{ avatarUrl: null }]);
  });
});
