import type { Group, GroupMember } from '@app/protocol';
import { type Answer, Cluster, codeOf, type Person, type Seeded, World, withSeed } from '@app/testing';

let cluster: Cluster;
let here: World;
let there: World;
let people = 0;

beforeAll(async () => {
  cluster = await Cluster.start(2, { maxGroupSize: 7 });
  [here, there] = cluster.worlds as [World, World];
});
afterAll(() => cluster.close());

const someone = (name: string) => here.person(`${name}-${++people}`);
const three = async () => [await someone('ada'), await someone('bob'), await someone('cy')] as const;
const admin = (groupId: string, person: Person, owner: Person) =>
  here.request('PUT', `/api/groups/${groupId}/members/${person.id}`, { role: 'admin' }, owner);
const kick = (world: World, groupId: string, person: Person, by: Person) =>
  world.request('DELETE', `/api/groups/${groupId}/members/${person.id}`, undefined, by);
const transfer = (world: World, groupId: string, person: Person, by: Person) =>
  world.post(`/api/groups/${groupId}/transfer`, { userId: person.id }, by);
const join = (world: World, groupId: string, person: Person) => world.post(`/api/groups/${groupId}/join`, undefined, person);
const leave = (world: World, groupId: string, person: Person) => world.post(`/api/groups/${groupId}/leave`, undefined, person);
const dissolve = (world: World, groupId: string, by: Person) => world.request('DELETE', `/api/groups/${groupId}`, undefined, by);
const add = (world: World, groupId: string, ids: string[], by: Person) =>
  world.post(`/api/groups/${groupId}/members`, { userIds: ids }, by);

const verdictOf = (answer: Answer): string => (answer.status < 300 ? 'served' : World.codeOf(answer));
const verdictsOf = async (...answers: Promise<Answer>[]) => (await Promise.all(answers)).map(verdictOf);

/** What everybody may rely on, whatever happened: one owner, who is there, a count that is right, and a log that tells the same. */
async function expectConsistent(groupId: string, everybody: readonly Person[]): Promise<void> {
  const seen = await Promise.all(
    everybody.map(async (person) => ({ person, answer: await there.get<Group>(`/api/groups/${groupId}`, person) })),
  );
  const insiders = seen.filter(({ answer }) => answer.status === 200);
  const [first] = insiders;
  if (!first) return;
  const { members } = (await here.get<{ members: GroupMember[] }>(`/api/groups/${groupId}/members`, first.person)).body;
  const owners = members.filter(({ role }) => role === 'owner').map(({ userId }) => userId);
  expect(members.map(({ userId }) => userId).sort()).toEqual(insiders.map(({ person }) => person.id).sort());
  for (const { answer, person } of insiders) {
    expect(answer.body).toMatchObject({ memberCount: members.length, ownerId: owners[0] });
    expect(answer.body.role).toBe(members.find(({ userId }) => userId === person.id)?.role);
  }
  expect(owners).toHaveLength(1);
}

/** Tries a race until each of its outcomes was seen, or often enough. */
async function race(times: number, run: (swap: boolean) => Promise<string[]>, outcomes: readonly (readonly string[])[]): Promise<void> {
  for (let i = 0; i < times; i++) expect(outcomes).toContainEqual(await run(i % 2 === 0));
}

/** Starts two things, in this order or the other, and answers how each ended. */
const both = async (swap: boolean, first: () => Promise<Answer>, second: () => Promise<Answer>): Promise<string[]> => {
  if (!swap) return verdictsOf(first(), second());
  const later = second();
  return verdictsOf(first(), later);
};

