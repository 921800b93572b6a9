import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metrics } from '@app/kit';
import { type ConversationName, groupConversation } from '@app/protocol';
import { MariaServer, TcpProxy } from '@app/testing';
import type { Committed } from './log-batch';
import { ConversationLog } from './conversation-log';
import { ConversationStore } from './conversation.store';
import { Database } from './database';
import { type ConversationRef, clientKey } from './entry-row';
import { EntryStore } from './entry.store';

/** A store on a server of its own, which a test may treat badly. */
interface Store {
  readonly database: Database;
  readonly log: ConversationLog;
  readonly conversations: ConversationStore;
  readonly entries: EntryStore;
}

const unavailable = expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function maria(options?: Parameters<typeof MariaServer.start>[0]): Promise<MariaServer> {
  const server = await MariaServer.start(options);
  closing.push(() => server.remove());
  return server;
}

async function open(url: string): Promise<Store> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-trouble-'));
  closing.push(() => rmSync(dataDir, { recursive: true }));
  const database = await Database.open({ url, dataDir });
  const log = new ConversationLog(database, { queueLimit: 10_000, metrics: new Metrics({ defaults: false }) });
  closing.push(async () => {
    await log.close();
    await database.close();
  });
  return { database, log, conversations: new ConversationStore(database), entries: new EntryStore(database) };
}

const send = ({ log }: Store, conversation: ConversationRef, key: string, body = '{}') =>
  log.append({ conversation, sender: 'ann', key: clientKey(key), content: { kind: 'message', type: 'text', body } });

async function keysOf({ entries }: Store, ref: ConversationRef): Promise<string[]> {
  const { items } = await entries.messagesAfter(ref, { from: 1, until: null }, 0, 1_000);
  return items.map(({ clientMsgId }) => clientMsgId);
}

/** Conversations on lanes of their own. */
async function onLanes({ conversations, database }: Store): Promise<ConversationRef[]> {
  const found = new Map<number, ConversationRef>();
  for (let n = 0; found.size < database.laneCount; n++) {
    const name: ConversationName = groupConversation(`lane${n}`);
    const ref = await conversations.ensure(name);
    found.set(ref.rowId % database.laneCount, ref);
  }
  return [...found.values()];
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until it goes well, as a client would. */
async function untilStored<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 200) throw error;
      await later(50);
    }
  }
}

