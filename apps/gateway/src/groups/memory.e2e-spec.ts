import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { groupConversation } from '@app/protocol';
import { ConversationStore, Database } from '@app/storage';
import { type Person, type TestClient, World, storeKind } from '@app/testing';

const members = 10_000;
const groupsPerRound = 20;
/**
 * Whatever holds members has at least a pointer of eight bytes to each, and most have the name too. The names of one group, sixty bytes each,
 * may be there for a moment, of the one that is told last: half a pointer is between the two.
 */
const most = 4 * members * groupsPerRound;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('what a gateway keeps of a group in which two members listen', () => {
  let world: World;
  let database: Database;
  let ada: Person, bob: Person, cy: Person, dan: Person;
  let a: TestClient, b: TestClient, c: TestClient;

  beforeAll(async () => {
    world = await World.start({ groupNudgeMs: 10, presenceGroupSize: 2 * members });
    database = world.gateway.app.get(Database);
    [ada, bob, cy, dan] = [await world.person('ada'), await world.person('bob'), await world.person('cy'), await world.person('dan')];
    [a, b, c] = [await world.connect(ada), await world.connect(bob), await world.connect(cy)];
  });
  afterAll(() => world.close());

  /** A group with ten or ten thousand members more, who are not connected. The store makes them up: this process knows none of them. */
  async function group(isLarge: boolean): Promise<string> {
    const groupId = await world.group(ada, [bob, cy]);
    const { rowId } = await world.gateway.app.get(ConversationStore).ensure(groupConversation(groupId));
    const digits = Array.from({ length: 10 }, (_, i) => `SELECT ${i} AS n`).join(' UNION ALL ');
    const tables = isLarge ? ['a', 'b', 'c', 'd'] : ['a'];
    const words = ["'absent-'", ...tables.map((table) => `${table}.n`)];
    const id = storeKind() === 'sqlite' ? words.join(' || ') : `CONCAT(${words.join(', ')})`;
    await database.write(async (tx) => {
      const { affected } = await tx.run(
        `INSERT INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
         SELECT ?, ${id}, 'member', 1, 1, 0, 1, 1 FROM ${tables.map((table) => `(${digits}) ${table}`).join(', ')}`,
        [rowId],
      );
      await tx.run('UPDATE `groups` SET member_count = member_count + ? WHERE id = ?', [affected, groupId]);
    });
    return groupId;
  }

  /** What those who are connected do in a group. */
  async function use(groupId: string): Promise<void> {
    for (const client of [a, b]) await client.call('subscribe_group', { groupId, fromSeq: 0 });
    const { seq } = await a.call('send', {
      groupId,
      type: 'text',
      payload: { text: 'hello' },
      clientMsgId: 'm',
      mentions: [cy.id, '@all'],
    });
    await b.next('message', ({ groupId: of }) => of === groupId);
    // The fan-out has gone through the group by then.
    await c.next('conversation', ({ convId }) => convId === `group:${groupId}`);
    await b.call('typing', { groupId, typing: true });
    await a.next('typing', ({ convId }) => convId === `group:${groupId}`);
    await b.call('presence', { userIds: [ada.id, cy.id] });
    await b.call('read', { groupId, seq });
    for (const path of ['join', 'leave']) await world.post(`/api/groups/${groupId}/${path}`, undefined, dan);
    await b.next('entry', ({ kind, ...entry }) => kind === 'member_left' && entry.convId === `group:${groupId}`);
  }

  /** By how many bytes the memory grows that is in use. */
  async function growth(work: () => Promise<void>): Promise<number> {
    await settle();
    const before = process.memoryUsage().heapUsed;
    await work();
    await settle();
    return process.memoryUsage().heapUsed - before;
  }

  async function settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function round(isLarge: boolean): Promise<number> {
    const groupIds: string[] = [];
    for (let i = 0; i < groupsPerRound; i++) groupIds.push(await group(isLarge));
    return growth(async () => {
      for (const groupId of groupIds) await use(groupId);
    });
  }

  it('takes as much memory in a group of ten thousand as in one of ten', async () => {
    // What is learnt once, such as compiled code, is there then.
    await round(false);
    let more = Infinity;
    // The least of several pairs counts: something else may be kept, or let go of, meanwhile.
    for (let time = 0; time < 6 && more >= most; time++) {
      const small = await round(false);
      more = Math.min(more, (await round(true)) - small);
    }
    expect(more).toBeLessThan(most);
  }, 120_000);
});
