import type { Entry } from '@app/protocol';
import { ImError, c2cConversation, groupConversation } from '@app/protocol';
import { FaultyDatabase, type TempStore, type TempStoreOptions, itOn, openTempStore } from '@app/testing';
import { type AppendRequest, AppendSequence, type Content, type Stored } from './append';
import type { Change } from './conversation-log';
import type { Committed } from './log-batch';
import type { Queries } from './connections';
import type { Dialect } from './dialect';
import { type ConversationRef, clientKey } from './entry-row';

const message = (text: string, type: 'text' | 'system' = 'text'): Content => ({ kind: 'message', type, body: JSON.stringify({ text }) });
const refusal = new ImError('MUTED');
const unavailable = expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown;

let store: TempStore<FaultyDatabase>;
let room: ConversationRef;
let told: Committed[];

async function open(options?: TempStoreOptions): Promise<void> {
  store = await openTempStore(FaultyDatabase, options);
  room = await store.conversations.ensure(groupConversation('room'));
  told = [];
  store.log.onCommitted((committed) => told.push(...committed));
}

beforeEach(() => open());
afterEach(() => store.close());

async function reopen(options: TempStoreOptions): Promise<void> {
  await store.close();
  await open(options);
}

function append(key: string, more: Partial<AppendRequest> = {}): Promise<Stored> {
  return store.log.append({ conversation: room, sender: 'alice', key: clientKey(key), content: message(key), ...more });
}

const becomeMembers = (...userIds: string[]) =>
  store.log.change(room, (change) => {
    const rest = { role: 'member' as const, fromSeq: 1, readSeq: 0, readNumber: 0, at: change.now };
    return store.members.open(
      change,
      room,
      userIds.map((userId) => ({ userId, ...rest })),
    );
  });

const appendAll = (keys: readonly string[], more?: Partial<AppendRequest>) => Promise.all(keys.map((key) => append(key, more)));

/** How each of several appends ended: its seq, or the error. */
async function endings(appends: readonly Promise<Stored>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(appends);
  return settled.map((end) => (end.status === 'fulfilled' ? end.value.seq : (end.reason as unknown)));
}

async function logOf(ref: ConversationRef = room): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const { items, hasMore } = await store.entries.after(ref, { from: 1, until: null }, entries.length, 1_000);
    entries.push(...items);
    if (!hasMore) return entries;
  }
}

/** What the listener was told: it is told in the turn of the answers, after those who wait for one. */
async function toldNow(): Promise<Committed[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return told.splice(0);
}

const textOf = (entry: Entry): unknown => (entry.kind === 'message' ? entry.payload?.text : entry.kind);
const textsOf = async (ref?: ConversationRef) => (await logOf(ref)).map(textOf);
const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index + 1);

async function flushes(): Promise<{ flushes: number; entries: number }> {
  const { values } = await store.metrics.flushEntries.get();
  const valueOf = (suffix: string) => values.find(({ metricName }) => metricName?.endsWith(suffix))?.value ?? 0;
  return { flushes: valueOf('_count'), entries: valueOf('_sum') };
}

