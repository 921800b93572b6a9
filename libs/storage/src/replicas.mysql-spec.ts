import { tmpdir } from 'node:os';
import { Metrics } from '@app/kit';
import { type Message, groupConversation } from '@app/protocol';
import { MariaServer, sharedMysql } from '@app/testing';
import { ConversationLog } from './conversation-log';
import { ConversationStore } from './conversation.store';
import { Database } from './database';
import { Replicas } from './replicas';
import { type ConversationRef, clientKey } from './entry-row';
import { EntryStore } from './entry.store';
import type { ReplicaResult } from './replicas';

const all = { from: 1, until: null };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A store with one conversation, on a primary; `replicas` follow it. */
interface Store {
  readonly primary: MariaServer;
  readonly replicas: readonly MariaServer[];
  readonly database: Database;
  readonly log: ConversationLog;
  readonly entries: EntryStore;
  readonly ref: ConversationRef;
  /** How pages were served since the last call, in order. */
  results(): ReplicaResult[];
}

/** On a busy machine a healthy replica may take its time. */
const patientMs = 20_000;

async function start(count = 1, more: readonly string[] = [], replicaDeadlineMs = patientMs): Promise<Store> {
  const begin = async (options: Parameters<typeof MariaServer.start>[0]): Promise<MariaServer> => {
    const server = await MariaServer.start(options);
    closing.push(() => server.remove());
    return server;
  };
  const following = Array.from({ length: count }, (_, index) => begin({ serverId: index + 2, readOnly: true }));
  const primary = await begin({ binlog: true });
  const replicas = await Promise.all(following);
  const url = await primary.database('parley');
  for (const replica of replicas) await replica.replicate(primary);
  const results: ReplicaResult[] = [];
  const database = await Database.open({
    url,
    replicaUrls: [...replicas.map((replica) => `${replica.url}/parley`), ...more],
    replicaDeadlineMs,
    onReplicaRead: (result) => results.push(result),
    dataDir: tmpdir(),
  });
  const log = new ConversationLog(database, { queueLimit: 1_000, metrics: new Metrics({ defaults: false }) });
  closing.push(async () => {
    await log.close();
    await database.close();
  });
  const ref = await new ConversationStore(database).ensure(groupConversation('g'));
  return { primary, replicas, database, log, entries: new EntryStore(database), ref, results: () => results.splice(0) };
}

const send = ({ log, ref }: Store, text: string) =>
  log.append({
    conversation: ref,
    sender: 'ann',
    key: clientKey(text),
    content: { kind: 'message', type: 'text', body: JSON.stringify({ text }) },
  });

const sendAll = (store: Store, texts: readonly string[]) => Promise.all(texts.map((text) => send(store, text)));

async function recall({ log, entries, ref }: Store, seq: number): Promise<void> {
  await log.change(ref, async (change) => {
    const row = await entries.one(ref, seq, change);
    if (row) await entries.recall(change, ref, [row], change.now);
    change.append('ann', { kind: 'recalled', fields: { targetSeq: seq } });
  });
}

const textOf = (message: Message): unknown => (message.recalled ? 'recalled' : message.payload?.text);
const history = async ({ entries, ref }: Store, place: { afterSeq?: number; beforeSeq?: number } = {}) =>
  (await entries.history(ref, all, place, 100)).items.map(textOf);

const texts = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