describe('at once, on two gateways', () => {
  it('two admins who remove each other both stay: neither is above the other', async () => {
    const [ada, bob, cy] = await three();
    const groupId = await here.group(ada, [bob, cy]);
    for (const person of [bob, cy]) await admin(groupId, person, ada);
    expect(await verdictsOf(kick(here, groupId, cy, bob), kick(there, groupId, bob, cy))).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    await expectConsistent(groupId, [ada, bob, cy]);
  });

  it('an owner who hands over and an heir whom an admin removes: one of the two happens', async () => {
    await race(
      6,
      async (swap) => {
        const [ada, bob, cy] = await three();
        const groupId = await here.group(ada, [bob, cy]);
        await admin(groupId, bob, ada);
        const ended = await both(
          swap,
          () => transfer(here, groupId, cy, ada),
          () => kick(there, groupId, cy, bob),
        );
        await expectConsistent(groupId, [ada, bob, cy]);
        return ended;
      },
      [
        ['served', 'FORBIDDEN'],
        ['NOT_FOUND', 'served'],
      ],
    );
  });

  it('an owner who hands over and an heir who leaves: there is one owner, who is there', async () => {
    await race(
      6,
      async (swap) => {
        const [ada, bob, cy] = await three();
        const groupId = await here.group(ada, [bob, cy]);
        const ended = await both(
          swap,
          () => transfer(here, groupId, cy, ada),
          () => leave(there, groupId, cy),
        );
        await expectConsistent(groupId, [ada, bob, cy]);
        return ended;
      },
      [
        ['served', 'FORBIDDEN'],
        ['NOT_FOUND', 'served'],
      ],
    );
  });

  it('an owner who hands over to two: the first of them gets it', async () => {
    await race(
      4,
      async (swap) => {
        const [ada, bob, cy] = await three();
        const groupId = await here.group(ada, [bob, cy]);
        const ended = await both(
          swap,
          () => transfer(here, groupId, bob, ada),
          () => transfer(there, groupId, cy, ada),
        );
        await expectConsistent(groupId, [ada, bob, cy]);
        return ended;
      },
      [
        ['served', 'FORBIDDEN'],
        ['FORBIDDEN', 'served'],
      ],
    );
  });

  it('somebody who joins and an owner who ends the group: afterwards nobody is in it', async () => {
    await race(
      6,
      async (swap) => {
        const [ada, bob, cy] = await three();
        const groupId = await here.group(ada, [bob]);
        const ended = await both(
          swap,
          () => join(here, groupId, cy),
          () => dissolve(there, groupId, ada),
        );
        for (const person of [ada, bob]) {
          expect(verdictOf(await here.get(`/api/groups/${groupId}`, person))).toBe('NOT_GROUP_MEMBER');
        }
        const entries = (await (await there.connect(bob)).call('entries', { groupId, afterSeq: 0 })).entries;
        expect(entries.at(-1)?.kind).toBe('group_dissolved');
        expect(entries.filter(({ kind }) => kind === 'member_joined')).toHaveLength(ended[0] === 'served' ? 1 : 0);
        return ended;
      },
      [
        ['served', 'served'],
        ['NOT_FOUND', 'served'],
      ],
    );
  });

  it('messages and the end of the group: nothing is stored above the end, and nobody hears more', async () => {
    const [ada, bob] = await three();
    const groupId = await here.group(ada, [bob]);
    const [a, b] = [await here.connect(ada), await there.connect(bob)];
    for (const client of [a, b]) await client.call('subscribe_group', { groupId });
    const sends = Array.from({ length: 40 }, (_, i) =>
      b.say({ groupId }, `${i}`).then(
        ({ seq }) => seq,
        () => 0,
      ),
    );
    await dissolve(here, groupId, ada);
    const stored = (await Promise.all(sends)).filter((seq) => seq > 0);
    for (const client of [a, b]) {
      const { seq: end } = await client.next('entry', ({ kind }) => kind === 'group_dissolved');
      expect(Math.max(0, ...stored)).toBeLessThan(end);
      await client.settled();
      expect(client.all('message').filter(({ seq }) => seq > end)).toEqual([]);
      expect(client.all('message').map(({ seq }) => seq)).toEqual(stored);
    }
  });

  it('two who add members: the group never holds more than it may, nor anybody twice', async () => {
    const [ada, bob] = await three();
    const groupId = await here.group(ada, [bob]);
    const others = await Promise.all(Array.from({ length: 6 }, () => someone('other')));
    const ids = others.map(({ id }) => id);
    const ended = await verdictsOf(
      add(here, groupId, ids.slice(0, 3), ada),
      add(there, groupId, ids.slice(1, 4), bob),
      add(here, groupId, ids.slice(3, 6), bob),
      add(there, groupId, ids.slice(0, 3), bob),
    );
    expect(ended.every((verdict) => ['served', 'TOO_LARGE'].includes(verdict))).toBe(true);
    await expectConsistent(groupId, [ada, bob, ...others]);
  });

  it('an admin who mutes everybody, and members who write through a gateway that was not told', async () => {
    const [ada, bob] = await three();
    const groupId = await here.group(ada, [bob]);
    const client = await there.connect(bob);
    await client.say({ groupId }, 'the right is known now');
    cluster.cutOff = true;
    try {
      await here.request('PUT', `/api/groups/${groupId}`, { muteAll: true }, ada);
      const sends = Array.from({ length: 10 }, (_, i) => client.say({ groupId }, `${i}`).catch(({ code }: { code: string }) => code));
      expect(await Promise.all(sends)).toEqual(sends.map(() => 'MUTED'));
    } finally {
      cluster.cutOff = false;
    }
  });
});

