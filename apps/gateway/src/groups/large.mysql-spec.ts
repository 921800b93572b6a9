import { groupConversation } from '@app/protocol';
import { ConversationLog, ConversationStore, Database, GroupRequestStore, MemberStore } from '@app/storage';
import { MariaServer, type Person, type TestClient, World } from '@app/testing';

const hour = 3_600_000;

/** What something costs: round trips to the store, and rows that it looks at. */
interface Cost {
  readonly name: string;
  readonly roundTrips: number;
  readonly rows: number;
}

const lesser = (some: readonly Cost[], others: readonly Cost[]): Cost[] =>
  some.map(({ name, roundTrips, rows }, i) => ({
    name,
    roundTrips: Math.min(roundTrips, others[i]?.roundTrips ?? Infinity),
    rows: Math.min(rows, others[i]?.rows ?? Infinity),
  }));

/** What costs something else in the one than in the other; a search may look at a few rows more in a larger table. */
const differences = (some: readonly Cost[], others: readonly Cost[]): Cost[] =>
  others
    .map(({ name, roundTrips, rows }, i) => ({
      name,
      roundTrips: roundTrips - (some[i]?.roundTrips ?? 0),
      rows: rows - (some[i]?.rows ?? 0),
    }))
    .filter(({ roundTrips, rows }) => roundTrips !== 0 || rows > 50);

