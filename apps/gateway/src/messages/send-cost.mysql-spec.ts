import { groupConversation, mentionAll } from '@app/protocol';
import { ConversationStore, Database } from '@app/storage';
import { MariaServer, type Person, type TestClient, World } from '@app/testing';

const sizes = [10, 1_000, 100_000, 1_000_000];
const digits = Array.from({ length: 10 }, (_, n) => `SELECT ${n} AS n`).join(' UNION ALL ');
const rowsAtOnce = 10_000;
/** A table of the numbers below that. */
const numbers = `(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) d) numbers`;

/** What one message costs the store: round trips of the gateway, and rows that the server writes and looks at. */
interface Cost {
  readonly roundTrips: number;
  readonly written: number;
  readonly read: number;
}

const kinds = ['roundTrips', 'written', 'read'] as const;
const messagesAtMost = 500;

describe('a message to a group', () => {
  // Its numbers are those of the whole server: one that other tests use too would count their work.
  let maria: MariaServer;
  let world: World;
  let database: Database;
  let ada: Person;
  let client: TestClient;

  beforeAll(async () => {
    maria = await MariaServer.start();
    // Only the send is measured: nobody is told before the test is over.
    world = await World.start({ databaseUrl: await maria.database(), groupNudgeMs: 60_000, endingSweepMs: 60_000 });
    database = world.gateway.app.get(Database);
    ada = await world.person('ada');
    client = await world.connect(ada);
  });
  afterAll(async () => {
    await world?.close();
    await maria?.remove();
  });

  /** A group of so many members, nearly all of whom are rows and nothing else. */
  async function groupOf(size: number): Promise<string> {
    const groupId = await world.group(ada);
    const { rowId } = await world.gateway.app.get(ConversationStore).ensure(groupConversation(groupId));
    for (let from = 0; from < size - 1; from += rowsAtOnce) {
      await database.write((tx) =>
        tx.run(
          `INSERT INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
           SELECT ?, CONCAT('m', ? + n), 'member', 1, 1, 0, 1, 1 FROM ${numbers} WHERE ? + n < ?`,
          [rowId, from, from, size - 1],
        ),
      );
    }
    await database.write((tx) => tx.run('UPDATE `groups` SET member_count = ? WHERE id = ?', [size, groupId]));
    return groupId;
  }

  async function counted(): Promise<Cost> {
    const rows = await database.rows<{ Variable_name: string; Value: string }>(`SHOW GLOBAL STATUS LIKE 'Handler_%'`);
    const sum = (name: RegExp) => rows.reduce((total, row) => total + (name.test(row.Variable_name) ? Number(row.Value) : 0), 0);
    const written = sum(/^Handler_(write|update|delete)$/i);
    return { roundTrips: database.roundTrips, written, read: sum(/^Handler_read_/i) };
  }

  /** What eight messages have cost: the first one makes its row in the outbox, and other work of the gateway may come between. */
  async function costOf(groupId: string, more: object): Promise<Cost> {
    const seen = new Map<string, number>();
    for (let i = 0; i < messagesAtMost; i++) {
      const before = await counted();
      await client.call('send', {
        groupId,
        type: 'text',
        payload: { text: 'hello' },
        clientMsgId: `${groupId}-${i}-${JSON.stringify(more)}`,
        ...more,
      });
      const after = await counted();
      const cost = JSON.stringify(Object.fromEntries(kinds.map((kind) => [kind, after[kind] - before[kind]])));
      const times = (seen.get(cost) ?? 0) + 1;
      if (times === 8) return JSON.parse(cost) as Cost;
      seen.set(cost, times);
    }
    throw new Error(`the gateway does other work all the time: ${JSON.stringify([...seen])}`);
  }

  it('costs the same whatever its size: a hundred thousand times as many members are not one row more', async () => {
    const costs = new Map<number, Cost>();
    for (const size of sizes) {
      const groupId = await groupOf(size);
      const [plain, toAll] = [await costOf(groupId, {}), await costOf(groupId, { mentions: [mentionAll] })];
      costs.set(size, {
        roundTrips: plain.roundTrips + toAll.roundTrips,
        written: plain.written + toAll.written,
        read: plain.read + toAll.read,
      });
    }
    const [smallest, ...larger] = sizes.map((size) => costs.get(size));
    for (const cost of larger) expect(cost).toEqual(smallest);
    const [row] = await database.rows<{ count: number }>('SELECT COUNT(*) AS count FROM outbox');
    expect(Number(row?.count)).toBe(sizes.length);
  }, 180_000);
});
