import { tmpdir } from 'node:os';
import { Metrics } from '@app/kit';
import { groupConversation } from '@app/protocol';
import { dropDatabase, explain, sharedMysql } from '@app/testing';
import type { Committed } from './log-batch';
import { ConversationLog } from './conversation-log';
import { ConversationStore } from './conversation.store';
import { Database } from './database';
import { type ConversationRef, clientKey } from './entry-row';
import { EntryStore } from './entry.store';
import { logSql } from './log-sql';

/** What a gateway has of the store. */
interface Gateway {
  readonly database: Database;
  readonly log: ConversationLog;
  readonly conversations: ConversationStore;
  readonly entries: EntryStore;
  readonly told: Committed[];
}

let url: string;
let gateways: readonly [Gateway, Gateway, Gateway];

beforeEach(async () => {
  url = await sharedMysql();
  gateways = await Promise.all([open(), open(), open()]);
});
afterEach(async () => {
  for (const { log, database } of gateways) {
    await log.close();
    await database.close();
  }
  await dropDatabase(url);
});

async function open(): Promise<Gateway> {
  const database = await Database.open({ url, dataDir: tmpdir() });
  const log = new ConversationLog(database, { queueLimit: 10_000, metrics: new Metrics({ defaults: false }) });
  const told: Committed[] = [];
  log.onCommitted((committed) => told.push(...committed));
  return { database, log, told, conversations: new ConversationStore(database), entries: new EntryStore(database) };
}

const send = ({ log }: Gateway, conversation: ConversationRef, sender: string, key: string) =>
  log.append({ conversation, sender, key: clientKey(key), content: { kind: 'message', type: 'text', body: JSON.stringify({ key }) } });

const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index + 1);

describe('three gateways on one store', () => {
  it('see a change at the time at which it was written, however long its transaction had been open', async () => {
    const [gateway] = gateways;
    const ref = await gateway.conversations.ensure(groupConversation('late'));
    const entry = await gateway.log.change(ref, async (change) => {
      const appended = change.append('sender', { kind: 'message', type: 'text', body: '{}' });
      // Only the clock of the server can tell.
      await change.rows('SELECT SLEEP(1.2)');
      return appended;
    });
    const since = entry.timestamp + 1_000;
    expect(await gateway.conversations.changedSince(since, undefined, 10)).toMatchObject([{ conv_id: 'group:late', last_seq: 1 }]);
  });

  it('write one hot conversation at once without a hole, and nothing is lost or twice', async () => {
    const ref = await gateways[0].conversations.ensure(groupConversation('hot'));
    const sends = gateways.flatMap((gateway, at) =>
      upTo(200).map(async (n) => {
        for (let turn = 0; turn < n; turn++) await new Promise((resolve) => setImmediate(resolve));
        return send(gateway, ref, `sender${at}`, `${n}`);
      }),
    );
    const stored = await Promise.all(sends);
    expect(stored.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(600));
    expect(stored.some(({ duplicate }) => duplicate)).toBe(false);
    const { items } = await gateways[1].entries.messagesAfter(ref, { from: 1, until: null }, 0, 1_000);
    expect(items.map(({ seq }) => seq)).toEqual(upTo(items.length));
    expect(await gateways[2].conversations.head(ref)).toMatchObject({ last_seq: 600, number: 600 });
    for (const { log } of gateways) await log.close();
    const told = gateways.flatMap((gateway) => gateway.told.map(({ entry }) => entry.seq));
    expect(told.sort((a, b) => a - b)).toEqual(upTo(600));
  });

  it('store a retry once, wherever it is sent again', async () => {
    const ref = await gateways[0].conversations.ensure(groupConversation('g'));
    const stored = await Promise.all(upTo(20).flatMap((n) => gateways.map((gateway) => send(gateway, ref, 'ann', `${n}`))));
    expect(stored.filter(({ duplicate }) => !duplicate)).toHaveLength(20);
    expect(new Set(stored.map(({ seq }) => seq)).size).toBe(20);
    expect(await gateways[2].conversations.head(ref)).toMatchObject({ last_seq: 20 });
  });

  it('store first messages in new conversations at once, each in its own', async () => {
    const sends = upTo(30).map(async (n) => {
      const gateway = gateways[n % 3] as Gateway;
      const ref = await gateway.conversations.ensure(groupConversation(`new${n}`));
      return send(gateway, ref, 'ann', 'first');
    });
    expect((await Promise.all(sends)).map(({ seq }) => seq)).toEqual(Array(30).fill(1));
  });

  it('make the same new conversation once, with its first messages in one log', async () => {
    const sends = gateways.map(async (gateway, at) => {
      const ref = await gateway.conversations.ensure(groupConversation('same'));
      return send(gateway, ref, `sender${at}`, 'first');
    });
    expect((await Promise.all(sends)).map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
  });
});

describe('a flush', () => {
  it('waits for the server twice, however many entries and conversations it holds', async () => {
    const [gateway] = gateways;
    const { laneCount } = gateway.database;
    const refs = await Promise.all(upTo(12).map((n) => gateway.conversations.ensure(groupConversation(`g${n}`))));
    const [first] = refs as [ConversationRef];
    const tripsFor = async (work: () => Promise<unknown>): Promise<number> => {
      const before = gateway.database.roundTrips;
      await work();
      return gateway.database.roundTrips - before;
    };
    expect(await tripsFor(() => send(gateway, first, 'ann', 'one'))).toBe(2);
    const oneLane = refs.filter(({ rowId }) => rowId % laneCount === first.rowId % laneCount);
    expect(oneLane.length).toBeGreaterThan(1);
    expect(
      await tripsFor(() =>
        Promise.all(upTo(200).map((n) => send(gateway, oneLane[n % oneLane.length] as ConversationRef, `u${n}`, `${n}`))),
      ),
    ).toBe(2);
    expect(await tripsFor(() => send(gateway, first, 'ann', 'one'))).toBe(2);
  });

  it('finds every row by an index, so that it waits for no row of another lane', async () => {
    const [{ database, conversations }] = gateways;
    const refs = await Promise.all(upTo(20).map((n) => conversations.ensure(groupConversation(`g${n}`))));
    const ids = refs.map(({ rowId }) => rowId);
    const keys = ids.map((id) => ({ conversation_id: id, sender: 'ann', msg_key: clientKey('x') }));
    const heads = ids.map((id) => ({ id, last_seq: 1, number: 1, last_message_seq: 1, last_at: 1, acl_version: 1 }));
    const sql = logSql.mysql;
    const own = keys.map((key) => ({ ...key, count: 1, at: 1 }));
    const statements = [sql.lock(ids), sql.stored(keys), sql.lastSent(keys), sql.update(heads, 1, true), sql.addOwnAbove(own)];
    for (const { sql: text, values } of statements) {
      const plan = await database.rows<{ table: string | null; key: string | null }>(`${explain()} ${text}`, values);
      const tables = plan.filter(({ table }) => table !== null && !table.startsWith('<'));
      expect(tables).toEqual([expect.objectContaining({ key: expect.stringMatching(/^(PRIMARY|entries_key)$/) as unknown })]);
    }
  });
});