describe('a server that is killed', () => {
  it('makes sends and reads UNAVAILABLE, and serves again when it is back, with nothing lost and nothing twice', async () => {
    const server = await maria({ durable: true });
    const store = await open(await server.database());
    const ref = await store.conversations.ensure(groupConversation('g'));
    await send(store, ref, 'before');
    await server.kill();
    await expect(send(store, ref, 'meanwhile')).rejects.toEqual(unavailable);
    await expect(keysOf(store, ref)).rejects.toEqual(unavailable);
    await expect(store.conversations.ensure(groupConversation('other'))).rejects.toEqual(unavailable);
    await server.start();
    expect(await send(store, ref, 'meanwhile')).toMatchObject({ seq: 2, duplicate: false });
    expect(await keysOf(store, ref)).toEqual(['before', 'meanwhile']);
  });

  it('in the middle of sends loses none that was acked, and clients that send again fill what is missing', async () => {
    const server = await maria({ durable: true });
    const store = await open(await server.database());
    const ref = await store.conversations.ensure(groupConversation('g'));
    const seqs: number[] = [];
    let acked = 0;
    let back: Promise<void> | undefined;
    // Each client sends one after the other, so that some of it comes before the end of the server and some after.
    const clients = Array.from({ length: 20 }, async (_, client) => {
      for (let n = 0; n < 20; n++) {
        const { seq } = await untilStored(() => send(store, ref, `${client} ${n}`));
        seqs.push(seq);
        if (++acked === 100) back = server.kill().then(() => server.start());
      }
    });
    await Promise.all(clients);
    await back;
    expect(seqs.sort((one, other) => one - other)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    const stored = await keysOf(store, ref);
    for (let client = 0; client < 20; client++) {
      expect(stored.filter((key) => key.startsWith(`${client} `))).toEqual(Array.from({ length: 20 }, (_, n) => `${client} ${n}`));
    }
  });
});

describe('a server that hangs', () => {
  it('makes whatever is asked UNAVAILABLE in the end, and serves again when it goes on', async () => {
    const server = await maria();
    const store = await open(await server.database());
    const lanes = await onLanes(store);
    const [ref] = lanes as [ConversationRef];
    await send(store, ref, 'before');
    server.pause();
    const asked = [
      ...lanes.map((lane) => send(store, lane, 'first')),
      send(store, ref, 'first again'),
      keysOf(store, ref),
      store.conversations.ensure(groupConversation('other')),
      store.database.ping(),
    ];
    const waiting = Array.from({ length: 600 }, (_, index) => send(store, ref, `queued ${index}`));
    for (const end of await Promise.allSettled([...asked, ...waiting])) {
      expect(end).toEqual({ status: 'rejected', reason: unavailable });
    }
    await expect(send(store, ref, 'still')).rejects.toEqual(unavailable);
    server.resume();
    expect(await untilStored(() => send(store, ref, 'after'))).toMatchObject({ duplicate: false });
    expect(await keysOf(store, ref)).toContain('after');
  }, 60_000);

  it('does not keep the process from closing', async () => {
    const server = await maria();
    const store = await open(await server.database());
    await store.database.ping();
    server.pause();
    await store.database.close();
    server.resume();
  });
});

describe('a COMMIT whose answer is lost on the wire', () => {
  async function throughProxy(): Promise<{ store: Store; proxy: TcpProxy; ref: ConversationRef; told: Committed[] }> {
    const server = await maria();
    const proxy = await TcpProxy.to(server.port);
    closing.push(() => proxy.close());
    const url = new URL(await server.database());
    url.port = `${proxy.port}`;
    const store = await open(url.href);
    const told: Committed[] = [];
    store.log.onCommitted((committed) => told.push(...committed));
    return { store, proxy, told, ref: await store.conversations.ensure(groupConversation('g')) };
  }

  it('is found again: a send is acked with its seq and told once', async () => {
    const { store, proxy, ref, told } = await throughProxy();
    await send(store, ref, 'a');
    const lost = proxy.loseAnswerTo('COMMIT');
    expect(await send(store, ref, 'b')).toMatchObject({ seq: 2, duplicate: false });
    await lost;
    await store.log.close();
    expect(told.map(({ entry }) => entry.seq)).toEqual([1, 2]);
    expect(await keysOf(store, ref)).toEqual(['a', 'b']);
  });

  it('before anything was answered costs nothing either', async () => {
    const { store, proxy, ref, told } = await throughProxy();
    await send(store, ref, 'a');
    const lost = proxy.loseAnswerTo('FOR UPDATE');
    expect(await send(store, ref, 'b')).toMatchObject({ seq: 2, duplicate: false });
    await lost;
    expect(told).toHaveLength(2);
  });

  it('does not keep idle connections that were cut from being replaced', async () => {
    const { store, proxy, ref } = await throughProxy();
    await send(store, ref, 'a');
    await keysOf(store, ref);
    proxy.cut();
    expect(await keysOf(store, ref)).toEqual(['a']);
    expect(await send(store, ref, 'b')).toMatchObject({ seq: 2 });
  });
});

describe('a lock that somebody else holds', () => {
  it('delays conversations of its lane only', async () => {
    const server = await maria();
    const url = await server.database();
    const [store, other] = [await open(url), await open(url)];
    const [held, ...free] = (await onLanes(store)) as [ConversationRef, ...ConversationRef[]];
    let release: () => void = () => undefined;
    let isHeld: () => void = () => undefined;
    const holding = new Promise<void>((resolve) => (isHeld = resolve));
    const holder = other.log.change(held, async () => {
      isHeld();
      await new Promise<void>((resolve) => (release = resolve));
    });
    await holding;
    let stored = false;
    const waiting = send(store, held, 'waits').then(() => (stored = true));
    for (const ref of free) expect(await send(store, ref, 'at once')).toMatchObject({ seq: 1 });
    expect(stored).toBe(false);
    release();
    await Promise.all([holder, waiting]);
    expect(await keysOf(store, held)).toEqual(['waits']);
  });

  it('for longer than the lock wait is waited for again, and then the send is stored', async () => {
    const server = await maria();
    const url = await server.database();
    const store = await open(url);
    const ref = await store.conversations.ensure(groupConversation('g'));
    const before = await waits(server);
    const { createConnection } = await import('mysql2/promise');
    const holder = await createConnection(url);
    await holder.query('START TRANSACTION');
    await holder.query('SELECT id FROM conversations WHERE id = ? FOR UPDATE', [ref.rowId]);
    const waiting = send(store, ref, 'patient');
    // The first wait ends after 5 s; the row is free for the second.
    while ((await waits(server)) < before + 2) await later(50);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await waiting).toMatchObject({ seq: 1, duplicate: false });
  });

  /** How often a statement has begun to wait for a row. */
  async function waits(server: MariaServer): Promise<number> {
    const [row] = await server.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'`);
    return Number(row?.Value);
  }
});