describe('an append', () => {
  it('gets the next seq of its conversation, whatever happens in others', async () => {
    const other = await store.conversations.ensure(c2cConversation('alice', 'bob'));
    const stored = await Promise.all(
      upTo(20).map((n) => append(`k${n}`, { conversation: n % 2 ? room : other, sender: n % 3 ? 'alice' : 'bob' })),
    );
    expect(stored.filter((_, index) => index % 2 === 0).map(({ seq }) => seq)).toEqual(upTo(10));
    expect(stored.filter((_, index) => index % 2 === 1).map(({ seq }) => seq)).toEqual(upTo(10));
    expect((await logOf()).map(({ seq }) => seq)).toEqual(upTo(10));
    expect(await store.conversations.head(room)).toMatchObject({ last_seq: 10, number: 10 });
  });

  it('is numbered among the messages that count: neither those of the system nor other kinds do', async () => {
    const contents: Content[] = [
      message('one'),
      message('note', 'system'),
      { kind: 'member_joined', fields: { userId: 'bob' } },
      message('two'),
      { kind: 'group_updated', fields: { name: 'new' } },
      message('three'),
    ];
    const stored = await Promise.all(contents.map((content, index) => append(`k${index}`, { content })));
    expect(stored.map(({ number }) => number)).toEqual([1, 1, 1, 2, 2, 3]);
    expect(stored.map(({ seq }) => seq)).toEqual(upTo(6));
    expect(await store.conversations.head(room)).toMatchObject({ last_seq: 6, number: 3 });
  });

  it('answers with the seq, name and time under which the message is read', async () => {
    const stored = await append('a');
    const [entry] = await logOf();
    expect(entry).toMatchObject({
      kind: 'message',
      seq: stored.seq,
      number: stored.number,
      serverMsgId: stored.serverMsgId,
      timestamp: stored.timestamp,
      clientMsgId: 'a',
      from: 'alice',
      payload: { text: 'a' },
    });
    expect(stored.duplicate).toBe(false);
  });

  it('never gets an earlier time than the entry before it, even if the clock is set back', async () => {
    let now = 5_000;
    await reopen({ clock: { now: () => now } });
    const first = await append('a');
    now = 3_000;
    expect((await append('b')).timestamp).toBe(first.timestamp);
  });

  it('shares a flush with what arrives in the same turn', async () => {
    await appendAll(upTo(40).map(String));
    expect(await flushes()).toEqual({ flushes: 1, entries: 40 });
  });

  it('is answered NOT_FOUND when its conversation is not in the store, and its neighbours are stored', async () => {
    const nowhere = { ...room, rowId: 999 };
    const ends = await endings([append('a'), append('b', { conversation: nowhere }), append('c')]);
    expect(ends).toEqual([1, expect.objectContaining({ code: 'NOT_FOUND' }), 2]);
  });
});

describe('a repeated append', () => {
  it('gets the first seq and changes nothing, in the same flush', async () => {
    const ends = await Promise.all([append('a'), append('a', { content: message('other') }), append('b'), append('a')]);
    expect(ends.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [1, true],
      [2, false],
      [1, true],
    ]);
    expect(await textsOf()).toEqual(['a', 'b']);
    expect(await flushes()).toEqual({ flushes: 1, entries: 4 });
  });

  it('gets the first answer again later, and the first payload stays', async () => {
    const first = await append('a');
    const again = await append('a', { content: message('other') });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await textsOf()).toEqual(['a']);
  });

  it('is another message when the sender or the conversation differs', async () => {
    const other = await store.conversations.ensure(groupConversation('other'));
    const ends = await Promise.all([append('a'), append('a', { sender: 'bob' }), append('a', { conversation: other })]);
    expect(ends.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [2, false],
      [1, false],
    ]);
  });
});

/** Refuses every row with `bad` in its body. */
const poison: Readonly<Record<Dialect, string>> = {
  sqlite: `CREATE TRIGGER poison BEFORE INSERT ON entries WHEN new.body LIKE '%bad%' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  mysql: `CREATE TRIGGER poison BEFORE INSERT ON entries FOR EACH ROW
          IF new.body LIKE '%bad%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF`,
};

describe('a bad append', () => {
  it.each([
    ['is no JSON', '{"text":"a\0b"}'],
    ['holds half a surrogate pair', '{"text":"\ud83d"}'],
  ])('fails alone when its body %s', async (_, body) => {
    const bad = append('bad', { content: { kind: 'message', type: 'text', body } });
    const ends = await endings([append('a'), append('b'), bad, append('c'), append('d')]);
    expect(ends).toEqual([1, 2, expect.any(Error), 3, 4]);
    expect(await textsOf()).toEqual(['a', 'b', 'c', 'd']);
  });

  // TiDB has no triggers.
  itOn('sqlite', 'mysql')('fails alone when the store refuses its row, wherever it stands', async () => {
    await store.database.write((tx) => tx.run(poison[store.database.dialect]));
    const keys = ['bad0', ...upTo(9).map(String), 'bad1', 'bad2', 'ten', 'bad3'];
    const ends = await endings(keys.map((key) => append(key)));
    expect(ends.map((end) => typeof end === 'number')).toEqual(keys.map((key) => !key.startsWith('bad')));
    expect(await textsOf()).toEqual([...upTo(9).map(String), 'ten']);
    expect((await toldNow()).map(({ entry }) => entry.seq)).toEqual(upTo(10));
  });

  it('does not break its sequence: a retry would fail again', async () => {
    const sequence = new AppendSequence();
    const bad = append('bad', { sequence, content: { kind: 'message', type: 'text', body: '' } });
    expect(await endings([bad, append('a', { sequence })])).toEqual([expect.any(Error), 1]);
    expect(sequence.broken).toBe(false);
  });
});