describe('history', () => {
  it('shows no hole and nothing that was recalled while a replica lags, and uses the replica when it has caught up', async () => {
    const store = await start();
    const [replica] = store.replicas as [MariaServer];
    await sendAll(store, texts(1, 10));
    await replica.catchUp(store.primary);
    expect(await history(store)).toEqual(texts(1, 10));
    expect(store.results()).toEqual(['served']);

    await replica.stopReplication();
    await sendAll(store, texts(11, 20));
    expect(await history(store)).toEqual(texts(1, 20));
    await recall(store, 3);
    const shown = texts(1, 20).map((text) => (text === '3' ? 'recalled' : text));
    expect(await history(store)).toEqual(shown);
    expect(await history(store, { beforeSeq: 5 })).toEqual(['1', '2', 'recalled', '4']);
    expect(await history(store, { afterSeq: 2 })).toEqual(shown.slice(2));
    expect(store.results()).toEqual(['behind', 'behind', 'behind', 'behind']);
    // It does lag: what is asked about is still there, in clear.
    expect(await replica.query('SELECT body FROM parley.entries WHERE seq = 3')).toEqual([{ body: '{"text":"3"}' }]);

    await replica.startReplication();
    await replica.catchUp(store.primary);
    expect(await history(store)).toEqual(shown);
    expect(await history(store, { beforeSeq: 5 })).toEqual(['1', '2', 'recalled', '4']);
    expect(store.results()).toEqual(['served', 'served']);
  });

  it('reads a page in one state, whatever the replica takes in meanwhile', async () => {
    const store = await start();
    const [replica] = store.replicas as [MariaServer];
    await sendAll(store, texts(1, 3));
    await replica.catchUp(store.primary);
    const seen = await store.database.replicas.read(store.ref.rowId, 3, async (reads) => {
      await recall(store, 1);
      await replica.catchUp(store.primary);
      const { items } = await store.entries.messagesAfter(store.ref, all, 0, 10, reads);
      return items.map(textOf);
    });
    expect(seen).toEqual(['1', '2', '3']);
  });

  it('is read from replicas in turn, and from another one where the first lags', async () => {
    const store = await start(2);
    const [first, second] = store.replicas as [MariaServer, MariaServer];
    await send(store, 'a');
    await Promise.all([first.catchUp(store.primary), second.catchUp(store.primary)]);
    const selects = async (server: MariaServer): Promise<number> => {
      const [row] = await server.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Com_select'`);
      return Number(row?.Value);
    };
    await Promise.all([history(store), history(store)]);
    const before = await Promise.all([selects(first), selects(second)]);
    for (let n = 0; n < 6; n++) await history(store);
    const after = await Promise.all([selects(first), selects(second)]);
    expect(after.map((count, at) => count - (before[at] ?? 0))).toEqual([6, 6]);
    store.results();

    await first.stopReplication();
    await send(store, 'b');
    await second.catchUp(store.primary);
    for (let n = 0; n < 2; n++) expect(await history(store)).toEqual(['a', 'b']);
    expect(store.results().sort()).toEqual(['behind', 'served', 'served']);
  });

  it.each([
    ['is down', patientMs, (replica: MariaServer) => replica.kill()],
    ['hangs', 1_000, (replica: MariaServer) => Promise.resolve(replica.pause())],
  ])('comes from the primary while the replica %s, which is then left alone', async (_, deadlineMs, hurt) => {
    const store = await start(1, [], deadlineMs);
    const [replica] = store.replicas as [MariaServer];
    await send(store, 'a');
    await hurt(replica);
    expect(await history(store)).toEqual(['a']);
    expect(await history(store)).toEqual(['a']);
    expect(store.results()).toEqual(['failed', 'resting']);
  });

  it('is read from a replica again when it is back', async () => {
    const store = await start();
    const [replica] = store.replicas as [MariaServer];
    await send(store, 'a');
    await replica.catchUp(store.primary);
    expect(await history(store)).toEqual(['a']);
    await replica.kill();
    expect(await history(store)).toEqual(['a']);
    await replica.start();
    while (!store.results().includes('served')) {
      expect(await history(store)).toEqual(['a']);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it('is never read from a database that is no replica of this one', async () => {
    const other = await sharedMysql();
    const stranger = await Database.open({ url: other, dataDir: tmpdir() });
    await new ConversationStore(stranger).ensure(groupConversation('theirs'));
    await stranger.close();
    const store = await start(0, [other]);
    expect(await history(store)).toEqual([]);
    expect(store.results()).toEqual(['failed']);
  });
});

it('a replica that is down does not keep a gateway from starting', async () => {
  const store = await start(0, ['mysql://nobody@127.0.0.1:1/parley']);
  await send(store, 'a');
  expect(await history(store)).toEqual(['a']);
  expect(store.results()).toEqual(['failed']);
});

it('a replica that cannot be had is told of once, by its address and without its password', async () => {
  const told: string[] = [];
  const replicas = new Replicas({
    urls: ['mysql://somebody:secret@127.0.0.1:1/parley'],
    storeId: 'x',
    onRead: () => undefined,
    onTrouble: (address, error) => told.push(`${address} ${error.message}`),
  });
  for (let i = 0; i < 3; i++) expect(await replicas.read(1, 0, () => Promise.resolve('page'))).toBeUndefined();
  await replicas.close();
  expect(told).toEqual([expect.stringMatching(/^127\.0\.0\.1:1 .*ECONNREFUSED/)]);
  expect(told[0]).not.toContain('secret');
});
