import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Person, World } from '@app/testing';
import { WebSocket } from 'ws';
import { type Message, ParleyClient, type ParleyOptions, ParleyRest } from '.';
import type { ParleyError } from './errors';

describe('REST by the client', () => {
  let world: World;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    world = await World.start();
    [ada, bob] = [await world.person('ada'), await world.person('bob')];
  });
  afterAll(() => world.close());

  const refusal = (promise: Promise<unknown>): Promise<ParleyError> =>
    promise.then(
      () => Promise.reject(new Error('this was not refused')),
      (error: unknown) => error as ParleyError,
    );

  const client = ({ token }: Person, more: Partial<ParleyOptions> = {}) => new ParleyClient({ url: world.http, token, WebSocket, ...more });
  const online = async (person: Person, more: Partial<ParleyOptions> = {}): Promise<ParleyClient> => {
    const made = client(person, more);
    await new Promise((resolve) => made.on('connected', resolve));
    return made;
  };

  it('asks routes by their names, with what is in the path, the query and the body', async () => {
    const rest = new ParleyRest({ url: world.http, token: ada.token });
    const { groupId } = await rest.request('createGroup', { body: { name: 'Analysts', memberIds: [bob.id] } });
    expect(await rest.request('me')).toMatchObject({ id: ada.id });
    expect(await rest.request('group', { params: { id: groupId } })).toMatchObject({ name: 'Analysts', memberCount: 2 });
    const { members, next } = await rest.request('groupMembers', { params: { id: groupId }, query: { limit: 1 } });
    expect([members.map(({ userId }) => userId), next]).toEqual([[ada.id], ada.id]);
    expect((await rest.request('groups', {})).groups).toMatchObject([{ groupId }]);
  });

  it('uploads files of which messages tell, and gives addresses to read them', async () => {
    const [sender, reader] = [await online(ada), await online(bob)];
    const told = new Promise<Message>((resolve) => reader.on('message', resolve));
    const file = await sender.upload(new TextEncoder().encode('hello'), { name: 'a.txt', mimeType: 'text/plain' });
    expect(file).toMatchObject({ name: 'a.txt', size: 5, mimeType: 'text/plain', state: 'ready', ownerId: ada.id });
    await sender.send({ to: bob.id, type: 'file', payload: { fileId: file.fileId } });
    expect((await told).payload).toMatchObject({ fileId: file.fileId, name: 'a.txt', size: 5 });
    const links = await reader.links([file.fileId, 'abcdefgh']);
    expect([...links.keys()]).toEqual([file.fileId]);
    expect(await (await fetch(links.get(file.fileId)?.url ?? '')).text()).toBe('hello');
    for (const one of [sender, reader]) one.close();
  });

  it('uploads a blob with its own type, tells refusals, and can be stopped', async () => {
    const rest = new ParleyRest({ url: `${world.http}/`, token: ada.token });
    const blob = new Blob(['{}'], { type: 'application/json' });
    expect(await rest.upload(blob, { name: 'a.json' })).toMatchObject({ size: 2, mimeType: 'application/json' });
    expect(await rest.upload(new ArrayBuffer(3), { name: 'a' })).toMatchObject({ size: 3, mimeType: 'application/octet-stream' });
    expect(await rest.upload(new File(['{}'], 'b.json', { type: blob.type }))).toMatchObject({ name: 'b.json', mimeType: blob.type });
    for (const unnamed of [blob, new Uint8Array(3), new File(['x'], '')])
      expect(await rest.upload(unnamed)).toMatchObject({ name: 'file' });
    expect(await refusal(rest.upload(blob, { name: '../a' }))).toMatchObject({ code: 'BAD_REQUEST' });
    expect(await refusal(rest.upload(blob, { name: 'a.png', mimeType: 'image/png' }))).toMatchObject({ code: 'BAD_REQUEST' });
    const stopped = new Error('enough');
    await expect(rest.upload(blob, { name: 'a', signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
    rest.close();
    expect(await refusal(rest.upload(blob, { name: 'a' }))).toMatchObject({ code: 'CLOSED' });
  });

  it('needs no token to register and to log in', async () => {
    const rest = new ParleyRest({ url: `${world.ws}/ws?x=1` });
    const { id } = await rest.request('register', { body: { username: 'countess', password: 'a good password' } });
    const { token, userId } = await rest.request('login', { body: { username: 'countess', password: 'a good password' } });
    expect(userId).toBe(id);
    expect(await new ParleyRest({ url: world.http, token }).request('me')).toMatchObject({ id, username: 'countess' });
  });

  it('tells refusals as the errors of the catalogue', async () => {
    const rest = new ParleyRest({ url: world.http, token: ada.token });
    expect(await refusal(rest.request('user', { params: { id: 'nobody' } }))).toMatchObject({ name: 'ParleyError', code: 'NOT_FOUND' });
    const bad = await refusal(rest.request('createGroup', { body: { name: '' } }));
    expect([bad.code, bad.issues?.map(({ path }) => path)]).toEqual(['BAD_REQUEST', ['name']]);
    expect(await refusal(new ParleyRest({ url: world.http }).request('me'))).toMatchObject({ code: 'UNAUTHENTICATED' });
    // A path that goes up is another route's.
    for (const id of ['', '.', '..']) await expect(rest.request('group', { params: { id } })).rejects.toThrow(TypeError);
    await expect(rest.request('removeMember', { params: { id: 'g', userId: '..' } })).rejects.toThrow(TypeError);
    expect(() => new ParleyRest({ url: 'ftp://x' })).toThrow(TypeError);
  });

  it('renews a refused token once, where it can ask for one', async () => {
    const asked: boolean[] = [];
    const token = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return refresh ? ada.token : 'stale';
    };
    expect(await new ParleyRest({ url: world.http, token }).request('me')).toMatchObject({ id: ada.id });
    expect(asked).toEqual([false, true]);
    expect(await refusal(new ParleyRest({ url: world.http, token: () => 'stale' }).request('me'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('lets the token function itself ask for what tokens are got by', async () => {
    const account = { username: 'lovelace', password: 'a good password' };
    const asked: boolean[] = [];
    let stored = 'stale';
    const rest: ParleyRest = new ParleyRest({
      url: world.http,
      token: async ({ refresh }) => {
        if (asked.push(refresh) > 9) throw new Error('it is asked without end');
        // The first one is by the token that it gives itself, which is refused without a word to this function.
        if (refresh) await expect(rest.request('refresh')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
        return refresh ? (stored = (await rest.request('login', { body: account })).token) : stored;
      },
    });
    await rest.request('register', { body: account });
    const wrong = rest.request('login', { body: { ...account, password: 'another password' } });
    expect(await refusal(wrong)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toEqual([]);
    expect(await rest.request('me')).toMatchObject({ username: 'lovelace' });
    expect(asked).toEqual([false, true, false]);
  });

  it.each([
    [502, 'text/html', '<h1>Bad Gateway</h1>', 'UNAVAILABLE'],
    [413, 'text/html', '<h1>Too large</h1>', 'TOO_LARGE'],
    [418, 'text/plain', 'no', 'INTERNAL'],
    [429, 'application/json', '{"error":"slow down"}', 'RATE_LIMIT'],
    [500, 'application/json', '"oops"', 'INTERNAL'],
    [500, 'application/json', '{', 'DISCONNECTED'],
    [200, 'text/html', '<h1>Another page</h1>', 'DISCONNECTED'],
  ])('makes an error also of an answer %i %s that is not of the server', async (status, type, body, code) => {
    const proxy = createServer((_, answer) => answer.writeHead(status, { 'content-type': type }).end(body)).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const error = await refusal(new ParleyRest({ url }).request('me'));
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    expect([error.name, error.code]).toEqual(['ParleyError', code]);
  });

  it('answers DISCONNECTED where no answer comes, and CLOSED once it is closed', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    expect(await refusal(new ParleyRest({ url, timeoutMs: 50 }).request('me'))).toMatchObject({ code: 'DISCONNECTED' });
    const rest = new ParleyRest({ url });
    const asked = refusal(rest.request('me'));
    rest.close();
    expect(await asked).toMatchObject({ code: 'CLOSED' });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    expect(await refusal(new ParleyRest({ url }).request('me'))).toMatchObject({ code: 'DISCONNECTED' });
  });

  it('goes with a connected client, which hears what comes of it', async () => {
    const [a, b] = await Promise.all([online(ada), online(bob)]);
    try {
      const friends = new Promise((resolve) => b.on('friend_added', resolve));
      const asked = new Promise<{ id: string }>((resolve) => b.on('friend_request', resolve));
      await a.request('addFriend', { body: { friendId: bob.id, remark: 'Bobby' } });
      await b.request('acceptFriend', { params: { id: (await asked).id } });
      expect(await friends).toMatchObject({ userId: ada.id });
      const { users } = await a.request('presence', { query: { userIds: [bob.id, ada.id] } });
      expect(users.map(({ userId, online }) => [userId, online])).toEqual([
        [bob.id, true],
        [ada.id, true],
      ]);
    } finally {
      a.close();
      b.close();
    }
    expect(await refusal(a.request('me'))).toMatchObject({ code: 'CLOSED' });
  });

  it('comes with sync section by section, and receipts by themselves', async () => {
    const [a, b] = [client(ada), await online(bob)];
    try {
      expect(await new Promise((resolve) => a.on('friends', resolve))).toMatchObject([{ userId: bob.id, remark: 'Bobby' }]);
      const convId = `c2c:${ada.id}:${bob.id}`;
      const receipt = new Promise((resolve) => a.on('receipt', resolve));
      b.timeline({ convId }).on('entry', () => undefined);
      const { seq } = await a.send({ to: bob.id, type: 'text', payload: { text: 'hello' } });
      expect(await receipt).toEqual({ convId, userId: bob.id, readSeq: 0, deliveredSeq: seq });
    } finally {
      a.close();
      b.close();
    }
  });

  it('tells no delivery where the app does not want it', async () => {
    const [a, b] = [await online(ada), await online(bob, { delivered: false })];
    try {
      const receipts: unknown[] = [];
      const read = new Promise((resolve) => a.on('receipt', (receipt) => resolve(receipts.push(receipt))));
      const heard = new Promise<number>((resolve) => b.on('timeline', (one) => one.on('entry', ({ seq }) => resolve(seq))));
      const { convId, seq } = await a.send({ to: bob.id, type: 'text', payload: { text: 'hello again' } });
      expect(await heard).toBe(seq);
      await b.call('read', { convId, seq });
      await read;
      expect(receipts).toEqual([{ convId, userId: bob.id, readSeq: seq, deliveredSeq: seq }]);
    } finally {
      a.close();
      b.close();
    }
  });
});
