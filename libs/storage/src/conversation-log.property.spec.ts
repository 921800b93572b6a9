import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupConversation } from '@app/protocol';
import { type CrashPoint, FaultyDatabase, type Seeded, type TempStore, openStoreIn, withSeed } from '@app/testing';
import { AppendSequence, type Stored } from './append';
import type { Committed } from './log-batch';
import { type ConversationRef, clientKey } from './entry-row';

const senders = 200;
const conversations = 6;
const messagesEach = 10;

/** What every sender has been promised: the acks, and what it ever tried under each key. */
interface Promised {
  readonly conversation: ConversationRef;
  readonly sender: string;
  readonly key: string;
  readonly tried: Set<string>;
  readonly acks: Stored[];
  /** Some try failed or was never answered, so the ack of a later one may say duplicate. */
  unsure: boolean;
}

class Crashed extends Error {}

/** A store whose process ends once: then every open call fails, and the senders go on with the next process. */
class World {
  readonly promised: Promised[] = [];
  readonly told: Committed[][] = [];
  private store!: TempStore<FaultyDatabase>;
  private crashed!: Promise<never>;
  private restarted: Promise<void> = Promise.resolve();

  constructor(
    readonly random: Seeded,
    readonly dataDir: string,
  ) {}

  async start(): Promise<TempStore<FaultyDatabase>> {
    // The queue is shorter than what the senders have to say, so some hear that it is full.
    this.store = await openStoreIn(this.dataDir, FaultyDatabase, { queueLimit: 700 });
    this.store.database.failAtRandom(this.random, 0.3);
    const told: Committed[] = [];
    this.told.push(told);
    this.store.log.onCommitted((committed) => told.push(...committed));
    this.crashed = new Promise(() => undefined);
    return this.store;
  }

  /** Ends the process at its next commit after a while, and starts the next one. */
  crashLater(point: CrashPoint): void {
    const { database } = this.store;
    this.restarted = new Promise((restarted, failed) => {
      this.crashed = new Promise((_, crash) => {
        const crashNow = async (): Promise<void> => {
          while (database.begun < 8) await nextTurn();
          await database.crashAt(point);
          await this.start();
          crash(new Crashed());
        };
        crashNow().then(restarted, failed);
      });
    });
    this.crashed.catch(() => undefined);
  }

  /** One try; `undefined` when it failed in a way that a client answers with a retry. */
  async try(promise: Promised, text: string, sequence?: AppendSequence): Promise<Stored | undefined> {
    promise.tried.add(text);
    try {
      const { conversation, sender, key } = promise;
      const content = { kind: 'message', type: 'text', body: JSON.stringify({ text }) } as const;
      const appended = this.store.log.append({ conversation, sender, key, content, ...(sequence ? { sequence } : {}) });
      const stored = await Promise.race([appended, this.crashed]);
      promise.acks.push(stored);
      return stored;
    } catch (error) {
      if (!(error instanceof Crashed) && (error as { code?: unknown }).code !== 'UNAVAILABLE') throw error;
      promise.unsure = true;
      await nextTurn();
      return undefined;
    }
  }

  promise(conversation: ConversationRef, sender: string, name: string): Promised {
    const promise: Promised = { conversation, sender, key: clientKey(name), tried: new Set(), acks: [], unsure: false };
    this.promised.push(promise);
    return promise;
  }