describe('the policy of an append', () => {
  const policyOf = (version: number, again: () => Promise<number>) => ({ policy: { version, gapMs: 0, again } });

  it('is not asked again while the conversation is as it was checked', async () => {
    const again = jest.fn(() => Promise.reject(refusal));
    const { acl_version } = await store.conversations.head(room);
    expect((await append('a', policyOf(acl_version, again))).seq).toBe(1);
    expect(again).not.toHaveBeenCalled();
  });

  it('is asked again, inside the transaction, when rights changed between the check and the flush', async () => {
    const { acl_version } = await store.conversations.head(room);
    await store.log.change(room, async (change) => change.raiseAcl());
    const seen = `SELECT value FROM meta WHERE name = 'seen'`;
    const again = jest.fn(async (tx: Queries) => {
      await tx.run(`INSERT INTO meta (name, value) VALUES ('seen', 'inside')`);
      expect(await store.database.rows(seen)).toEqual([]);
      return 0;
    });
    await append('a', { policy: { version: acl_version, gapMs: 0, again } });
    expect(again.mock.calls).toEqual([[expect.anything(), acl_version + 1]]);
    expect(await store.database.rows(seen)).toEqual([{ value: 'inside' }]);
  });

  it('refuses one append and none of its neighbours', async () => {
    const refused = append(
      'b',
      policyOf(0, () => Promise.reject(refusal)),
    );
    expect(await endings([append('a'), refused, append('c')])).toEqual([1, refusal, 2]);
    expect(await textsOf()).toEqual(['a', 'c']);
  });

  it('is not asked about what is stored already: a retry of it is acked', async () => {
    const first = await append('a');
    const again = jest.fn(() => Promise.reject(refusal));
    expect(await append('a', policyOf(0, again))).toEqual({ ...first, duplicate: true });
    expect(again).not.toHaveBeenCalled();
  });

  it('that refused an append says nothing about a later one with the same key', async () => {
    const refused = append(
      'a',
      policyOf(0, () => Promise.reject(refusal)),
    );
    expect(await endings([refused, append('a')])).toEqual([refusal, 1]);
  });
});

