import type { FriendRequest } from '@app/protocol';
import { type Answer, Cluster, type Person, type TestClient, type World, codeOf } from '@app/testing';

/** Gateways that hear nothing of each other: what one decides the others can only know from the store. */
let cluster: Cluster;
let here: World;
let there: World;
let people = 0;

beforeAll(async () => {
  cluster = await Cluster.start(2, { maxFriends: 3 });
  [here, there] = cluster.worlds as [World, World];
  cluster.cutOff = true;
});
afterAll(() => cluster.close());

const rounds = Array.from({ length: 12 }, (_, i) => i);

const someone = (name: string): Promise<Person> => here.person(`${name}-${++people}`);
const pair = async () => [await someone('ada'), await someone('bob')] as const;
const ask = (world: World, from: Person, to: Person) => world.post<FriendRequest>('/api/friends', { friendId: to.id }, from);
const accept = (world: World, by: Person, { id }: FriendRequest) => world.post(`/api/friends/requests/${id}/accept`, undefined, by);
const reject = (world: World, by: Person, { id }: FriendRequest) => world.post(`/api/friends/requests/${id}/reject`, undefined, by);
const withdraw = (world: World, by: Person, { id }: FriendRequest) => world.request('DELETE', `/api/friends/requests/${id}`, undefined, by);
const unfriend = (world: World, by: Person, { id }: Person) => world.request('DELETE', `/api/friends/${id}`, undefined, by);
const block = (world: World, by: Person, { id }: Person) => world.post('/api/blocks', { userId: id }, by);
const friendsOf = async (person: Person): Promise<string[]> =>
  (await here.get<{ friends: { userId: string }[] }>('/api/friends', person)).body.friends.map(({ userId }) => userId);
const openOf = async (person: Person): Promise<FriendRequest[]> =>
  (
    await Promise.all(
      ['in', 'out'].map((direction) => here.get<{ requests: FriendRequest[] }>(`/api/friends/requests?direction=${direction}`, person)),
    )
  ).flatMap(({ body }) => body.requests);
const statuses = (answers: readonly Answer<unknown>[]): number[] => answers.map(({ status }) => status).sort();

/** Whether the two are friends, on which both sides agree, with nothing left open between them. */
async function areFriends(a: Person, b: Person): Promise<boolean> {
  const [ofA, ofB, ...open] = [await friendsOf(a), await friendsOf(b), await openOf(a), await openOf(b)];
  expect(open).toEqual([[], []]);
  expect(ofA.includes(b.id)).toBe(ofB.includes(a.id));
  return ofA.includes(b.id);
}