  async close(): Promise<void> {
    await this.restarted;
    await this.store.close();
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Sends anywhere, repeats itself at once and later, in no order. */
async function scattered(world: World, refs: readonly ConversationRef[], sender: string): Promise<void> {
  const { random } = world;
  for (let n = 0; n < messagesEach; n++) {
    for (let pause = random.below(8); pause > 0; pause--) await nextTurn();
    const promise = world.promise(random.pick(refs), sender, `m ${n}`);
    const tries = 1 + random.below(3);
    while (promise.acks.length === 0) {
      await Promise.all(Array.from({ length: tries }, (_, index) => world.try(promise, `${sender} ${n} ${index}`)));
    }
    const earlier = random.pick(world.promised.filter((one) => one.sender === sender));
    if (random.chance(0.4)) await world.try(earlier, `${sender} again`);
  }
}

/** One connection to one conversation: many messages are under way at once, and after a failure the rest is sent again in order. */
async function inOrder(world: World, ref: ConversationRef, sender: string): Promise<void> {
  const sequence = new AppendSequence();
  let left = Array.from({ length: messagesEach }, (_, n) => world.promise(ref, sender, `m ${n}`));
  while (left.length > 0) {
    for (let pause = world.random.below(8); pause > 0; pause--) await nextTurn();
    sequence.mend();
    const burst = left.slice(0, 1 + world.random.below(messagesEach));
    const ends = await Promise.all(burst.map((promise) => world.try(promise, `${sender} ${promise.key}`, sequence)));
    left = left.filter((_, index) => index >= burst.length || ends[index] === undefined);
  }
}

interface Row {
  readonly conversation_id: number;
  readonly seq: number;
  readonly number: number;
  readonly sender: string;
  readonly msg_key: string;
  readonly body: string;
}

/** Everything that the log promises, checked against what is stored. */
function check(world: World, rows: readonly Row[], refs: readonly ConversationRef[]): void {
  for (const ref of refs) {
    const log = rows.filter((row) => row.conversation_id === ref.rowId);
    const places = log.map((_, index) => index + 1);
    expect(log.map(({ seq }) => seq)).toEqual(places);
    expect(log.map(({ number }) => number)).toEqual(places);
  }
  const byKey = new Map(rows.map((row) => [`${row.conversation_id} ${row.sender} ${row.msg_key}`, row]));
  expect(byKey.size).toBe(rows.length);
  expect(rows.length).toBe(senders * messagesEach);
  for (const { conversation, sender, key, tried, acks, unsure } of world.promised) {
    const row = byKey.get(`${conversation.rowId} ${sender} ${key}`);
    expect({ key, seqs: new Set(acks.map(({ seq }) => seq)) }).toEqual({ key, seqs: new Set([row?.seq]) });
    expect(tried).toContain((JSON.parse(row?.body ?? '{}') as { text?: string }).text);
    const first = acks.filter(({ duplicate }) => !duplicate).length;
    expect(first === 1 || (unsure && first === 0)).toBe(true);
  }
  for (let sender = 0; sender < senders; sender += 2) {
    const keys = rows.filter((row) => row.sender === `s${sender}`).map(({ msg_key }) => msg_key);
    expect(keys).toEqual(Array.from({ length: messagesEach }, (_, n) => clientKey(`m ${n}`)));
  }
  checkTold(world, rows);
}

/** A process tells each entry once and in order, and every one that it acked as new. */
function checkTold(world: World, rows: readonly Row[]): void {
  const stored = new Set(rows.map((row) => `${row.conversation_id} ${row.seq}`));
  const all = world.told.flat().map(({ conversation, entry }) => `${conversation.rowId} ${entry.seq}`);
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((place) => !stored.has(place))).toEqual([]);
  const acked = world.promised.flatMap(({ conversation, acks }) =>
    acks.filter(({ duplicate }) => !duplicate).map(({ seq }) => `${conversation.rowId} ${seq}`),
  );
  const heard = new Set(all);
  expect(acked.filter((place) => !heard.has(place))).toEqual([]);
  for (const told of world.told) {
    const last = new Map<number, number>();
    for (const { conversation, entry } of told) {
      expect(entry.seq).toBeGreaterThan(last.get(conversation.rowId) ?? 0);
      last.set(conversation.rowId, entry.seq);
    }
  }
}

describe('200 senders whose store fails at random', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-crash-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it.each(['before-commit', 'after-commit', undefined] as const)('keep every promise when the process ends: %s', (point) =>
    withSeed(async (random) => {
      const before = await openStoreIn(dataDir);
      const refs: ConversationRef[] = [];
      for (let n = 0; n < conversations; n++) refs.push(await before.conversations.ensure(groupConversation(`g${n}`)));
      await before.close();

      const world = new World(random, dataDir);
      await world.start();
      if (point) world.crashLater(point);
      await Promise.all(
        Array.from({ length: senders }, (_, n) => (n % 2 ? scattered(world, refs, `s${n}`) : inOrder(world, random.pick(refs), `s${n}`))),
      );
      await world.close();
      expect(world.told).toHaveLength(point ? 2 : 1);

      const after = await openStoreIn(dataDir);
      const rows = await after.database.rows<Row>('SELECT conversation_id, seq, number, sender, msg_key, body FROM entries ORDER BY 1, 2');
      await after.close();
      check(world, rows, refs);
    }),
  );
});