it('a deadlock is run again, and both transactions are stored', async () => {
  const server = await maria();
  const { database, conversations } = await open(await server.database());
  const [a, b] = [await conversations.ensure(groupConversation('a')), await conversations.ensure(groupConversation('b'))];
  const change = 'UPDATE conversations SET number = number + 1 WHERE id = ?';
  let runs = 0;
  let firstHolds: () => void = () => undefined;
  let secondHolds: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (firstHolds = resolve));
  const second = new Promise<void>((resolve) => (secondHolds = resolve));
  await Promise.all([
    database.write(async (tx) => {
      runs++;
      await tx.run(change, [a.rowId]);
      firstHolds();
      await second;
      await tx.run(change, [b.rowId]);
    }),
    database.write(async (tx) => {
      runs++;
      await tx.run(change, [b.rowId]);
      secondHolds();
      await first;
      await tx.run(change, [a.rowId]);
    }),
  ]);
  expect(runs).toBe(3);
  expect(await database.rows('SELECT number FROM conversations ORDER BY id')).toEqual([{ number: 2 }, { number: 2 }]);
});

it('a server that was demoted makes sends UNAVAILABLE, and serves as soon as it may write again', async () => {
  const server = await maria();
  const store = await open(await server.database());
  const ref = await store.conversations.ensure(groupConversation('g'));
  await server.query('SET GLOBAL read_only = 1');
  await expect(send(store, ref, 'a')).rejects.toEqual(unavailable);
  await server.query('SET GLOBAL read_only = 0');
  expect(await send(store, ref, 'a')).toMatchObject({ seq: 1 });
});

describe('hundreds of messages of 32 KiB', () => {
  // Quotes and backslashes: the worst that escaping can make of a text.
  it.each([
    ['the usual packets', {}],
    ['packets of 1 MiB', { config: { 'max-allowed-packet': 1024 * 1024 } }],
  ])('are stored by a server with %s', async (_, options) => {
    const server = await maria(options);
    const store = await open(await server.database());
    const ref = await store.conversations.ensure(groupConversation('g'));
    const body = JSON.stringify({ text: `"\\`.repeat(8 * 1024 - 8) });
    const sends = Array.from({ length: 300 }, (_, index) => send(store, ref, `${index}`, body));
    expect((await Promise.all(sends)).map(({ seq }) => seq)).toEqual(sends.map((_, index) => index + 1));
    expect(await store.entries.one(ref, 300)).toMatchObject({ body });
  });

  it('that the server cannot take fail alone', async () => {
    const server = await maria({ config: { 'max-allowed-packet': 1024 * 1024 } });
    const store = await open(await server.database());
    const ref = await store.conversations.ensure(groupConversation('g'));
    const huge = send(store, ref, 'huge', JSON.stringify({ text: 'x'.repeat(2 * 1024 * 1024) }));
    const ends = await Promise.allSettled([send(store, ref, 'a'), huge, send(store, ref, 'b')]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await keysOf(store, ref)).toEqual(['a', 'b']);
  });
});
