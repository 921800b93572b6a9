import { groupConversation } from '@app/protocol';
import { ConversationLog, ConversationStore, Database, GroupRequestStore, MemberStore } from '@app/storage';
import { type Person, World } from '@app/testing';

const hour = 3_600_000;

/** What something costs: round trips to the store, and rows that it looks at. */
interface Cost {
  readonly name: string;
  readonly roundTrips: number;
  readonly rows: number;
}

describe('a group of ten thousand', () => {
  let world: World;
  let database: Database;
  let owner: Person, admin: Person, member: Person, newcomers: Person[];

  beforeAll(async () => {
    world = await World.start();
    database = world.gateway.app.get(Database);
    [owner, admin, member] = [await world.person('owner'), await world.person('admin'), await world.person('member')];
    newcomers = await Promise.all(Array.from({ length: 8 }, (_, i) => world.person(`newcomer-${i}`)));
  });
  afterAll(() => world.close());

  /** A group of the three and as many others as make it `size`, which as many ask to join. */
  async function groupOf(size: number): Promise<string> {
    const groupId = await world.group(owner, [admin, member]);
    const get = <T>(type: new (...args: never[]) => T): T => world.gateway.app.get(type);
    const ref = await get(ConversationStore).ensure(groupConversation(groupId));
    await get(ConversationLog).change(ref, async (change) => {
      const rest = { role: 'member' as const, fromSeq: 1, readSeq: 1, readNumber: 0, at: change.now };
      const others = Array.from({ length: size - 3 }, (_, i) => ({ userId: `of-many-${i}`, ...rest }));
      await get(MemberStore).open(change, ref, others);
      const asking = others.map(({ userId }) => ({
        id: `${groupId}-${userId}`,
        user_id: `asking-${userId}`,
        kind: 'request' as const,
        by_id: userId,
        state: 'pending' as const,
        created_at: change.now,
      }));
      for (let at = 0; at < asking.length; at += 1000) {
        await get(GroupRequestStore).put(change, ref, asking.slice(at, at + 1000));
      }
      await change.run('UPDATE `groups` SET member_count = ? WHERE id = ?', [size, groupId]);
    });
    await world.request('PUT', `/api/groups/${groupId}/members/${admin.id}`, { role: 'admin' }, owner);
    return groupId;
  }

  /** Rows that the server has looked at, by an index or without. */
  async function rowsRead(): Promise<number> {
    const rows = await database.rows<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Handler_read%'`);
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
  }

  type Step = readonly [name: string, method: string, path: string, body: unknown, person: () => Person];

  // Each leaves the group so that the next one is served.
  const steps: readonly Step[] = [
    ['look at it', 'GET', '', undefined, () => member],
    ['page its members', 'GET', '/members?limit=5', undefined, () => member],
    ['join', 'POST', '/join', undefined, () => newcomers[0] as Person],
    ['leave', 'POST', '/leave', undefined, () => newcomers[0] as Person],
    ['join again', 'POST', '/join', undefined, () => newcomers[0] as Person],
    ['remove a member', 'DELETE', '/members/newcomer-0', undefined, () => admin],
    ['add members', 'POST', '/members', { userIds: ['newcomer-1', 'newcomer-2'] }, () => admin],
    ['mute a member', 'PUT', '/members/member', { mutedUntil: Date.now() + hour }, () => admin],
    ['let a member write again', 'PUT', '/members/member', { mutedUntil: null }, () => admin],
    ['give a role', 'PUT', '/members/newcomer-1', { role: 'admin' }, () => owner],
    ['mute everybody', 'PUT', '', { muteAll: true }, () => admin],
    ['write', 'POST', '/../../messages', undefined, () => admin],
    ['post a notice', 'POST', '/notices', { text: 'hear, hear' }, () => admin],
    ['read notices', 'GET', '/notices', undefined, () => member],
    ['let those who run it decide', 'PUT', '', { joinPolicy: 'approval', muteAll: false }, () => owner],
    ['ask to join', 'POST', '/join', undefined, () => newcomers[3] as Person],
    ['read what is asked', 'GET', '/requests?limit=5', undefined, () => admin],
    ['let somebody in', 'POST', '/requests/newcomer-3/accept', undefined, () => admin],
    ['invite', 'POST', '/invitations', { userIds: ['newcomer-4', 'newcomer-5'] }, () => admin],
    ['join by an invitation', 'POST', '/join', undefined, () => newcomers[4] as Person],
    ['hand it over', 'POST', '/transfer', { userId: 'admin' }, () => owner],
    ['end it', 'DELETE', '', undefined, () => admin],
  ];

  /** What each step costs in a group of a size. */
  async function costs(size: number): Promise<Cost[]> {
    const groupId = await groupOf(size);
    const measured = [];
    for (const [name, method, path, body, person] of steps) {
      const writes = path.endsWith('messages');
      const url = writes ? '/api/messages' : `/api/groups/${groupId}${path}`;
      const data = writes ? { groupId, type: 'text', payload: { text: 'hello' }, clientMsgId: 'm' } : body;
      const [rows, roundTrips] = [await rowsRead(), database.roundTrips];
      const { status } = await world.request(method, url, data, person());
      const spent = database.roundTrips - roundTrips;
      expect([name, status < 300]).toEqual([name, true]);
      measured.push({ name, roundTrips: spent, rows: (await rowsRead()) - rows });
    }
    return measured;
  }

  /** The least that each step costs of several times: the gateway asks the store of itself now and then. */
  async function leastCosts(size: number): Promise<Cost[]> {
    const [first = [], ...more] = [await costs(size), await costs(size), await costs(size)];
    return first.map(({ name, roundTrips, rows }, i) => ({
      name,
      roundTrips: Math.min(roundTrips, ...more.map((times) => times[i]?.roundTrips ?? 0)),
      rows: Math.min(rows, ...more.map((times) => times[i]?.rows ?? 0)),
    }));
  }

  it('costs the store as much as one of ten, whatever is done in it', async () => {
    // What is learnt once, such as who is a user, is known to both.
    await costs(4);
    const [small, large] = [await leastCosts(10), await leastCosts(10_000)];
    const trips = (measured: readonly Cost[]) => measured.map(({ name, roundTrips }) => `${name}: ${roundTrips}`);
    expect(trips(large)).toEqual(trips(small));
    const beyond = large.map(({ name, rows }, i) => ({ name, more: rows - (small[i]?.rows ?? 0) })).filter(({ more }) => more > 50);
    expect(beyond).toEqual([]);
  });
});

it('making a group asks the store as often for two hundred members as for two', () =>
  World.during({}, async (world) => {
    const people = await Promise.all(Array.from({ length: 201 }, (_, i) => world.person(`u${i}`)));
    const [owner, ...others] = people as [(typeof people)[number], ...typeof people];
    const database = world.gateway.app.get(Database);
    const roundTrips = async (members: number): Promise<number> => {
      const before = database.roundTrips;
      await world.group(owner, others.slice(0, members));
      return database.roundTrips - before;
    };
    // What else is asked in the background is little beside two hundred.
    expect((await roundTrips(200)) - (await roundTrips(2))).toBeLessThan(10);
  }));