describe('an append whose sender has to wait after the last one', () => {
  const gapMs = 10_000;
  const start = 5_000_000;
  let now: number;
  let version: number;

  beforeEach(async () => {
    now = start;
    await reopen({ clock: { now: () => now } });
    await store.log.change(room, async (change) => {
      const members = ['alice', 'bob'].map((userId) => ({
        userId,
        role: 'member' as const,
        fromSeq: 1,
        readSeq: 0,
        readNumber: 0,
        at: now,
      }));
      await store.members.open(change, room, members);
      change.raiseAcl();
    });
    version = (await store.conversations.head(room)).acl_version;
  });

  const slow = (more: Partial<AppendRequest> = {}) => ({ policy: { version, gapMs, again: () => Promise.resolve(gapMs) }, ...more });
  const tooEarly = (retryAfterMs: number) =>
    expect.objectContaining({ code: 'RATE_LIMIT', details: { retryAfterMs, convId: 'group:room' } }) as unknown;
  const ending = async (append: Promise<Stored>) => (await endings([append]))[0];

  it('is refused until the time is over, and told how long that is', async () => {
    await append('1', slow());
    now += 1;
    expect(await ending(append('2', slow()))).toEqual(tooEarly(gapMs - 1));
    now = start + gapMs - 1;
    expect(await ending(append('2', slow()))).toEqual(tooEarly(1));
    now = start + gapMs;
    expect(await ending(append('2', slow()))).toBe(2);
    expect(await ending(append('3', slow()))).toEqual(tooEarly(gapMs));
  });

  it('is refused in the flush that holds the last one, and others are not', async () => {
    const appends = [append('1', slow()), append('2', slow()), append('b', slow({ sender: 'bob' })), append('3', slow())];
    expect(await endings(appends)).toEqual([1, tooEarly(gapMs), 2, tooEarly(gapMs)]);
    expect(await textsOf()).toEqual(['1', 'b']);
    expect((await flushes()).flushes).toBe(1);
  });

  it('counts what was sent while nobody had to wait', async () => {
    await append('1');
    expect(await ending(append('2', slow()))).toEqual(tooEarly(gapMs));
  });

  it('is held to the rules as they are in the flush, whatever they were when it was accepted', async () => {
    await append('1');
    const fast = { policy: { version: version + 1, gapMs: 0, again: () => Promise.resolve(gapMs) } };
    expect(await ending(append('2', fast))).toEqual(tooEarly(gapMs));
    const noLonger = { policy: { version: version + 1, gapMs, again: () => Promise.resolve(0) } };
    expect(await ending(append('3', noLonger))).toBe(2);
  });

  it('is acked when it is stored already', async () => {
    const first = await append('1', slow());
    expect(await append('1', slow())).toEqual({ ...first, duplicate: true });
    now = start + gapMs;
    const [stored, again] = await Promise.all([append('2', slow()), append('2', slow())]);
    expect(again).toEqual({ ...stored, duplicate: true });
  });

  it('waits for no message that was refused, none of the system, nothing that is no message, and none of another conversation', async () => {
    const other = await store.conversations.ensure(groupConversation('other'));
    await endings([append('1', slow({ content: message('note', 'system') })), append('2', { conversation: other })]);
    await append('3', { content: { kind: 'group_updated', fields: { name: 'new' } } });
    expect(await ending(append('4', slow()))).toBe(3);
    await ending(append('5', slow()));
    now = start + gapMs;
    expect(await ending(append('6', slow()))).toBe(4);
  });

  it('does not break its sequence: what is sent elsewhere, or later, is stored', async () => {
    const sequence = new AppendSequence();
    expect(await endings([append('1', slow({ sequence })), append('2', slow({ sequence }))])).toEqual([1, tooEarly(gapMs)]);
    expect(sequence.broken).toBe(false);
    expect(await ending(append('3', { sequence }))).toBe(2);
  });

  it('is refused once it is known that the last one was stored, whatever its commit was answered', async () => {
    store.database.failNext('lost-answer');
    expect(await endings([append('1', slow()), append('2', slow())])).toEqual([1, tooEarly(gapMs)]);
    expect(await ending(append('3', slow()))).toEqual(tooEarly(gapMs));
  });
});

describe('UNAVAILABLE', () => {
  it('is the answer when the queue is full; what waits is stored', async () => {
    await reopen({ queueLimit: 3 });
    const ends = await endings(upTo(5).map((n) => append(`${n}`)));
    expect(ends).toEqual([1, 2, 3, unavailable, unavailable]);
    expect((await append('6')).seq).toBe(4);
  });

  it('is the answer while the store is down, and the store takes up where it was', async () => {
    await append('a');
    store.database.down = true;
    expect(await endings([append('b'), append('c')])).toEqual([unavailable, unavailable]);
    await expect(store.log.change(room, () => Promise.resolve())).rejects.toEqual(unavailable);
    store.database.down = false;
    expect((await append('b')).seq).toBe(2);
    expect(await textsOf()).toEqual(['a', 'b']);
  });

  it('is the answer when the store goes on failing', async () => {
    store.database.failNext('lost-before', 'refused-commit', 'lost-before', 'refused-commit', 'lost-before');
    expect(await endings([append('a')])).toEqual([unavailable]);
  });

  it('is the answer after close', async () => {
    await store.log.close();
    expect(await endings([append('a')])).toEqual([unavailable]);
  });
});