describe('of what is done at two gateways at once there is one outcome', () => {
  it.each(rounds)('two first requests in both directions make a friendship (%i)', async () => {
    const [ada, bob] = await pair();
    const answers = await Promise.all([ask(here, ada, bob), ask(there, bob, ada)]);
    expect(answers.map(({ status, body }) => [status, body.state]).sort()).toEqual([
      [201, 'accepted'],
      [201, 'pending'],
    ]);
    expect(await areFriends(ada, bob)).toBe(true);
  });

  it.each(rounds)('two requests in one direction are one (%i)', async () => {
    const [ada, bob] = await pair();
    const answers = await Promise.all([ask(here, ada, bob), ask(there, ada, bob)]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(statuses(answers)).toEqual([201, 201]);
    expect(await openOf(bob)).toHaveLength(1);
  });

  it.each([
    ['withdrawn', withdraw],
    ['turned down', reject],
  ] as const)('a request is accepted, or %s', async (_, end) => {
    for (const round of rounds) {
      const [ada, bob] = await pair();
      const { body: request } = await ask(here, ada, bob);
      const by = end === withdraw ? ada : bob;
      const race = [() => accept(here, bob, request), () => end(there, by, request)];
      const answers = await Promise.all((round % 2 === 0 ? race : race.reverse()).map((start) => start()));
      expect(statuses(answers)).toEqual([200, 409]);
      const accepted = answers[round % 2 === 0 ? 0 : 1]?.status === 200;
      expect(await areFriends(ada, bob)).toBe(accepted);
    }
  });

  it('a friendship that both end is over, and one that both accept is one', async () => {
    for (const _ of rounds) {
      const [ada, bob] = await pair();
      const { body: request } = await ask(here, ada, bob);
      expect(statuses(await Promise.all([accept(here, bob, request), accept(there, bob, request)]))).toEqual([200, 200]);
      expect(await areFriends(ada, bob)).toBe(true);
      const ended = await Promise.all([unfriend(here, ada, bob), unfriend(there, bob, ada)]);
      expect(ended.every(({ status }) => status === 200 || status === 404)).toBe(true);
      expect(await areFriends(ada, bob)).toBe(false);
    }
  });

  it('whom somebody blocks is their friend by then, or does not become it', async () => {
    for (const _ of rounds) {
      const [ada, bob] = await pair();
      const { body: request } = await ask(here, bob, ada);
      const [accepted, blocked] = await Promise.all([accept(here, ada, request), block(there, ada, bob)]);
      expect(blocked.status).toBe(200);
      expect([200, 404, 409]).toContain(accepted.status);
      expect([await friendsOf(ada), await friendsOf(bob)]).toEqual(accepted.status === 200 ? [[bob.id], [ada.id]] : [[], []]);
      expect(await openOf(ada)).toEqual([]);
    }
  });

  it('nobody has more friends than the limit, nor blocks or asks more', async () => {
    const [ada, bob] = await pair();
    const others = await Promise.all(Array.from({ length: 8 }, () => someone('cem')));
    const gateways = [here, there];
    const each = <T>(start: (world: World, other: Person) => Promise<T>): Promise<T[]> =>
      Promise.all(others.map((other, i) => start(gateways[i % 2] as World, other)));
    const requests = new Map((await each((world, other) => ask(world, other, ada))).map(({ body }) => [body.from, body]));
    const accepted = await each((world, other) => accept(world, ada, requests.get(other.id) as FriendRequest));
    expect(statuses(accepted)).toEqual([200, 200, 200, 413, 413, 413, 413, 413]);
    expect(await friendsOf(ada)).toHaveLength(3);
    expect(statuses(await each((world, other) => block(world, bob, other)))).toEqual([200, 200, 200, 413, 413, 413, 413, 413]);
    const dan = await someone('dan');
    expect(statuses(await each((world, other) => ask(world, dan, other)))).toEqual([201, 201, 201, 413, 413, 413, 413, 413]);
  });
});

describe('a gateway that was not told', () => {
  /** A client at the other gateway, which has checked and remembers that they may write to `to`. */
  async function writer(person: Person, to: Person): Promise<TestClient> {
    const client = await there.connect(person);
    await client.say({ to: to.id }, 'before', 'before');
    return client;
  }

  it('stores nothing of somebody who was blocked elsewhere, nor tells that they are typing', async () => {
    const [ada, bob] = await pair();
    const [client, reader] = [await writer(bob, ada), await there.connect(ada)];
    await block(here, ada, bob);
    expect(await codeOf(client.call('typing', { to: ada.id, typing: true }))).toBe('BLOCKED');
    const { seq } = await client.say({ to: ada.id }, 'before', 'before');
    expect(await codeOf(client.call('edit', { to: ada.id, seq, payload: { text: 'changed' } }))).toBe('BLOCKED');
    const sends = Array.from({ length: 20 }, (_, i) => codeOf(client.say({ to: ada.id }, 'after', `after-${i}`)));
    expect(await Promise.all(sends)).toEqual(sends.map(() => 'BLOCKED'));
    await reader.settled();
    expect(reader.all('typing')).toEqual([]);
    const { entries } = await reader.call('entries', { to: bob.id, afterSeq: 0 });
    expect(entries).toMatchObject([{ payload: { text: 'before' } }]);
  });

  it('stores nothing behind the block, however close the two are', async () => {
    const [ada, bob] = await pair();
    const client = await writer(bob, ada);
    const acks: Promise<number>[] = [];
    let refused = '';
    const write = async (): Promise<void> => {
      for (let i = 0; refused === ''; i++) {
        const ack = client.say({ to: ada.id }, 'racing').then(({ seq }) => seq);
        acks.push(ack);
        ack.catch((error: { code?: string }) => (refused = error.code ?? 'no code'));
        if (i % 5 === 4) await ack.catch(() => undefined);
      }
    };
    const writing = write();
    await Promise.all(acks.slice(0, 5));
    await block(here, ada, bob);
    // Nothing comes behind what is stored when the block stands.
    const atBlock = await (await here.connect(ada)).call('entries', { to: bob.id, afterSeq: 0, limit: 500 });
    await writing;
    await Promise.allSettled(acks);
    expect(refused).toBe('BLOCKED');
    const stored = (await Promise.allSettled(acks)).flatMap((ack) => (ack.status === 'fulfilled' ? [ack.value] : []));
    expect(Math.max(...stored)).toBeLessThanOrEqual(atBlock.lastSeq);
  });

  it('lets them write again once the block is lifted', async () => {
    const [ada, bob] = await pair();
    const client = await writer(bob, ada);
    await block(here, ada, bob);
    expect(await codeOf(client.say({ to: ada.id }, 'no'))).toBe('BLOCKED');
    await here.request('DELETE', `/api/blocks/${bob.id}`, undefined, ada);
    expect(await client.say({ to: ada.id }, 'yes')).toMatchObject({ seq: 2 });
    expect(await client.call('typing', { to: ada.id, typing: true })).toEqual({});
  });
});

it('where friendship is required, a gateway that was not told stores nothing between two who are friends no more', async () => {
  const strict = await Cluster.start(2, { requireFriendship: true });
  try {
    const [one, other] = strict.worlds as [World, World];
    strict.cutOff = true;
    const [ada, bob] = [await one.person('ada'), await one.person('bob')];
    const { body: request } = await ask(one, ada, bob);
    const client = await other.connect(ada);
    expect(await codeOf(client.say({ to: 'bob' }, 'not yet'))).toBe('NOT_FRIEND');
    await accept(one, bob, request);
    await client.say({ to: 'bob' }, 'friends');
    await unfriend(one, bob, ada);
    expect(await codeOf(client.call('typing', { to: 'bob', typing: true }))).toBe('NOT_FRIEND');
    expect(await codeOf(client.say({ to: 'bob' }, 'no more'))).toBe('NOT_FRIEND');
  } finally {
    await strict.close();
  }
});