describe('in slow mode, on two gateways', () => {
  const slowDown = (groupId: string, by: Person, minSecondsBetweenMessages = 86_400) =>
    here.request('PUT', `/api/groups/${groupId}`, { minSecondsBetweenMessages }, by);

  it('a member who writes through both at once writes once', async () => {
    const [ada, ...others] = [...(await three()), ...(await three())] as const;
    const groupId = await here.group(ada, others);
    await slowDown(groupId, ada);
    for (const person of others) {
      const clients = [await here.connect(person), await there.connect(person), await there.connect(person)];
      const sends = clients.flatMap((client, i) =>
        [1, 2].map((n) => codeOf(client.say({ groupId }, `${n}`, `${i} ${n}`)).catch(() => 'stored')),
      );
      expect((await Promise.all(sends)).sort()).toEqual([...Array<string>(5).fill('RATE_LIMIT'), 'stored']);
    }
    const { messages } = await (await there.connect(ada)).call('history', { groupId });
    expect(messages.map(({ from }) => from)).toEqual(others.map(({ id }) => id));
  });

  it('the same message through both is stored once, and both are told so', async () => {
    const [ada, bob] = await three();
    const groupId = await here.group(ada, [bob]);
    await slowDown(groupId, ada);
    const clients = [await here.connect(bob), await there.connect(bob)];
    const acks = await Promise.all(clients.map((client) => client.say({ groupId }, 'once', 'once')));
    expect(acks.map(({ duplicate }) => duplicate === true).sort()).toEqual([false, true]);
    expect(new Set(acks.map(({ serverMsgId }) => serverMsgId)).size).toBe(1);
  });

  it('it begins and ends at once, also where a gateway was not told', async () => {
    const [ada, bob] = await three();
    const groupId = await here.group(ada, [bob]);
    const client = await there.connect(bob);
    await client.say({ groupId }, 'the right is known now');
    cluster.cutOff = true;
    try {
      await slowDown(groupId, ada);
      expect(await codeOf(client.say({ groupId }, 'too early'))).toBe('RATE_LIMIT');
      await slowDown(groupId, ada, 0);
      await client.say({ groupId }, 'in time');
    } finally {
      cluster.cutOff = false;
    }
  });
});

describe('whatever many do at random', () => {
  const codes = ['FORBIDDEN', 'NOT_FOUND', 'NOT_GROUP_MEMBER', 'TOO_LARGE', 'CONFLICT'];

  const doings: readonly ((random: Seeded, world: World, groupId: string, by: Person, other: Person) => Promise<Answer>)[] = [
    (_, world, groupId, by) => join(world, groupId, by),
    (_, world, groupId, by) => join(world, groupId, by),
    (_, world, groupId, by) => leave(world, groupId, by),
    (_, world, groupId, by, other) => kick(world, groupId, other, by),
    (_, world, groupId, by, other) => transfer(world, groupId, other, by),
    (_, world, groupId, by, other) => add(world, groupId, [other.id, by.id], by),
    (_, world, groupId, by, other) => world.post(`/api/groups/${groupId}/invitations`, { userIds: [other.id] }, by),
    (_, world, groupId, by, other) => world.post(`/api/groups/${groupId}/requests/${other.id}/accept`, undefined, by),
    (_, world, groupId, by, other) => world.post(`/api/groups/${groupId}/requests/${other.id}/reject`, undefined, by),
    (random, world, groupId, by, other) =>
      world.request('PUT', `/api/groups/${groupId}/members/${other.id}`, { role: random.pick(['admin', 'member']) }, by),
    (random, world, groupId, by) =>
      world.request('PUT', `/api/groups/${groupId}`, { joinPolicy: random.pick(['open', 'approval', 'invite']) }, by),
  ];

  it('leaves one owner and a count that is right, and is answered by a code of the catalogue', () =>
    withSeed(async (random) => {
      const everybody = await Promise.all(Array.from({ length: 9 }, () => someone('one')));
      const [owner, ...others] = everybody as [Person, ...Person[]];
      const groupId = await here.group(owner, others.slice(0, 4));
      for (let round = 0; round < 25; round++) {
        const doing = Array.from({ length: 12 }, () => {
          const [act, world] = [random.pick(doings), random.pick([here, there])];
          return act(random, world, groupId, random.pick(everybody), random.pick(everybody));
        });
        for (const verdict of await verdictsOf(...doing)) expect(['served', ...codes]).toContain(verdict);
        await expectConsistent(groupId, everybody);
      }
    }));
});