describe('a sequence of appends', () => {
  it('fails from its first failure on, until it is mended; other appends do not', async () => {
    const [broken, other] = [new AppendSequence(), new AppendSequence()];
    store.database.failNext('down-before');
    const first = append('1', { sequence: broken });
    const second = first.catch(() => append('2', { sequence: broken }));
    const stranger = first.catch(() => append('x', { sequence: other }));
    expect(await endings([first, second, stranger])).toEqual([unavailable, unavailable, 1]);
    expect(broken.broken).toBe(true);
    broken.mend();
    expect(await endings(['1', '2'].map((key) => append(key, { sequence: broken })))).toEqual([2, 3]);
    expect(await textsOf()).toEqual(['x', '1', '2']);
  });

  it('takes along those that wait for a later flush', async () => {
    const sequence = new AppendSequence();
    store.database.failNext('down-before');
    // The first flush takes 500 entries.
    const ours = upTo(501).map((n) => append(`${n}`, { sequence }));
    const theirs = append('x');
    const ends = await endings([...ours, theirs]);
    expect(ends.slice(0, 501)).toEqual(Array(501).fill(unavailable));
    expect(ends[501]).toBe(1);
  });

  it('that is mended early takes retries, and what still waits behind the failure fails all the same', async () => {
    const sequence = new AppendSequence();
    store.database.failNext('down-before');
    const [first, ...others] = upTo(501).map((n) => append(`${n}`, { sequence }));
    const retried = first?.catch(() => {
      sequence.mend();
      return append('1', { sequence });
    });
    expect(await endings([...others, retried as Promise<Stored>])).toEqual([...Array<unknown>(500).fill(unavailable), 1]);
    expect(await textsOf()).toEqual(['1']);
  });

  it('loses only what is behind the failure: what waits before it is stored', async () => {
    await reopen({ queueLimit: 3 });
    const sequence = new AppendSequence();
    const ends = await endings(upTo(5).map((n) => append(`${n}`, { sequence })));
    expect(ends).toEqual([1, 2, 3, unavailable, unavailable]);
    expect(sequence.broken).toBe(true);
  });

  it('fails as a whole when the policy of one of them cannot be checked now', async () => {
    const sequence = new AppendSequence();
    const policy = { version: 0, gapMs: 0, again: () => Promise.reject(new ImError('UNAVAILABLE')) };
    expect(await endings([append('1', { sequence, policy }), append('2', { sequence })])).toEqual([unavailable, unavailable]);
  });
});

describe('onCommitted', () => {
  it('tells each entry once, in the order of each log, with the time of the entry before', async () => {
    const other = await store.conversations.ensure(groupConversation('other'));
    await appendAll(['a', 'b', 'a']);
    await Promise.all([append('c'), append('a'), append('x', { conversation: other })]);
    await store.log.change(room, async (change) => change.append('bob', { kind: 'member_joined', fields: { userId: 'bob' } }));
    await appendAll(['d', 'b']);
    const heard = await toldNow();
    const ofRoom = heard.filter(({ conversation }) => conversation.rowId === room.rowId);
    expect(ofRoom.map(({ entry }) => entry)).toEqual(await logOf());
    expect(ofRoom.map(({ prevAt }) => prevAt)).toEqual([0, ...(await logOf()).slice(0, -1).map(({ timestamp }) => timestamp)]);
    expect(heard.filter(({ conversation }) => conversation.rowId === other.rowId)).toHaveLength(1);
  });

  it('comes after the answers', async () => {
    const order: string[] = [];
    store.log.onCommitted((committed) => order.push(`told ${committed.length}`));
    await Promise.all(['a', 'b'].map((key) => append(key).then(({ seq }) => order.push(`answered ${seq}`))));
    await store.log.close();
    expect(order).toEqual(['answered 1', 'answered 2', 'told 2']);
  });

  it('does not come for duplicates and refusals', async () => {
    await append('a');
    await toldNow();
    await endings([append('a'), append('b', { policy: { version: 0, gapMs: 0, again: () => Promise.reject(refusal) } })]);
    expect(await toldNow()).toEqual([]);
  });
});