describe('a group of ten thousand', () => {
  // Its numbers are those of the whole server: one that other tests use too would count their work.
  let maria: MariaServer;
  let world: World;
  let database: Database;
  let owner: Person, admin: Person, member: Person, newcomers: Person[];
  let client: TestClient;
  const listening = () => client;

  beforeAll(async () => {
    maria = await MariaServer.start();
    // What was said is told to those who do not hear it later, and after that only.
    world = await World.start({ databaseUrl: await maria.database(), groupNudgeMs: 60_000 });
    database = world.gateway.app.get(Database);
    [owner, admin, member] = [await world.person('owner'), await world.person('admin'), await world.person('member')];
    newcomers = await Promise.all(Array.from({ length: 8 }, (_, i) => world.person(`newcomer-${i}`)));
    for (const id of ofMany) await world.person(id);
    client = await world.connect(member);
  });
  afterAll(async () => {
    await world?.close();
    await maria?.remove();
  });

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

  /** Something that is done in a group. Answers whether it was served. */
  type Step = readonly [name: string, does: (groupId: string) => Promise<boolean>];

  /** Asks a route of the group, or one that begins with `/api`, whose words may name the group. */
  const asks = (name: string, method: string, path: string, body: object | undefined, person: () => Person): Step => [
    name,
    async (groupId) => {
      const url = path.startsWith('/api') ? path.replace(':convId', `group:${groupId}`) : `/api/groups/${groupId}${path}`;
      const data = path.startsWith('/api') && body ? { groupId, ...body } : body;
      return (await world.request(method, url, data, person())).status < 300;
    },
  ];
  /** Does it on the socket. */
  const calls = (name: string, client: () => TestClient, work: (client: TestClient, groupId: string) => Promise<unknown>): Step => [
    name,
    async (groupId) => {
      await work(client(), groupId);
      return true;
    },
  ];
  const says = (name: string, person: () => Person, clientMsgId: string, more: object = {}): Step =>
    asks(name, 'POST', '/api/messages', { type: 'text', payload: { text: 'hello' }, clientMsgId, ...more }, person);

  const of = {
    owner: () => owner,
    admin: () => admin,
    member: () => member,
    newcomer: (i: number) => () => newcomers[i] as Person,
  };
  const ofMany = ['of-many-0', 'of-many-1', 'of-many-2'];

  // Each leaves the group so that the next one is served.
  const steps: readonly Step[] = [
    asks('look at it', 'GET', '', undefined, of.member),
    asks('page its members', 'GET', '/members?limit=5', undefined, of.member),
    calls('subscribe', listening, (client, groupId) => client.call('subscribe_group', { groupId })),
    calls('subscribe once more', listening, (client, groupId) => client.call('subscribe_group', { groupId, fromSeq: 0 })),
    says('write', of.member, 'first'),
    says('answer', of.admin, 'answer', { replyTo: 3 }),
    says('mention members', of.member, 'mentions', { mentions: ['owner', 'admin', ...ofMany] }),
    says('mention everybody', of.admin, 'all', { mentions: ['@all'] }),
    asks('type', 'POST', '/api/typing', { typing: true }, of.member),
    asks('read it', 'POST', '/api/messages/read', { seq: 4 }, of.member),
    asks('edit', 'POST', '/api/messages/edit', { seq: 3, payload: { text: 'hello again' } }, of.member),
    asks('recall', 'POST', '/api/messages/recall', { seq: 3 }, of.member),
    asks('read its history', 'GET', '/api/messages/history?convId=:convId&limit=5', undefined, of.member),
    asks('read its entries', 'GET', '/api/messages/entries?convId=:convId&afterSeq=0&limit=5', undefined, of.member),
    asks('ask who of it is there', 'GET', `/api/presence?userIds=owner,admin,${ofMany.join(',')}`, undefined, of.member),
    asks('pin it', 'POST', '/api/conversations/:convId/pin', { pinned: true }, of.member),
    asks('see it in the list', 'GET', '/api/conversations?limit=1', undefined, of.member),
    asks('count what is unread', 'GET', '/api/unread/summary', undefined, of.member),
    asks('read everything', 'POST', '/api/unread/mark_all_read', undefined, of.member),
    calls('sync', listening, (client) => client.call('sync', {})),
    calls('sync what changed', listening, async (client) => client.call('sync', { since: (await client.call('sync', {})).next })),
    asks('slow it down', 'PUT', '', { minSecondsBetweenMessages: 1 }, of.admin),
    says('write to it when it is slow', of.owner, 'slow'),
    [
      'delete it for oneself',
      async (groupId) => (await world.post('/api/conversations/delete', { convId: `group:${groupId}` }, member)).status < 300,
    ],
    asks('join', 'POST', '/join', undefined, of.newcomer(0)),
    asks('leave', 'POST', '/leave', undefined, of.newcomer(0)),
    asks('join again', 'POST', '/join', undefined, of.newcomer(0)),
    asks('remove a member', 'DELETE', '/members/newcomer-0', undefined, of.admin),
    asks('add members', 'POST', '/members', { userIds: ['newcomer-1', 'newcomer-2'] }, of.admin),
    asks('mute a member', 'PUT', '/members/member', { mutedUntil: Date.now() + hour }, of.admin),
    asks('let a member write again', 'PUT', '/members/member', { mutedUntil: null }, of.admin),
    asks('give a role', 'PUT', '/members/newcomer-1', { role: 'admin' }, of.owner),
    asks('mute everybody', 'PUT', '', { muteAll: true }, of.admin),
    says('write to it when it is mute', of.admin, 'm'),
    asks('post a notice', 'POST', '/notices', { text: 'hear, hear' }, of.admin),
    asks('read notices', 'GET', '/notices', undefined, of.member),
    asks('let those who run it decide', 'PUT', '', { joinPolicy: 'approval', muteAll: false }, of.owner),
    asks('ask to join', 'POST', '/join', undefined, of.newcomer(3)),
    asks('read what is asked', 'GET', '/requests?limit=5', undefined, of.admin),
    asks('let somebody in', 'POST', '/requests/newcomer-3/accept', undefined, of.admin),
    asks('invite', 'POST', '/invitations', { userIds: ['newcomer-4', 'newcomer-5'] }, of.admin),
    asks('join by an invitation', 'POST', '/join', undefined, of.newcomer(4)),
    calls('hear no more of it', listening, (client, groupId) => client.call('unsubscribe_group', { groupId })),
    asks('hand it over', 'POST', '/transfer', { userId: 'admin' }, of.owner),
    asks('end it', 'DELETE', '', undefined, of.admin),
  ];

  /** What each step costs in a group of a size. */
  async function costs(size: number): Promise<Cost[]> {
    const groupId = await groupOf(size);
    const measured = [];
    for (const [name, does] of steps) {
      const [rows, roundTrips] = [await rowsRead(), database.roundTrips];
      const served = await does(groupId);
      const spent = database.roundTrips - roundTrips;
      expect([name, served]).toEqual([name, true]);
      measured.push({ name, roundTrips: spent, rows: (await rowsRead()) - rows });
    }
    return measured;
  }

  it('costs the store as much as one of ten, whatever is done in it', async () => {
    // What is learnt once, such as who is a user, is known to both.
    await costs(10);
    let [small, large] = [await costs(10), await costs(10_000)];
    // The least of several times is compared: the gateway asks the store of itself now and then.
    for (let time = 1; time < 10 && differences(small, large).length > 0; time++) {
      [small, large] = [lesser(small, await costs(10)), lesser(large, await costs(10_000))];
    }
    expect(differences(small, large)).toEqual([]);
  }, 120_000);
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
