import type { Socket } from 'node:net';
import type { BlobStore } from '@app/blobs';
import { Database } from '@app/storage';
import { type Person, RawSocket, World, eventually, smallPng, uploadFile } from '@app/testing';
import { BLOBS } from '../infra/infra.module';

const text = Buffer.from('0123456789');

describe('reading a file', () => {
  let world: World;
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let offsetMs = 0;

  beforeAll(async () => {
    world = await World.start({ objectStorage: {} }, { clock: { now: () => Date.now() + offsetMs } });
    [ada, bob, eve] = [await world.person('ada'), await world.person('bob'), await world.person('eve')];
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const get = async (path: string, { person, ...init }: RequestInit & { person?: Person } = {}) => {
    const headers = { ...(init.headers as Record<string, string>), ...(person ? { authorization: `Bearer ${person.token}` } : {}) };
    const response = await fetch(`${world.http}${path}`, { redirect: 'manual', ...init, headers });
    return { status: response.status, headers: response.headers, text: Buffer.from(await response.arrayBuffer()).toString('latin1') };
  };
  const textFile = async (declared = {}) =>
    (await uploadFile(world, ada, text, { name: 'a.txt', mimeType: 'text/plain', ...declared })).fileId;
  const linkOf = async (fileId: string, person: Person): Promise<string | undefined> =>
    (await world.post<{ links: { url: string }[] }>('/api/files/links', { fileIds: [fileId] }, person)).body.links[0]?.url;
  /** Something that somebody says in a conversation carries a file. */
  const carry = async (fileId: string, convId: string, seq: number): Promise<void> => {
    await world.gateway.app
      .get(Database)
      .write((tx) =>
        tx.run('INSERT INTO file_uses (conversation_id, seq, file_id) SELECT id, ?, ? FROM conversations WHERE conv_id = ?', [
          seq,
          fileId,
          convId,
        ]),
      );
  };
  const codeOf = ({ status, text: body }: { status: number; text: string }) => [status, (JSON.parse(body) as { code: string }).code];

  it('is streamed with what keeps browsers from running it', async () => {
    const { fileId, checksum } = await uploadFile(world, ada, text, { name: 'ä "1".html', mimeType: 'text/plain' });
    const { status, headers, text: body } = await get(`/files/${fileId}`, { person: ada });
    expect([status, body]).toEqual([200, text.toString()]);
    const shown = Object.fromEntries(headers);
    expect(shown).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '10',
      'content-disposition': `attachment; filename="_ _1_.html"; filename*=UTF-8''%C3%A4%20%221%22.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      etag: `"${checksum}"`,
    });
  });

  it('shows pictures in place', async () => {
    const { fileId } = await uploadFile(world, ada, smallPng);
    const { headers } = await get(`/files/${fileId}`, { person: ada });
    expect([headers.get('content-type'), headers.get('content-disposition')?.split(';')[0]]).toEqual(['image/png', 'inline']);
  });

  it('of a part answers that part, and of none 416 with the size', async () => {
    const fileId = await textFile();
    const ranged = async (range: string, more = {}) => {
      const { status, headers, text: body } = await get(`/files/${fileId}`, { person: ada, headers: { range, ...more } });
      return [status, status === 416 ? '' : body, headers.get('content-range')];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await ranged('bytes=8-')).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await ranged('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=5-9999')).toEqual([206, '56789', 'bytes 5-9/10']);
    expect(await ranged('bytes=0-1,4-5')).toEqual([200, text.toString(), null]);
    for (const beyond of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) expect(await ranged(beyond)).toEqual([416, '', 'bytes */10']);
    expect(await ranged('bytes=2-4', { 'if-range': '"another"' })).toEqual([200, text.toString(), null]);
  });

  it('answers HEAD as GET without the bytes, and 304 to who has them', async () => {
    const fileId = await textFile();
    const whole = await get(`/files/${fileId}`, { person: ada });
    const head = await get(`/files/${fileId}`, { person: ada, method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '10']);
    const etag = whole.headers.get('etag') ?? '';
    const known = await get(`/files/${fileId}`, { person: ada, headers: { 'if-none-match': etag } });
    expect([known.status, known.text, known.headers.get('etag')]).toEqual([304, '', etag]);
    // Who may not read it is not told that they know it.
    expect((await get(`/files/${fileId}`, { person: eve, headers: { 'if-none-match': '*' } })).status).toBe(404);
  });

  it('ends when its reader takes nothing for a minute, and lets go of the file then', async () => {
    // More than the sockets of both sides hold.
    const { fileId } = await uploadFile(world, ada, Buffer.alloc(32 * 1024 * 1024, 'x'), { mimeType: 'text/plain' });
    const reading = jest.spyOn(world.gateway.app.get<BlobStore>(BLOBS), 'read');
    const accepted = new Promise<Socket>((resolve) => world.gateway.app.getHttpServer().once('connection', resolve));
    const reader = await RawSocket.open(world.gateway.port);
    reader.socket.pause();
    reader.write(`GET /files/${fileId} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n\r\n`);
    const socket = await accepted;
    await eventually(
      () => socket.writableLength > 0,
      () => 'bytes that nobody takes',
    );
    expect(socket.timeout).toBe(60_000);
    const opened = await (reading.mock.results[0]?.value as ReturnType<BlobStore['read']>);
    const closed = new Promise((resolve) => opened?.bytes.once('close', resolve));
    // A minute is long.
    socket.setTimeout(30);
    await closed;
    reader.reset();
    reading.mockRestore();
  });

  it('is for members whose window has a message that carries it, as it is now', async () => {
    const cem = await world.person('cem');
    const groupId = await world.group(ada, [bob, cem]);
    const convId = `group:${groupId}`;
    const client = await world.connect(ada);
    const [early, late] = [await textFile(), await textFile()];
    const { seq } = await client.say({ groupId }, 'one');
    await carry(early, convId, seq);
    const reads = async (person: Person) => [
      (await get(`/files/${early}`, { person })).status,
      (await get(`/files/${late}`, { person })).status,
    ];
    expect(await reads(bob)).toEqual([200, 404]);
    expect(await reads(eve)).toEqual([404, 404]);
    const former = (await linkOf(early, bob)) ?? '';
    expect((await get(former)).status).toBe(200);
    await world.request('DELETE', `/api/groups/${groupId}/members/bob`, undefined, ada);
    await carry(late, convId, (await client.say({ groupId }, 'two')).seq);
    expect(await reads(bob)).toEqual([404, 404]);
    expect((await get(former)).status).toBe(404);
    expect(await reads(cem)).toEqual([200, 200]);
    await world.post(`/api/groups/${groupId}/members`, { userIds: ['eve'] }, ada);
    expect(await reads(eve)).toEqual([404, 404]);
    const link = (await linkOf(early, cem)) ?? '';
    expect((await get(link)).status).toBe(200);
    await client.call('recall', { convId, seq });
    expect(await reads(cem)).toEqual([404, 200]);
    expect((await get(link)).status).toBe(404);
    expect((await world.get(`/api/files/${early}`, cem)).status).toBe(404);
    expect(await linkOf(early, cem)).toBeUndefined();
    expect(await reads(ada)).toEqual([200, 200]);
  });

  it('has nothing for others that tells a file from none', async () => {
    const fileId = await textFile();
    const [there, none] = [await get(`/files/${fileId}`, { person: eve }), await get('/files/nosuchfile', { person: eve })];
    expect(codeOf(there)).toEqual([404, 'NOT_FOUND']);
    expect([there.status, there.text]).toEqual([none.status, none.text]);
    const [out, gone] = [await get(`/files/${fileId}`), await get('/files/nosuchfile')];
    expect(codeOf(out)).toEqual([401, 'UNAUTHENTICATED']);
    expect([out.status, out.text]).toEqual([gone.status, gone.text]);
  });

  it('is for everybody where it is an avatar, and not by its metadata or by a bad token', async () => {
    const { fileId } = await uploadFile(world, ada, smallPng);
    await world.gateway.app
      .get(Database)
      .write((tx) => tx.run('INSERT INTO file_avatars (subject, file_id) VALUES (?, ?)', ['user:ada', fileId]));
    const { status, headers } = await get(`/files/${fileId}`);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
    expect((await get(`/files/${fileId}`, { person: eve })).status).toBe(200);
    expect((await get(`/files/${fileId}`, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
    expect((await get(`/api/files/${fileId}`)).status).toBe(401);
  });

  describe('by a link', () => {
    it('needs nothing else, for some minutes', async () => {
      const fileId = await textFile();
      const link = (await linkOf(fileId, ada)) ?? '';
      expect(await get(link)).toMatchObject({ status: 200, text: text.toString() });
      offsetMs = world.config.files.linkLifetimeSeconds * 1000 + 1;
      expect(codeOf(await get(link))).toEqual([403, 'FORBIDDEN']);
    });

    it.each([
      ['of another file', (link: string, other: string) => link.replace(/^\/files\/\w+/, other)],
      ['for another user', (link: string) => link.replace('user=ada', 'user=bob')],
      ['for another time', (link: string) => link.replace(/expires=\d/, 'expires=9')],
      ['that nobody made', (link: string) => link.replace(/signature=.*/, `signature=${'0'.repeat(64)}`)],
      ['of which a part is missing', (link: string) => link.replace(/expires=\d+&/, '')],
    ])('%s is FORBIDDEN', async (_, forge) => {
      const [fileId, other] = [await textFile(), await textFile()];
      const link = forge((await linkOf(fileId, ada)) ?? '', `/files/${other}`);
      expect(codeOf(await get(link))).toEqual([403, 'FORBIDDEN']);
    });

    it('does not count beside a token, and outlives the session that asked for it', async () => {
      const dora = await world.register('dora');
      const { fileId } = await uploadFile(world, dora);
      const link = (await linkOf(fileId, dora)) ?? '';
      expect((await get(link, { person: eve })).status).toBe(404);
      await world.post('/api/logout', {}, dora);
      expect((await get(link, { person: dora })).status).toBe(401);
      expect((await get(link)).status).toBe(200);
    });

    it('stands for its user: a ban ends it', async () => {
      const cem = await world.person('cem');
      const { fileId } = await uploadFile(world, cem);
      const link = (await linkOf(fileId, cem)) ?? '';
      expect((await get(link)).status).toBe(200);
      await world.gateway.app.get(Database).write((tx) => tx.run('UPDATE users SET banned_at = 1 WHERE id = ?', ['cem']));
      expect(codeOf(await get(link))).toEqual([403, 'FORBIDDEN']);
    });

    it('is of those files that somebody may read, in the order asked, once each', async () => {
      const [one, two] = [await textFile(), await textFile()];
      const theirs = (await uploadFile(world, bob)).fileId;
      const fileIds = [two, theirs, one, 'nosuchfile', two];
      const { body } = await world.post<{ links: { fileId: string }[] }>('/api/files/links', { fileIds }, ada);
      expect(body.links.map(({ fileId }) => fileId)).toEqual([two, one]);
    });
  });
});
