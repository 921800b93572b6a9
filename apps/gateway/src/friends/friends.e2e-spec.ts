import type { Friend, FriendRequest } from '@app/protocol';
import { type Answer, type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

const days = 24 * 3_600_000;

describe('friends', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;

  beforeAll(async () => {
    // Tokens live for a week.
    world = await World.start({ friendRequestDays: 3 }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const pair = async () => [await someone('ada'), await someone('bob')] as const;
  const ask = (from: Person, to: Person, more: Record<string, unknown> = {}) =>
    world.post<FriendRequest>('/api/friends', { friendId: to.id, ...more }, from);
  const settle = (person: Person, { id }: { id: string }, how: 'accept' | 'reject') =>
    world.post<Friend>(`/api/friends/requests/${id}/${how}`, undefined, person);
  const withdraw = (person: Person, { id }: { id: string }) => world.request('DELETE', `/api/friends/requests/${id}`, undefined, person);
  const friendsOf = async (person: Person) => (await world.get<{ friends: Friend[] }>('/api/friends', person)).body.friends;
  const requestsOf = async (person: Person, direction: 'in' | 'out' = 'in') =>
    (await world.get<{ requests: FriendRequest[] }>(`/api/friends/requests?direction=${direction}`, person)).body.requests;
  const befriend = async (a: Person, b: Person) => settle(b, (await ask(a, b)).body, 'accept');
  const ended = (answer: Answer<unknown>) => [answer.status, World.codeOf(answer)];

  describe('a request', () => {
    it('is told to both, with its message, and shown to both until it is settled', async () => {
      const [ada, bob] = await pair();
      const { status, body } = await ask(ada, bob, { message: 'we met 🍣 مرحبا', remark: 'Bobby' });
      expect([status, body]).toEqual([
        201,
        {
          id: expect.any(String) as string,
          from: ada.id,
          to: bob.id,
          message: 'we met 🍣 مرحبا',
          state: 'pending',
          createdAt: expect.any(Number) as number,
          expiresAt: body.createdAt + world.config.friendRequestDays * days,
        },
      ]);
      for (const { client } of [ada, bob]) expect(await client.next('friend_request')).toEqual(body);
      expect([await requestsOf(bob), await requestsOf(ada, 'out')]).toEqual([[body], [body]]);
      expect([await requestsOf(bob, 'out'), await requestsOf(ada)]).toEqual([[], []]);
      expect([await friendsOf(ada), await friendsOf(bob)]).toEqual([[], []]);
    });

    it('that is accepted makes friends of both, each with their own remark', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob, { remark: 'Bobby' });
      const { status, body } = await settle(bob, request, 'accept');
      expect([status, body]).toEqual([200, { userId: ada.id, remark: null, createdAt: expect.any(Number) as number }]);
      expect(await ada.client.next('friend_added')).toEqual({ userId: bob.id, remark: 'Bobby', createdAt: body.createdAt });
      expect(await bob.client.next('friend_added')).toEqual(body);
      expect(await friendsOf(ada)).toMatchObject([{ userId: bob.id, remark: 'Bobby' }]);
      expect(await friendsOf(bob)).toEqual([body]);
      expect([await requestsOf(bob), await requestsOf(ada, 'out')]).toEqual([[], []]);
    });

    it('that is turned down makes none, and may be made again', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob);
      expect((await settle(bob, request, 'reject')).body).toEqual({});
      await ada.client.next('friend_request', ({ state }) => state === 'rejected');
      expect([await friendsOf(ada), await requestsOf(bob)]).toEqual([[], []]);
      expect((await ask(ada, bob, { message: 'please' })).body).toMatchObject({ id: request.id, state: 'pending', message: 'please' });
      expect(await requestsOf(bob)).toMatchObject([{ message: 'please' }]);
    });

    it('may be withdrawn by who made it', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob);
      expect((await withdraw(ada, request)).status).toBe(200);
      await bob.client.next('friend_request', ({ state }) => state === 'withdrawn');
      expect(ended(await settle(bob, request, 'accept'))).toEqual([409, 'CONFLICT']);
      expect(await requestsOf(bob)).toEqual([]);
    });

    it('that is made again is the same one, and tells nobody', async () => {
      const [ada, bob] = await pair();
      const [first, second] = [await ask(ada, bob), await ask(ada, bob, { message: 'again' })];
      expect(second.body).toEqual(first.body);
      await bob.client.settled();
      expect(bob.client.all('friend_request')).toHaveLength(1);
    });

    it('in both directions is a friendship at once', async () => {
      const [ada, bob] = await pair();
      await ask(ada, bob, { remark: 'Bobby' });
      const { body } = await ask(bob, ada, { remark: 'Countess' });
      expect(body).toMatchObject({ from: ada.id, to: bob.id, state: 'accepted' });
      expect([await friendsOf(ada), await friendsOf(bob)]).toMatchObject([[{ remark: 'Bobby' }], [{ remark: 'Countess' }]]);
    });

    it('settled twice in the same way stays so, in another way is CONFLICT', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob);
      const [first, second] = [await settle(bob, request, 'accept'), await settle(bob, request, 'accept')];
      expect(second).toMatchObject({ status: 200, body: first.body });
      expect(ended(await settle(bob, request, 'reject'))).toEqual([409, 'CONFLICT']);
      expect(ended(await withdraw(ada, request))).toEqual([409, 'CONFLICT']);
      expect(await friendsOf(ada)).toHaveLength(1);
    });

    it('cannot be settled by who made it, nor by others', async () => {
      const [ada, bob] = await pair();
      const cem = await someone('cem');
      const { body: request } = await ask(ada, bob);
      for (const how of ['accept', 'reject'] as const) {
        expect(ended(await settle(ada, request, how))).toEqual([409, 'CONFLICT']);
        expect(ended(await settle(cem, request, how))).toEqual([404, 'NOT_FOUND']);
      }
      expect(ended(await withdraw(cem, request))).toEqual([404, 'NOT_FOUND']);
      expect(await requestsOf(bob)).toHaveLength(1);
    });

    it('expires', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob);
      offsetMs = world.config.friendRequestDays * days + 1_000;
      expect([await requestsOf(bob), await requestsOf(ada, 'out')]).toEqual([[], []]);
      expect(ended(await settle(bob, request, 'accept'))).toEqual([409, 'CONFLICT']);
      expect((await bob.client.call('sync', {})).friendRequests).toEqual([]);
      // What was asked too long ago is no answer to a request in the other direction.
      expect((await ask(bob, ada)).body).toMatchObject({ from: bob.id, state: 'pending' });
      expect((await ask(ada, bob)).body).toMatchObject({ state: 'accepted' });
    });

    it('to oneself is BAD_REQUEST, to nobody NOT_FOUND, to a friend ALREADY_EXISTS', async () => {
      const [ada, bob] = await pair();
      await befriend(ada, bob);
      expect(ended(await ask(ada, ada))).toEqual([400, 'BAD_REQUEST']);
      expect(ended(await ask(ada, { id: 'nobody-at-all', token: '' }))).toEqual([404, 'NOT_FOUND']);
      for (const [from, to] of [
        [ada, bob],
        [bob, ada],
      ] as const) {
        expect(ended(await ask(from, to))).toEqual([409, 'ALREADY_EXISTS']);
      }
      expect(ended(await ask(ada, bob, { remark: 'x'.repeat(65) }))).toEqual([400, 'BAD_REQUEST']);
      expect(ended(await ask(ada, bob, { message: 'a\0b' }))).toEqual([400, 'BAD_REQUEST']);
    });

    it('is listed in pages, newest first', async () => {
      const ada = await someone('ada');
      const others: Person[] = [];
      for (let i = 0; i < 5; i++) {
        const other = await world.person(`asker-${++people}`);
        await ask(other, ada);
        others.unshift(other);
        offsetMs += 10;
      }
      const listed: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const path: string = `/api/friends/requests?limit=2${cursor ? `&cursor=${cursor}` : ''}`;
        const { body } = await world.get<{ requests: FriendRequest[]; next: string | null }>(path, ada);
        listed.push(...body.requests.map(({ from }) => from));
        cursor = body.next;
      }
      expect(listed).toEqual(others.map(({ id }) => id));
      expect(ended(await world.get('/api/friends/requests?cursor=abc', ada))).toEqual([400, 'BAD_REQUEST']);
    });
  });

  it('nobody has more requests pending than friends, and one that is settled makes room', async () => {
    await World.during({ maxFriends: 1 }, async (small) => {
      const [ada] = [await small.person('ada'), await small.person('bob'), await small.person('cem')];
      const post = (friendId: string) => small.post<FriendRequest>('/api/friends', { friendId }, ada);
      const { body } = await post('bob');
      expect(ended(await post('cem'))).toEqual([413, 'TOO_LARGE']);
      expect((await post('bob')).body).toEqual(body);
      await small.request('DELETE', `/api/friends/requests/${body.id}`, undefined, ada);
      expect((await post('cem')).status).toBe(201);
    });
  });

  describe('a friendship', () => {
    it('ends for both, and may begin again', async () => {
      const [ada, bob] = await pair();
      await befriend(ada, bob);
      expect((await world.request('DELETE', `/api/friends/${ada.id}`, undefined, bob)).status).toBe(200);
      expect(await ada.client.next('friend_removed')).toEqual({ userId: bob.id });
      expect(await bob.client.next('friend_removed')).toEqual({ userId: ada.id });
      expect([await friendsOf(ada), await friendsOf(bob)]).toEqual([[], []]);
      expect(ended(await world.request('DELETE', `/api/friends/${ada.id}`, undefined, bob))).toEqual([404, 'NOT_FOUND']);
      await befriend(ada, bob);
      expect(await friendsOf(ada)).toHaveLength(1);
    });

    it('has a remark that only its owner sees', async () => {
      const [ada, bob] = await pair();
      await befriend(ada, bob);
      const put = (remark: string | null) => world.request('PUT', `/api/friends/${bob.id}`, { remark }, ada);
      expect((await put('בוב 🍣')).body).toMatchObject({ userId: bob.id, remark: 'בוב 🍣' });
      await ada.client.next('resync');
      expect([await friendsOf(ada), await friendsOf(bob)]).toMatchObject([[{ remark: 'בוב 🍣' }], [{ remark: null }]]);
      expect((await put(null)).body).toMatchObject({ remark: null });
      await bob.client.settled();
      expect(bob.client.all('resync')).toEqual([]);
      const cem = await someone('cem');
      expect(ended(await world.request('PUT', `/api/friends/${bob.id}`, { remark: 'x' }, cem))).toEqual([404, 'NOT_FOUND']);
    });

    it('is listed by user id, in pages', async () => {
      const ada = await someone('ada');
      const others: string[] = [];
      for (let i = 0; i < 5; i++) {
        const other = await world.person(`friend-${++people}`);
        await befriend(other, ada);
        others.push(other.id);
      }
      const listed: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const path: string = `/api/friends?limit=2${cursor ? `&cursor=${cursor}` : ''}`;
        const { body } = await world.get<{ friends: Friend[]; next: string | null }>(path, ada);
        listed.push(...body.friends.map(({ userId }) => userId));
        cursor = body.next;
      }
      expect(listed).toEqual(others.sort());
    });

    it('comes with sync, and so does its end', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob, { remark: 'Bobby' });
      const first = await ada.client.call('sync', {});
      expect(first).toMatchObject({ friends: [], friendRequests: [{ id: request.id, state: 'pending' }] });
      offsetMs = 60_000;
      await settle(bob, request, 'accept');
      const second = await ada.client.call('sync', { since: first.next });
      expect(second).toMatchObject({
        friends: [{ userId: bob.id, remark: 'Bobby' }],
        friendRequests: [{ id: request.id, state: 'accepted' }],
      });
      // A token reaches some seconds back.
      offsetMs = 120_000;
      const { next } = await ada.client.call('sync', { since: second.next });
      const third = await ada.client.call('sync', { since: next });
      expect([third.friends, third.friendRequests]).toEqual([[], []]);
      await world.request('DELETE', `/api/friends/${ada.id}`, undefined, bob);
      expect((await ada.client.call('sync', { since: third.next })).friends).toMatchObject([{ userId: bob.id, removed: true }]);
      expect(await ada.client.call('sync', {})).toMatchObject({ friends: [], friendRequests: [] });
    });
  });

  describe('of what two do at once there is one outcome', () => {
    const bothAgree = async (a: Person, b: Person): Promise<boolean> => {
      const [ofA, ofB] = [await friendsOf(a), await friendsOf(b)];
      expect([ofA.length, await requestsOf(a), await requestsOf(b)]).toEqual([ofB.length, [], []]);
      return ofA.length === 1;
    };

    it('accept and withdraw', async () => {
      const [ada, bob] = await pair();
      for (let i = 0; i < 8; i++) {
        const { body: request } = await ask(ada, bob);
        const [accepted, withdrawn] = await Promise.all([settle(bob, request, 'accept'), withdraw(ada, request)]);
        expect([accepted.status, withdrawn.status].sort()).toEqual([200, 409]);
        expect(await bothAgree(ada, bob)).toBe(accepted.status === 200);
        if (accepted.status === 200) await world.request('DELETE', `/api/friends/${bob.id}`, undefined, ada);
      }
    });

    it('two requests in both directions', async () => {
      const [ada, bob] = await pair();
      for (let i = 0; i < 8; i++) {
        const answers = await Promise.all([ask(ada, bob), ask(bob, ada)]);
        expect(answers.map(({ status, body }) => [status, body.state]).sort()).toEqual([
          [201, 'accepted'],
          [201, 'pending'],
        ]);
        expect(await bothAgree(ada, bob)).toBe(true);
        await world.request('DELETE', `/api/friends/${bob.id}`, undefined, ada);
      }
    });

    it('accept and accept, remove and remove', async () => {
      const [ada, bob] = await pair();
      const { body: request } = await ask(ada, bob);
      const accepted = await Promise.all([settle(bob, request, 'accept'), settle(bob, request, 'accept')]);
      expect(accepted.map(({ status }) => status)).toEqual([200, 200]);
      const removed = await Promise.all([
        world.request('DELETE', `/api/friends/${bob.id}`, undefined, ada),
        world.request('DELETE', `/api/friends/${ada.id}`, undefined, bob),
      ]);
      expect(removed.every(({ status }) => status === 200 || status === 404)).toBe(true);
      expect(await bothAgree(ada, bob)).toBe(false);
    });
  });

  describe('where friendship is required', () => {
    it('only friends write to each other; what was said stays readable, and a retry of what was stored is acked', async () => {
      await World.during({ requireFriendship: true, maxFriends: 1 }, async (strict) => {
        const [ada, bob, cem] = [await strict.person('ada'), await strict.person('bob'), await strict.person('cem')];
        const [a, b] = [await strict.connect(ada), await strict.connect(bob)];
        expect(await codeOf(a.say({ to: 'bob' }, 'hello'))).toBe('NOT_FRIEND');
        const { body } = await strict.post<FriendRequest>('/api/friends', { friendId: 'bob' }, ada);
        expect(await codeOf(a.say({ to: 'bob' }, 'hello'))).toBe('NOT_FRIEND');
        await strict.post(`/api/friends/requests/${body.id}/accept`, undefined, bob);
        const { seq } = await a.say({ to: 'bob' }, 'hello', 'kept');
        await b.say({ to: 'ada' }, 'hi');
        await strict.request('DELETE', '/api/friends/ada', undefined, bob);
        for (const [client, to] of [
          [a, 'bob'],
          [b, 'ada'],
        ] as const) {
          expect(await codeOf(client.say({ to }, 'still there?'))).toBe('NOT_FRIEND');
        }
        expect(await a.say({ to: 'bob' }, 'hello', 'kept')).toMatchObject({ seq, duplicate: true });
        expect((await a.call('history', { to: 'bob' })).messages).toHaveLength(2);
        // A group is another matter.
        const groupId = await strict.group(ada, [cem]);
        expect(await a.say({ groupId }, 'hello')).toMatchObject({ seq: 2 });
        // One friend is all that this server lets anybody have.
        for (const friendId of ['bob', 'cem']) {
          const { body: request } = await strict.post<FriendRequest>('/api/friends', { friendId }, ada);
          const by = friendId === 'bob' ? bob : cem;
          const answer = await strict.post(`/api/friends/requests/${request.id}/accept`, undefined, by);
          expect(answer.status).toBe(friendId === 'bob' ? 200 : 413);
        }
      });
    });
  });
});
