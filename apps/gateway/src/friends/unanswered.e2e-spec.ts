import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FriendRequest } from '@app/protocol';
import { FaultyDatabase, type Person, type TestClient, World } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('what two users settle while the answer to a commit is lost', () => {
  let world: World;
  let database: FaultyDatabase;
  let people = 0;
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));

  beforeAll(async () => {
    database = await FaultyDatabase.open({ url: '', dataDir });
    world = await World.start({ dataDir }, { database });
  });
  afterAll(async () => {
    await world.close();
    rmSync(dataDir, { recursive: true });
  });

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  /** Two whose c2c is there, so that what comes next is one transaction. */
  const pair = async () => {
    const both = [await someone('ada'), await someone('bob')] as const;
    await both[0].client.say({ to: both[1].id }, 'hello');
    return both;
  };
  const ask = (from: Person, to: Person) => world.post<FriendRequest>('/api/friends', { friendId: to.id }, from);
  const friendsOf = async (person: Person) =>
    (await world.get<{ friends: { userId: string }[] }>('/api/friends', person)).body.friends.map(({ userId }) => userId);

  it.each(['lost-answer', 'refused-commit', 'lost-before'] as const)(
    'a request is told once, and so is its withdrawal: %s',
    async (fault) => {
      const [ada, bob] = await pair();
      database.failNext(fault);
      const { status, body } = await ask(ada, bob);
      expect([status, body.state]).toEqual([201, 'pending']);
      database.failNext(fault);
      expect((await world.request('DELETE', `/api/friends/requests/${body.id}`, undefined, ada)).status).toBe(200);
      await bob.client.next('friend_request', ({ state }) => state === 'withdrawn');
      expect(bob.client.all('friend_request').map(({ state }) => state)).toEqual(['pending', 'withdrawn']);
    },
  );

  it.each(['lost-answer', 'refused-commit', 'lost-before'] as const)('two requests make a friendship, which is told: %s', async (fault) => {
    const [ada, bob] = await pair();
    await ask(ada, bob);
    database.failNext(fault);
    const { status, body } = await ask(bob, ada);
    expect([status, body.state]).toEqual([201, 'accepted']);
    for (const { client } of [ada, bob]) await client.next('friend_added');
    expect([await friendsOf(ada), await friendsOf(bob)]).toEqual([[bob.id], [ada.id]]);
  });

  it.each(['lost-answer', 'refused-commit', 'lost-before'] as const)('a request is accepted, which is told: %s', async (fault) => {
    const [ada, bob] = await pair();
    const { body } = await ask(ada, bob);
    database.failNext(fault);
    expect((await world.post(`/api/friends/requests/${body.id}/accept`, undefined, bob)).status).toBe(200);
    for (const { client } of [ada, bob]) await client.next('friend_added');
    await ada.client.settled();
    expect(ada.client.all('friend_added')).toHaveLength(1);
  });

  it('a block stands, and is lifted', async () => {
    const [ada, bob] = await pair();
    database.failNext('lost-answer');
    expect((await world.post('/api/blocks', { userId: bob.id }, ada)).status).toBe(200);
    database.failNext('lost-answer');
    expect((await world.request('DELETE', `/api/blocks/${bob.id}`, undefined, ada)).status).toBe(200);
    expect((await world.get<{ blocks: unknown[] }>('/api/blocks', ada)).body.blocks).toEqual([]);
  });
});