describe('a COMMIT whose answer is lost', () => {
  it('is found again: the appends are answered and told as if nothing had happened', async () => {
    store.database.failNext('lost-answer');
    const stored = await appendAll(['a', 'b', 'a']);
    expect(stored.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [2, false],
      [1, true],
    ]);
    expect((await toldNow()).map(({ entry }) => textOf(entry))).toEqual(['a', 'b']);
    expect(await textsOf()).toEqual(['a', 'b']);
  });

  it('is found again beside duplicates and refusals', async () => {
    await append('a');
    await toldNow();
    store.database.failNext('lost-answer');
    const refused = append('b', { policy: { version: 0, gapMs: 0, again: () => Promise.reject(refusal) } });
    const ends = await Promise.allSettled([append('a'), refused, append('c')]);
    expect(ends).toMatchObject([{ value: { seq: 1, duplicate: true } }, { reason: refusal }, { value: { seq: 2, duplicate: false } }]);
    expect((await toldNow()).map(({ entry }) => textOf(entry))).toEqual(['c']);
  });

  it('is found again when the connection is lost some more times', async () => {
    store.database.failNext('lost-answer', 'lost-before', 'lost-before');
    expect(await append('a')).toMatchObject({ seq: 1, duplicate: false });
    expect(await toldNow()).toHaveLength(1);
  });

  it('is told from one that was refused: then everything is stored by the next run', async () => {
    store.database.failNext('refused-commit', 'lost-answer');
    expect(await appendAll(['a', 'b'])).toMatchObject([
      { seq: 1, duplicate: false },
      { seq: 2, duplicate: false },
    ]);
    expect(await toldNow()).toHaveLength(2);
    expect(await textsOf()).toEqual(['a', 'b']);
  });

  it('is looked for even when the error says nothing', async () => {
    store.database.failNext('garbled-answer');
    expect(await append('a')).toMatchObject({ seq: 1, duplicate: false });
    expect(await toldNow()).toHaveLength(1);
  });

  it('leaves a retry to the client when the store then goes down', async () => {
    store.database.failNext('down-after');
    expect(await endings([append('a')])).toEqual([unavailable]);
    expect(await append('a')).toMatchObject({ seq: 1, duplicate: true });
  });

  it('does not let a change happen twice', async () => {
    store.database.failNext('lost-answer');
    const work = jest.fn(async (change: Change) => {
      await change.run(`INSERT INTO meta (name, value) VALUES ('done', 'once')`);
      return change.append('bob', message('hello'));
    });
    expect(await store.log.change(room, work)).toMatchObject({ seq: 1, duplicate: false });
    expect(work).toHaveBeenCalledTimes(1);
    expect((await toldNow()).map(({ entry }) => textOf(entry))).toEqual(['hello']);
    expect(await textsOf()).toEqual(['hello']);
  });
});

