import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventData, mentionAll } from '@app/protocol';
import { OutboxStore } from '@app/storage';
import { type Person, type TestClient, World, dropStore, eventually, storeUrlOf } from '@app/testing';

describe('what is said in a group', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    // A burst of a test may take a while on a machine that has much to do.
    world = await World.start({ groupNudgeMs: 1_000, groupBatchSize: 3 });
  });
  afterAll(() => world.close());

  const person = (name: string): Promise<Person> => world.person(`${name}-${++people}`);
  const persons = <N extends string>(...names: N[]) => Promise.all(names.map((name) => person(name)));
  const nudges = (client: TestClient): EventData<'conversation'>[] => client.all('conversation');
  const say = (client: TestClient, groupId: string, text: string, more: object = {}) =>
    client.call('send', { groupId, type: 'text', payload: { text }, clientMsgId: `${++people}`, ...more });

  /** Everything that was said is told by now. */
  async function told(...clients: TestClient[]): Promise<void> {
    const outbox = world.gateway.app.get(OutboxStore);
    await eventually(
      async () => (await outbox.count()) === 0,
      () => 'the end of the outbox',
    );
    for (const client of clients) await client.settled();
  }

  it('is told once for a burst to the connections of members that have not subscribed, and to nobody else', async () => {
    const [ada, bob, cem, dan, eve] = (await persons('ada', 'bob', 'cem', 'dan', 'eve')) as [Person, Person, Person, Person, Person];
    const groupId = await world.group(ada, [bob, cem, eve]);
    await world.post(`/api/groups/${groupId}/leave`, undefined, eve);
    const [adaPhone, adaLaptop, bobPhone, bobLaptop, cemPhone, danPhone, evePhone] = (await Promise.all(
      [ada, ada, bob, bob, cem, dan, eve].map((who) => world.connect(who)),
    )) as TestClient[] & { length: 7 };
    const all = [adaPhone, adaLaptop, bobPhone, bobLaptop, cemPhone, danPhone, evePhone] as TestClient[];
    await bobPhone?.call('subscribe_group', { groupId });
    const acks = await Promise.all(Array.from({ length: 20 }, (_, i) => say(adaPhone as TestClient, groupId, `${i}`)));
    const lastSeq = Math.max(...acks.map(({ seq }) => seq));
    await told(...all);
    expect(all.map((client) => nudges(client).map((nudge) => nudge.lastSeq))).toEqual([
      [lastSeq],
      [lastSeq],
      [],
      [lastSeq],
      [lastSeq],
      [],
      [],
    ]);
    const [nudge] = nudges(cemPhone as TestClient);
    expect(nudge).toMatchObject({ convId: `group:${groupId}`, lastMessage: { seq: lastSeq, from: ada.id, payload: { text: '19' } } });
    expect(nudge).not.toHaveProperty('mentioned');
    expect(bobPhone?.all('message')).toHaveLength(20);
  });

  it('says to those who are mentioned that they are, by name or with everybody', async () => {
    const [ada, bob, cem] = (await persons('ada', 'bob', 'cem')) as [Person, Person, Person];
    const groupId = await world.group(ada, [bob, cem]);
    const [a, b, c] = (await Promise.all([ada, bob, cem].map((who) => world.connect(who)))) as [TestClient, TestClient, TestClient];
    await Promise.all([say(a, groupId, 'you', { mentions: [bob.id] }), say(a, groupId, 'nobody')]);
    await told(a, b, c);
    expect([a, b, c].map((client) => nudges(client).map(({ mentioned }) => mentioned))).toEqual([[undefined], [true], [undefined]]);
    await say(a, groupId, 'all of you', { mentions: [mentionAll] });
    await told(a, b, c);
    expect([b, c].map((client) => nudges(client).at(-1)?.mentioned)).toEqual([true, true]);
  });

  it('is told again when it is taken back, without what it said', async () => {
    const [ada, bob] = (await persons('ada', 'bob')) as [Person, Person];
    const groupId = await world.group(ada, [bob]);
    const [a, b] = [await world.connect(ada), await world.connect(bob)];
    const { seq } = await say(a, groupId, 'a secret');
    await told(b);
    await a.call('recall', { convId: `group:${groupId}`, seq });
    await told(b);
    expect(nudges(b).map((nudge) => nudge.lastSeq)).toEqual([seq, seq + 1]);
    expect(nudges(b)[1]?.lastMessage).toMatchObject({ seq, recalled: true });
    expect(nudges(b)[1]?.lastMessage).not.toHaveProperty('payload');
  });

  it('is not told to who came after it, a change of the group is, and who comes and goes is no news', async () => {
    const [ada, bob, cem] = (await persons('ada', 'bob', 'cem')) as [Person, Person, Person];
    const groupId = await world.group(ada, [bob]);
    const [a, b, c] = (await Promise.all([ada, bob, cem].map((who) => world.connect(who)))) as [TestClient, TestClient, TestClient];
    await say(a, groupId, 'before');
    await told();
    await world.post(`/api/groups/${groupId}/join`, undefined, cem);
    await told(b, c);
    expect([nudges(b).length, nudges(c).length]).toEqual([1, 0]);
    await world.request('PUT', `/api/groups/${groupId}`, { name: 'another name' }, ada);
    await told(b, c);
    expect([nudges(b).length, nudges(c).length]).toEqual([2, 1]);
    // What was said before they came is not theirs to read.
    expect(nudges(c)[0]).toMatchObject({ lastMessage: null });
    const { seq } = await say(a, groupId, 'after');
    await told(b, c);
    expect(nudges(c)[1]).toMatchObject({ lastSeq: seq, lastMessage: { payload: { text: 'after' } } });
  });

  it('is told in a group with more members than are connected, and in one with fewer', async () => {
    const owner = await person('owner');
    const members = await persons(...Array.from({ length: 12 }, (_, i) => `member${i}`));
    const here = members.slice(0, 4);
    const clients = await Promise.all([owner, ...here].map((who) => world.connect(who)));
    const [client, ...others] = clients as [TestClient, ...TestClient[]];
    const [small, large] = [await world.group(owner, here.slice(0, 1)), await world.group(owner, members)];
    // Everybody else leaves, so that those who are connected are fewer than the large group.
    await Promise.all([say(client, small, 'few', { mentions: here.slice(0, 1).map(({ id }) => id) }), say(client, large, 'many')]);
    await told(...others);
    const heard = others.map((other) =>
      nudges(other)
        .map(({ convId }) => (convId === `group:${small}` ? 'small' : 'large'))
        .sort(),
    );
    expect(heard).toEqual([['large', 'small'], ['large'], ['large'], ['large']]);
  });

  it('costs the outbox nothing when it is said in a c2c', async () => {
    const [ada, bob] = (await persons('ada', 'bob')) as [Person, Person];
    const [a, b] = [await world.connect(ada), await world.connect(bob)];
    await a.say({ to: bob.id }, 'hello');
    await b.next('message');
    await told(b);
    expect(nudges(b)).toEqual([]);
  });
});

it('what was said before a gateway ended is told after its next start', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  try {
    const [bob, groupId, seq] = await World.during({ dataDir, groupNudgeMs: 60_000 }, async (world) => {
      const [ada, bob] = [await world.person('ada'), await world.person('bob')];
      const groupId = await world.group(ada, [bob]);
      const { seq } = await (await world.connect(ada)).say({ groupId }, 'hello');
      return [bob, groupId, seq] as const;
    });
    // Of age some seconds after it was said, and not while nobody is connected yet.
    await World.during({ dataDir, groupNudgeMs: 3_000 }, async (world) => {
      const client = await world.connect(bob);
      const outbox = world.gateway.app.get(OutboxStore);
      await eventually(
        async () => (await outbox.count()) === 0,
        () => 'the end of the outbox',
      );
      await client.settled();
      expect(client.all('conversation').map((nudge) => `${nudge.convId} ${nudge.lastSeq}`)).toEqual([`group:${groupId} ${seq}`]);
    });
    await dropStore(await storeUrlOf(dataDir));
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
