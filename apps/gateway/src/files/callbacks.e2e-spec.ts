import { createHmac } from 'node:crypto';
import type { File } from '@app/protocol';
import { type Person, World, beginUpload, putBytes, smallPng } from '@app/testing';

const secret = 'a secret of the storage';

describe('a report of the storage', () => {
  let world: World;
  let ada: Person;
  let offsetMs = 0;

  beforeAll(async () => {
    const objectStorage = { callbackSecret: secret, callbackBaseUrl: 'https://chat.example.com' };
    world = await World.start({ objectStorage }, { clock: { now: () => Date.now() + offsetMs } });
    ada = await world.person('ada');
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const sign = (fileId: string, timestamp: number, by = secret) => createHmac('sha256', by).update(`${timestamp}\n${fileId}`).digest('hex');
  const report = (fileId: string, timestamp = Date.now()) => ({ fileId, timestamp, signature: sign(fileId, timestamp) });
  const send = async (body: unknown) => {
    const answer = await world.post('/api/files/callback', body);
    return answer.status === 200 ? answer.body : [answer.status, World.codeOf(answer)];
  };
  /** A file whose bytes are there; who reports to an address behind a proxy knows the gateway by another one. */
  const uploaded = async () => {
    const begun = await beginUpload(world, ada, smallPng);
    const { pathname, search, origin } = new URL(begun.upload.url);
    expect(origin).toBe('https://chat.example.com');
    await putBytes(world, { upload: { ...begun.upload, url: pathname + search } }, smallPng);
    return begun.fileId;
  };

  it('is signed as the guide says', () => {
    expect(createHmac('sha256', 'a secret of the storage').update('1795700000000\n0123456789abcdefghjkmnpqrs').digest('hex')).toBe(
      '8c5fa8635306e8eeaa505c5617df7d3e3cb3c09985aeea9d88c0c0c4558d79ce',
    );
  });

  it('makes a file ready', async () => {
    const fileId = await uploaded();
    expect(await send(report(fileId))).toEqual({ fileId, state: 'ready' });
    expect((await world.get<File>(`/api/files/${fileId}`, ada)).body).toMatchObject({ state: 'ready', width: 3 });
  });

  it('counts once, and tells a replay from one that is made anew, and both from one whose bytes are not there', async () => {
    const [fileId, begun] = [await uploaded(), await beginUpload(world, ada, smallPng)];
    const body = report(fileId);
    expect(await send(body)).toEqual({ fileId, state: 'ready' });
    expect(await send(body)).toEqual([409, 'ALREADY_EXISTS']);
    expect(await send(report(fileId, Date.now() + 1_000))).toEqual({ fileId, state: 'ready' });
    expect(await send(report(begun.fileId))).toEqual([409, 'CONFLICT']);
  });

  it('counts once when it comes twice at once', async () => {
    const body = report(await uploaded());
    const answers = await Promise.all([send(body), send(body), send(body)]);
    expect(answers.filter((answer) => !Array.isArray(answer))).toHaveLength(1);
  });

  it('may name the object instead', async () => {
    const fileId = await uploaded();
    const { timestamp, signature } = report(fileId);
    expect(await send({ key: `a/b/ready/${fileId}`, timestamp, signature })).toEqual([400, 'BAD_REQUEST']);
    expect(await send({ key: `pending/${fileId}`, fileId: 'another', timestamp, signature })).toEqual([400, 'BAD_REQUEST']);
    expect(await send({ key: `a/b/pending/${fileId}`, timestamp, signature })).toEqual({ fileId, state: 'ready' });
  });

  it('that came before the bytes may come again as it is', async () => {
    const begun = await beginUpload(world, ada, smallPng);
    const body = report(begun.fileId);
    expect(await send(body)).toEqual([409, 'CONFLICT']);
    const { pathname, search } = new URL(begun.upload.url);
    await putBytes(world, { upload: { ...begun.upload, url: pathname + search } }, smallPng);
    expect(await send(body)).toEqual({ fileId: begun.fileId, state: 'ready' });
  });

  it('is FORBIDDEN with the signature of another secret, file or time', async () => {
    const fileId = await uploaded();
    const [now, other] = [Date.now(), await uploaded()];
    for (const signature of [sign(fileId, now, 'another secret'), sign(other, now), sign(fileId, now + 1), '0'.repeat(64)]) {
      expect(await send({ fileId, timestamp: now, signature })).toEqual([403, 'FORBIDDEN']);
    }
    expect((await world.get(`/api/files/${fileId}`, ada)).status).toBe(404);
  });

  it('is FORBIDDEN when it is old or from the future', async () => {
    const fileId = await uploaded();
    const body = report(fileId);
    const longestMs = (world.config.files.uploadLifetimeSeconds + 300) * 1000;
    for (const ms of [-301_000, longestMs + 1_000]) {
      offsetMs = ms;
      expect(await send(body)).toEqual([403, 'FORBIDDEN']);
    }
    offsetMs = longestMs - 60_000;
    expect(await send(body)).toEqual({ fileId, state: 'ready' });
  });

  it('of a file that there is not is NOT_FOUND', async () => {
    expect(await send(report('nosuchfile'))).toEqual([404, 'NOT_FOUND']);
  });

  it('is NOT_ENABLED without a secret, which an empty one is not', () =>
    World.during({}, async (other) => {
      const body = { fileId: 'nosuchfile', timestamp: 1, signature: sign('nosuchfile', 1, '') };
      const answer = await other.post('/api/files/callback', body);
      expect([answer.status, World.codeOf(answer)]).toEqual([501, 'NOT_ENABLED']);
    }));
});
