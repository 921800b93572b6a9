import type { Block, FriendRequest } from '@app/protocol';
import { type Answer, type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('a block', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const pair = async () => [await someone('ada'), await someone('bob')] as const;
  const block = (by: Person, { id }: Person) => world.post<Block>('/api/blocks', { userId: id }, by);
  const unblock = (by: Person, { id }: Person) => world.request('DELETE', `/api/blocks/${id}`, undefined, by);
  const ask = (from: Person, to: Person, message?: string) => world.post<FriendRequest>('/api/friends', { friendId: to.id, message }, from);
  const withdraw = (by: Person, { id }: FriendRequest) => world.request('DELETE', `/api/friends/requests/${id}`, undefined, by);
  const friendsOf = async (person: Person) =>
    (await world.get<{ friends: { userId: string }[] }>('/api/friends', person)).body.friends.map(({ userId }) => userId);
  const requestsOf = async (person: Person, direction: 'in' | 'out' = 'in') =>
    (await world.get<{ requests: FriendRequest[] }>(`/api/friends/requests?direction=${direction}`, person)).body.requests;
  const ended = (answer: Answer<unknown>) => [answer.status, World.codeOf(answer)];

  it('refuses c2c messages in both directions, also where the right to write was known', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const { seq } = await ada.client.say({ to: bob.id }, 'hello', 'kept');
    await bob.client.say({ to: ada.id }, 'hi');
    expect(await block(ada, bob)).toMatchObject({ status: 200, body: { userId: bob.id } });
    expect(await codeOf(bob.client.say({ to: ada.id }, 'hello?'))).toBe('BLOCKED');
    expect(await codeOf(ada.client.say({ to: bob.id }, 'hello?'))).toBe('BLOCKED');
    expect(await codeOf(bob.client.call('typing', { to: ada.id, typing: true }))).toBe('BLOCKED');
    expect(await codeOf(ada.client.call('edit', { to: bob.id, seq, payload: { text: 'x' } }))).toBe('BLOCKED');
    // What was stored before is still acked, read, and may be taken back.
    expect(await ada.client.say({ to: bob.id }, 'hello', 'kept')).toMatchObject({ seq, duplicate: true });
    expect((await bob.client.call('history', { to: ada.id })).messages).toHaveLength(2);
    await ada.client.call('recall', { to: bob.id, seq });
    expect(await bob.client.say({ groupId }, 'in a group')).toMatchObject({ seq: 2 });
  });

  it('of both stands until both have lifted theirs', async () => {
    const [ada, bob] = await pair();
    await Promise.all([block(ada, bob), block(bob, ada)]);
    expect((await unblock(ada, bob)).status).toBe(200);
    expect(await codeOf(ada.client.say({ to: bob.id }, 'hello'))).toBe('BLOCKED');
    await unblock(bob, ada);
    expect(await ada.client.say({ to: bob.id }, 'hello')).toMatchObject({ seq: 1 });
  });

  it('is listed for who made it and for nobody else, and sync tells of it and of its end', async () => {
    const [ada, bob] = await pair();
    const { body } = await block(ada, bob);
    expect(await block(ada, bob)).toMatchObject({ body });
    await ada.client.next('resync');
    expect((await world.get<{ blocks: Block[] }>('/api/blocks', ada)).body.blocks).toEqual([body]);
    expect((await world.get<{ blocks: Block[] }>('/api/blocks', bob)).body.blocks).toEqual([]);
    const first = await ada.client.call('sync', {});
    expect(first.blocks).toEqual([body]);
    expect((await bob.client.call('sync', {})).blocks).toEqual([]);
    offsetMs = 60_000;
    await unblock(ada, bob);
    expect((await ada.client.call('sync', { since: first.next })).blocks).toEqual([{ ...body, removed: true }]);
    expect((await ada.client.call('sync', {})).blocks).toEqual([]);
    await bob.client.settled();
    expect(bob.client.events.map(({ action }) => action)).toEqual(['connected']);
  });

  it('lets a request of the blocked look as if nobody answered', async () => {
    const [ada, bob] = await pair();
    await block(ada, bob);
    const { status, body } = await ask(bob, ada);
    expect([status, body.state]).toEqual([201, 'pending']);
    expect(await requestsOf(bob, 'out')).toEqual([body]);
    expect(await requestsOf(ada)).toEqual([]);
    await ada.client.settled();
    expect(ada.client.all('friend_request')).toEqual([]);
    expect(ended(await world.post(`/api/friends/requests/${body.id}/accept`, undefined, ada))).toEqual([404, 'NOT_FOUND']);
    expect(ended(await ask(ada, bob))).toEqual([403, 'BLOCKED']);
    // Once it is lifted, asking again is heard.
    await unblock(ada, bob);
    expect((await ask(bob, ada)).body).toMatchObject({ id: body.id, state: 'pending' });
    expect(await requestsOf(ada)).toMatchObject([{ from: bob.id }]);
  });

  it('keeps the words of the blocked from who made it, also when they are taken back', async () => {
    const [ada, bob] = await pair();
    const words = 'you cannot hide';
    await block(ada, bob);
    const { next } = await ada.client.call('sync', {});
    const told = async () => {
      const answers = [await ada.client.call('sync', { since: next }), await ada.client.call('sync', {})];
      await ada.client.settled();
      expect(JSON.stringify([answers, ada.client.events])).not.toContain(words);
      return answers.flatMap(({ friendRequests }) => friendRequests);
    };
    const { body: request } = await ask(bob, ada, words);
    expect(request).toMatchObject({ state: 'pending', message: words });
    expect(await told()).toEqual([]);
    expect((await withdraw(bob, request)).status).toBe(200);
    expect(await told()).toEqual([]);
    expect(await requestsOf(bob, 'out')).toEqual([]);
    expect((await ask(bob, ada, words)).body).toMatchObject({ id: request.id, state: 'pending' });
    expect(await told()).toEqual([]);
    expect(ended(await world.post(`/api/friends/requests/${request.id}/reject`, undefined, ada))).toEqual([404, 'NOT_FOUND']);
  });

  it('is told by sync as the end of a request that was known, and what the blocked then does with it is not told', async () => {
    const [ada, bob] = await pair();
    const { body: request } = await ask(bob, ada, 'hello');
    const { next } = await ada.client.call('sync', {});
    await ada.client.next('friend_request');
    await block(ada, bob);
    const ending = [{ id: request.id, state: 'withdrawn', message: null }];
    expect((await ada.client.call('sync', { since: next })).friendRequests).toMatchObject(ending);
    expect((await bob.client.call('sync', {})).friendRequests).toEqual([request]);
    await withdraw(bob, request);
    await bob.client.next('friend_request', ({ state }) => state === 'withdrawn');
    expect((await ada.client.call('sync', { since: next })).friendRequests).toMatchObject(ending);
    await ask(bob, ada, 'hello again');
    expect((await ada.client.call('sync', { since: next })).friendRequests).toMatchObject(ending);
    await ada.client.settled();
    expect(ada.client.all('friend_request')).toEqual([request]);
  });

  it('that is lifted lets what was asked meanwhile be answered by asking back', async () => {
    const [ada, bob] = await pair();
    await block(ada, bob);
    const { body: request } = await ask(bob, ada);
    await unblock(ada, bob);
    expect((await ask(ada, bob)).body).toMatchObject({ id: request.id, state: 'accepted' });
    expect([await friendsOf(ada), await friendsOf(bob)]).toEqual([[bob.id], [ada.id]]);
    expect([await requestsOf(bob, 'out'), await requestsOf(bob)]).toEqual([[], []]);
  });

  it('of somebody whom one had asked unheard takes that back', async () => {
    const [ada, bob] = await pair();
    await block(ada, bob);
    const { body: request } = await ask(bob, ada);
    await block(bob, ada);
    expect(await requestsOf(bob, 'out')).toEqual([]);
    await unblock(ada, bob);
    // He blocks her now, and she asks unheard.
    expect((await ask(ada, bob)).body).toMatchObject({ state: 'pending' });
    expect([await friendsOf(ada), await requestsOf(bob)]).toEqual([[], []]);
    expect(ended(await withdraw(ada, request))).toEqual([404, 'NOT_FOUND']);
  });

  it('ends what the two had asked of each other', async () => {
    const [ada, bob] = await pair();
    const cem = await someone('cem');
    const { body: his } = await ask(bob, ada);
    await ask(ada, cem);
    await block(ada, bob);
    expect(await requestsOf(ada)).toEqual([]);
    expect(await requestsOf(bob, 'out')).toEqual([his]);
    expect(ended(await world.post(`/api/friends/requests/${his.id}/accept`, undefined, ada))).toEqual([404, 'NOT_FOUND']);
    await block(ada, cem);
    expect([await requestsOf(ada, 'out'), await requestsOf(cem)]).toEqual([[], []]);
    expect((await world.request('DELETE', `/api/friends/requests/${his.id}`, undefined, bob)).status).toBe(200);
  });

  it('and an accept at once have one outcome', async () => {
    const [ada, bob] = await pair();
    for (let i = 0; i < 8; i++) {
      const { body: request } = await ask(bob, ada);
      const [accepted, blocked] = await Promise.all([
        world.post(`/api/friends/requests/${request.id}/accept`, undefined, ada),
        block(ada, bob),
      ]);
      expect([accepted.status, blocked.status]).toEqual([[200, 404, 409].find((status) => status === accepted.status), 200]);
      const { friends } = (await world.get<{ friends: unknown[] }>('/api/friends', bob)).body;
      expect(friends).toHaveLength(accepted.status === 200 ? 1 : 0);
      expect(await codeOf(bob.client.say({ to: ada.id }, 'hello'))).toBe('BLOCKED');
      await world.request('DELETE', `/api/friends/${bob.id}`, undefined, ada);
      await world.request('DELETE', `/api/friends/requests/${request.id}`, undefined, bob);
      await unblock(ada, bob);
    }
  });

  it('of oneself is BAD_REQUEST, of nobody NOT_FOUND, and one that does not stand cannot be lifted', async () => {
    const [ada, bob] = await pair();
    expect(ended(await block(ada, ada))).toEqual([400, 'BAD_REQUEST']);
    expect(ended(await block(ada, { id: 'nobody-at-all', token: '' }))).toEqual([404, 'NOT_FOUND']);
    expect(ended(await unblock(ada, bob))).toEqual([404, 'NOT_FOUND']);
  });

  it('is one of a limited number', async () => {
    await World.during({ maxFriends: 1 }, async (small) => {
      const [ada] = [await small.person('ada'), await small.person('bob'), await small.person('cem')];
      expect((await small.post('/api/blocks', { userId: 'bob' }, ada)).status).toBe(200);
      expect(ended(await small.post('/api/blocks', { userId: 'cem' }, ada))).toEqual([413, 'TOO_LARGE']);
    });
  });
});