describe('a change', () => {
  it('stores rows and entries together and sees where the log stands', async () => {
    await append('a');
    const seen = await store.log.change(room, async (change) => {
      const before = { ...change.conversation };
      await change.run(`INSERT INTO meta (name, value) VALUES ('row', 'with entries')`);
      const stored = [
        change.append('bob', message('b')),
        change.append('bob', { kind: 'member_left', fields: { userId: 'bob', reason: 'left' } }),
      ];
      return { before, after: { ...change.conversation }, seqs: stored.map(({ seq }) => seq) };
    });
    expect(seen).toMatchObject({ before: { last_seq: 1, number: 1 }, after: { last_seq: 3, number: 2 }, seqs: [2, 3] });
    expect(await textsOf()).toEqual(['a', 'b', 'member_left']);
    expect(await store.database.rows(`SELECT value FROM meta WHERE name = 'row'`)).toEqual([{ value: 'with entries' }]);
  });

  it('leaves nothing behind when its work throws', async () => {
    const failing = store.log.change(room, async (change) => {
      change.append('bob', message('b'));
      change.raiseAcl();
      await change.run(`INSERT INTO meta (name, value) VALUES ('row', 'gone')`);
      throw refusal;
    });
    await expect(failing).rejects.toBe(refusal);
    expect(await toldNow()).toEqual([]);
    expect(await store.database.rows(`SELECT value FROM meta WHERE name = 'row'`)).toEqual([]);
    expect(await store.conversations.head(room)).toEqual({ last_seq: 0, number: 0, acl_version: 1 });
    expect((await append('a')).seq).toBe(1);
  });

  it('is run again, anew, after a COMMIT that was refused', async () => {
    store.database.failNext('refused-commit');
    expect(await store.log.change(room, async (change) => change.append('bob', message('b')))).toMatchObject({ seq: 1 });
    expect(await toldNow()).toHaveLength(1);
  });

  it('is refused for good when its work throws in a later run', async () => {
    store.database.failNext('refused-commit');
    let runs = 0;
    const work = async (change: Change) => {
      if (++runs > 1) throw refusal;
      return change.append('bob', message('b'));
    };
    await expect(store.log.change(room, work)).rejects.toBe(refusal);
    expect(runs).toBe(2);
    expect(await textsOf()).toEqual([]);
  });

  it('keeps its place among appends and other changes', async () => {
    const changes = upTo(5).map((n) => store.log.change(room, async (change) => change.append('bob', message(`c${n}`))));
    const stored = await Promise.all([...changes, append('a'), append('b')]);
    expect(stored.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(7));
    expect((await toldNow()).map(({ entry }) => entry.seq)).toEqual(upTo(7));
  });

  it('is answered NOT_FOUND in a conversation that is not in the store', async () => {
    const nowhere = store.log.change({ ...room, rowId: 999 }, () => Promise.resolve());
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('makes policies that were checked before void', async () => {
    const before = await store.conversations.head(room);
    await store.log.change(room, async (change) => change.raiseAcl());
    expect((await store.conversations.head(room)).acl_version).toBe(before.acl_version + 1);
  });
});

describe('a flush', () => {
  /** What a flush of these messages asks of the store. */
  async function cost(key: string, contents: readonly Content[], more: Partial<AppendRequest> = {}): Promise<number> {
    const before = store.database.roundTrips;
    await endings(contents.map((content, i) => append(`${key}${i}`, { content, ...more })));
    return store.database.roundTrips - before;
  }

  it('asks the same of the store for one plain message as for many, and more only for what ends, mentions somebody, carries files or may have to wait', async () => {
    await append('first');
    const plain = message('plain');
    const ending = { ...plain, expireAt: 9, burn: true } as Content;
    const mentioning = { ...plain, mentions: ['bob'] } as Content;
    const many = Array<Content>(200).fill(plain);
    const costs = [await cost('a', [plain]), await cost('b', many), await cost('c', [ending]), await cost('d', [mentioning])];
    costs.push(await cost('e', [...many, ending, ending, mentioning]));
    await store.database.write((tx) =>
      tx.run(
        `INSERT INTO files (id, owner_id, name, size, mime_type, state, created_at) VALUES ('pic1', 'ada', 'x', 1, 'x/x', 'ready', 1)`,
      ),
    );
    const showing = { ...plain, files: ['pic1'] } as Content;
    costs.push(await cost('g', [...many, showing, showing]));
    await becomeMembers('bob');
    const { acl_version: version } = await store.conversations.head(room);
    const policy = { version, gapMs: 1, again: () => Promise.reject(refusal) };
    costs.push(await cost('f', many, { sender: 'bob', policy }));
    // BEGIN, lock, keys, insert, update, own ones, outbox, COMMIT; where statements travel together, the lock, and what is written.
    const [alone, more] =
      store.database.dialect === 'sqlite'
        ? [8, { ending: 2, mention: 1, both: 4, files: 2, slow: 1 }]
        : [2, { ending: 0, mention: 0, both: 0, files: 0, slow: 0 }];
    const { ending: ends, mention, both, files, slow } = more;
    expect(costs).toEqual([0, 0, ends, mention, both, files, slow].map((extra) => alone + extra));
  });

  it('takes at most 500 entries', async () => {
    await appendAll(upTo(1_001).map(String));
    expect(await flushes()).toEqual({ flushes: 3, entries: 1_001 });
    expect((await logOf()).length).toBe(1_001);
  });

  it.each([
    ['ASCII', 'x'],
    ['CJK', '語'],
  ])('takes at most 1 MiB of %s', async (_, character) => {
    const size = 300 * 1024;
    const big = message(character.repeat(size / Buffer.byteLength(character)));
    await appendAll(upTo(7).map(String), { content: big });
    expect(await flushes()).toEqual({ flushes: 3, entries: 7 });
  });

  it('takes one entry that is larger than that', async () => {
    expect((await append('a', { content: message('x'.repeat(2 * 1024 * 1024)) })).seq).toBe(1);
  });
});

it('close stores what is queued', async () => {
  const appends = appendAll(upTo(1_200).map(String));
  await store.log.close();
  expect((await store.conversations.head(room)).last_seq).toBe(1_200);
  expect(await toldNow()).toHaveLength(1_200);
  await appends;
});
