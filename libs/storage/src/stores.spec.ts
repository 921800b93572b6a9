import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, type Message, c2cConversation, groupConversation } from '@app/protocol';
import { explain, itOn, openStoreIn, openTempStore, type TempStore } from '@app/testing';
import type { Content } from './append';
import type { ConversationRef } from './entry-row';
import { clientKey, seqOfServerMsgId } from './entry-row';

const all = { from: 1, until: null };
const textContent = (text: string): Content => ({ kind: 'message', type: 'text', body: JSON.stringify({ text }) });
const textOf = (entry: Entry | Message | null): unknown => (entry && 'payload' in entry ? entry.payload?.text : undefined);

let store: TempStore;
let now: number;

beforeEach(async () => {
  now = 1_000;
  store = await openTempStore(undefined, { clock: { now: () => now } });
});
afterEach(() => store.close());

const send = (ref: ConversationRef, sender: string, text: string, key = `${sender} ${text.slice(0, 40)}`) =>
  store.log.append({ conversation: ref, sender, key: clientKey(key), content: textContent(text) });

const group = (groupId: string) => store.conversations.ensure(groupConversation(groupId));
const c2c = (a: string, b: string) => store.conversations.ensure(c2cConversation(a, b));

function enter(ref: ConversationRef, userId: string): Promise<number> {
  return store.log.change(ref, async (change) => {
    const { seq, number } = change.append(userId, { kind: 'member_joined', fields: { userId } });
    await store.members.open(change, ref, [{ userId, role: 'member', fromSeq: seq, readSeq: seq, readNumber: number, at: change.now }]);
    return seq;
  });
}

function leave(ref: ConversationRef, userId: string): Promise<number> {
  return store.log.change(ref, async (change) => {
    const { seq } = change.append(userId, { kind: 'member_left', fields: { userId, reason: 'left' } });
    await store.members.close(change, ref, userId, seq, change.now);
    return seq;
  });
}

describe('what looks alike', () => {
  it('is kept apart: user ids that differ in case', async () => {
    for (const id of ['AbC', 'aBc', 'abc']) await store.users.provision(id);
    expect((await store.users.get('AbC'))?.nickname).toBe('AbC');
    expect((await store.users.get('aBc'))?.nickname).toBe('aBc');
    expect(await store.users.get('ABC')).toBeUndefined();
    expect((await store.users.several(['AbC', 'ABC', 'abc'])).map(({ id }) => id).sort()).toEqual(['AbC', 'abc']);
    expect(await store.users.checkAll(['AbC', 'aBc', 'abc', 'aBc'], 4)).toEqual(['AbC', 'aBc', 'abc']);
    await expect(store.users.checkAll(['AbC', 'ABC'], 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.users.checkAll(['AbC', 'AbC', 'AbC'], 2)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is kept apart: conversations of such users', async () => {
    const refs = await Promise.all([c2c('AbC', 'x'), c2c('aBc', 'x'), c2c('AbC', 'aBc'), group('AbC'), group('aBc')]);
    expect(new Set(refs.map(({ rowId }) => rowId)).size).toBe(5);
    await send(await c2c('AbC', 'x'), 'AbC', 'hello');
    expect((await store.lists.changed('aBc', 0, 0, 10)).conversations).toEqual([]);
    expect((await store.lists.changed('AbC', 0, 0, 10)).conversations).toHaveLength(1);
  });

  it('is kept apart: keys that differ in case or in a trailing space', async () => {
    const ref = await group('g');
    const keys = ['x', 'x ', 'X', ' x', 'x  ', "x'", '%', '_'];
    const stored = await Promise.all(keys.map((key) => send(ref, 'ann', key, key)));
    expect(stored.map(({ seq, duplicate }) => [seq, duplicate])).toEqual(keys.map((_, index) => [index + 1, false]));
    for (const [index, key] of keys.entries()) {
      expect(await send(ref, 'ann', 'other', key)).toMatchObject({ seq: index + 1, duplicate: true });
      expect((await store.entries.byKey(ref, 'ann', clientKey(key)))?.seq).toBe(index + 1);
    }
    const { items } = await store.entries.messagesAfter(ref, all, 0, 100);
    expect(items.map(({ clientMsgId }) => clientMsgId)).toEqual(keys);
  });

  it('is kept as it was written: text of every script', async () => {
    const ref = await group('g');
    const texts = [
      'é',
      'e\u0301',
      'e',
      'E',
      '🍣',
      '🍺',
      '👩‍👩‍👧',
      '漢字',
      '汉字',
      'か\u3099',
      'が',
      'ß',
      'ss',
      'x',
      'x ',
      '\u202eabc',
      '\ufeff',
      'a\\0b',
      `"'\n\t`,
    ];
    await Promise.all(texts.map((text, index) => send(ref, 'ann', text, `${index}`)));
    const { items } = await store.entries.messagesAfter(ref, all, 0, 100);
    expect(items.map(textOf)).toEqual(texts);
    for (const [index, nickname] of texts.entries()) {
      await store.users.provision(`u${index}`);
      await store.users.update(`u${index}`, { nickname });
      expect((await store.users.get(`u${index}`))?.nickname).toBe(nickname);
    }
  });
});

describe('ensure', () => {
  it('makes one row, however many ask at once', async () => {
    const refs = await Promise.all([...Array(10).keys()].map(() => c2c('ann', 'bob')));
    expect(new Set(refs.map(({ rowId }) => rowId)).size).toBe(1);
    expect(await store.database.rows('SELECT conv_id FROM conversations')).toEqual([{ conv_id: 'c2c:ann:bob' }]);
    expect(await store.members.page(await c2c('bob', 'ann'), '', 10)).toMatchObject([{ user_id: 'ann' }, { user_id: 'bob' }]);
  });

  it('finds what is there, and find makes nothing', async () => {
    expect(await store.conversations.find(groupConversation('g'))).toBeUndefined();
    const made = await group('g');
    expect(await group('g')).toEqual(made);
    expect(await store.conversations.find(groupConversation('g'))).toEqual(made);
    expect(await store.conversations.head(made)).toEqual({ last_seq: 0, number: 0, acl_version: 1 });
  });
});

describe('pages of a log', () => {
  let ref: ConversationRef;
  const seqs = (page: { items: readonly { seq: number }[]; hasMore: boolean }) => [page.items.map(({ seq }) => seq), page.hasMore];

  beforeEach(async () => {
    ref = await group('g');
    for (let n = 1; n <= 9; n++) {
      now = 1_000 + n * 10;
      // 3, 6 and 9 are no messages.
      if (n % 3) await send(ref, 'ann', `${n}`);
      else await store.log.change(ref, async (change) => change.append('ann', { kind: 'group_updated', fields: { name: `${n}` } }));
    }
  });

  it('ascend, tell whether there is more, and hold every kind or messages only', async () => {
    expect(seqs(await store.entries.after(ref, all, 0, 4))).toEqual([[1, 2, 3, 4], true]);
    expect(seqs(await store.entries.after(ref, all, 4, 5))).toEqual([[5, 6, 7, 8, 9], false]);
    expect(seqs(await store.entries.after(ref, all, 9, 5))).toEqual([[], false]);
    expect(seqs(await store.entries.messagesAfter(ref, all, 1, 3))).toEqual([[2, 4, 5], true]);
    expect(seqs(await store.entries.messagesAfter(ref, all, 5, 3))).toEqual([[7, 8], false]);
    expect(seqs(await store.entries.messagesBefore(ref, all, 8, 3))).toEqual([[4, 5, 7], true]);
    expect(seqs(await store.entries.messagesBefore(ref, all, 4, 3))).toEqual([[1, 2], false]);
    expect(seqs(await store.entries.messagesBefore(ref, all, Number.MAX_SAFE_INTEGER, 2))).toEqual([[7, 8], true]);
  });

  it('show a window and nothing outside it', async () => {
    const window = { from: 3, until: 7 };
    expect(seqs(await store.entries.after(ref, window, 0, 10))).toEqual([[3, 4, 5, 6, 7], false]);
    expect(seqs(await store.entries.after(ref, window, 5, 10))).toEqual([[6, 7], false]);
    expect(seqs(await store.entries.messagesAfter(ref, window, 0, 10))).toEqual([[4, 5, 7], false]);
    expect(seqs(await store.entries.messagesBefore(ref, window, Number.MAX_SAFE_INTEGER, 10))).toEqual([[4, 5, 7], false]);
    expect(seqs(await store.entries.messagesBefore(ref, window, 3, 10))).toEqual([[], false]);
  });

  it('since a time hold what came after it, up to a place, at most the last of the limit', async () => {
    const since = async (before: number, time: number, limit: number) =>
      (await store.entries.since(ref, before, time, limit)).map(({ seq }) => seq);
    expect(await since(10, 1_050, 100)).toEqual([6, 7, 8, 9]);
    expect(await since(8, 1_050, 100)).toEqual([6, 7]);
    expect(await since(10, 0, 3)).toEqual([7, 8, 9]);
    expect(await since(10, 1_090, 100)).toEqual([]);
  });

  it.each([
    ['ASCII', 'x'],
    ['CJK', '語'],
  ])('end early when their bodies are large, but hold at least one: %s', async (_, character) => {
    const sizeKiB = 60;
    for (let n = 0; n < 10; n++) await send(ref, 'ann', character.repeat((sizeKiB * 1024) / Buffer.byteLength(character)), `big ${n}`);
    await send(ref, 'ann', 'x'.repeat(400 * 1024), 'huge');
    expect(seqs(await store.entries.after(ref, all, 9, 100))).toEqual([[10, 11, 12, 13], true]);
    expect(seqs(await store.entries.messagesBefore(ref, all, 20, 100))).toEqual([[16, 17, 18, 19], true]);
    expect(seqs(await store.entries.after(ref, all, 19, 100))).toEqual([[20], false]);
  });

  it('never mix conversations, and names lead back to places', async () => {
    const other = await group('other');
    const stored = await send(other, 'ann', 'there');
    expect(seqs(await store.entries.after(other, all, 0, 10))).toEqual([[1], false]);
    expect(seqOfServerMsgId(stored.serverMsgId, other.rowId)).toBe(1);
    expect(seqOfServerMsgId(stored.serverMsgId, ref.rowId)).toBeUndefined();
    for (const forged of ['', '1-1', '1-x-', `${stored.serverMsgId}-1`, stored.serverMsgId.toUpperCase(), `0${stored.serverMsgId}`]) {
      expect(seqOfServerMsgId(forged, other.rowId)).toBeUndefined();
    }
    expect(await store.entries.one(other, 2)).toBeUndefined();
  });
});

describe('a conversation list', () => {
  const names = (page: { conversations: readonly { convId: string }[] }) => page.conversations.map(({ convId }) => convId);

  it('comes in pages that hold each conversation once', async () => {
    const expected: string[] = [];
    for (let n = 0; n < 7; n++) {
      const ref = await c2c('ann', `u${n}`);
      await send(ref, `u${n}`, 'hi');
      expected.push(ref.name.convId);
    }
    await c2c('ann', 'silent');
    const seen: string[] = [];
    let cursor: number | null = 0;
    let pages = 0;
    for (; cursor !== null; pages++) {
      const page = await store.lists.changed('ann', 0, cursor, 3);
      seen.push(...names(page));
      cursor = page.cursor;
    }
    expect(seen).toEqual(expected);
    expect(pages).toBe(3);
  });

  it('cuts a page short when its last messages are large', async () => {
    for (let n = 0; n < 6; n++) await send(await c2c('ann', `u${n}`), 'ann', '語'.repeat(30 * 1024), 'big');
    const first = await store.lists.changed('ann', 0, 0, 100);
    expect(first.conversations).toHaveLength(2);
    const second = await store.lists.changed('ann', 0, first.cursor ?? 0, 100);
    expect(names(second)).toEqual(['c2c:ann:u2', 'c2c:ann:u3']);
  });

  it('shows the other user, the last message, the position and what is unread', async () => {
    const ref = await c2c('ann', 'bob');
    await send(ref, 'ann', 'one');
    await send(ref, 'bob', 'two');
    await store.log.change(ref, async (change) => change.append('bob', { kind: 'group_updated', fields: {} }));
    const [line] = (await store.lists.changed('ann', 0, 0, 10)).conversations;
    expect(line).toMatchObject({ convId: 'c2c:ann:bob', convType: 'c2c', userId: 'bob', lastSeq: 3, readSeq: 0, unread: 1 });
    expect(textOf(line?.lastMessage ?? null)).toBe('two');
    expect(await store.positions.moveRead(ref, 'ann', 99)).toEqual({
      readSeq: 3,
      unread: 0,
      mentionedUnread: 0,
      movedFrom: 0,
      receipt: { readSeq: 3, deliveredSeq: 3 },
    });
    expect(await store.positions.moveRead(ref, 'ann', 1)).toEqual({ readSeq: 3, unread: 0, mentionedUnread: 0, movedFrom: undefined });
    expect(await store.positions.moveRead(ref, 'cy', 1)).toBeUndefined();
  });

  it('since a time holds what changed since: by an entry, by a read, by leaving, and then no more', async () => {
    const [quiet, spoken, read, left] = [await group('quiet'), await group('spoken'), await group('read'), await group('left')];
    for (const ref of [quiet, spoken, read, left]) {
      await enter(ref, 'ann');
      await send(ref, 'bob', 'hi');
    }
    now = 2_000;
    await send(spoken, 'bob', 'there');
    await store.positions.moveRead(read, 'ann', 2);
    await leave(left, 'ann');
    const since = await store.lists.changed('ann', 2_000, 0, 10);
    expect(names(since)).toEqual(['group:spoken', 'group:read', 'group:left']);
    expect(since.conversations[2]).toMatchObject({ left: true, unread: 0, lastSeq: 3 });
    expect(names(await store.lists.changed('ann', 0, 0, 10))).toEqual(['group:quiet', 'group:spoken', 'group:read']);
    now = 3_000;
    await send(left, 'bob', 'she is gone');
    expect(names(await store.lists.changed('ann', 3_000, 0, 10))).toEqual([]);
  });

  it('shows no message from outside the window of its member', async () => {
    const ref = await group('g');
    await send(ref, 'bob', 'before');
    await enter(ref, 'ann');
    expect((await store.lists.changed('ann', 0, 0, 10)).conversations).toMatchObject([{ lastSeq: 2, unread: 0, lastMessage: null }]);
    await leave(ref, 'ann');
    await send(ref, 'bob', 'after');
    expect((await store.lists.changed('ann', 1, 0, 10)).conversations).toMatchObject([{ lastSeq: 3, left: true, lastMessage: null }]);
  });
});

describe('what changed since a time', () => {
  it('comes by the time of the change, in pages that hold each conversation once', async () => {
    const refs = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(group));
    const [a, b, c, d, e] = refs as [ConversationRef, ConversationRef, ConversationRef, ConversationRef, ConversationRef];
    for (const [ref, at] of [
      [d, 1_100],
      [a, 2_000],
      [e, 2_000],
      [c, 2_000],
      [b, 3_000],
    ] as const) {
      now = at;
      await send(ref, 'ann', 'hi');
    }
    const all = await store.conversations.changedSince(2_000, undefined, 10);
    expect(all.map(({ id, changed_at }) => [id, changed_at])).toEqual([
      ...[a, c, e]
        .map(({ rowId }) => rowId)
        .sort((x, y) => x - y)
        .map((id) => [id, 2_000]),
      [b.rowId, 3_000],
    ]);
    expect(all.at(-1)).toEqual({ id: b.rowId, conv_id: 'group:b', last_seq: 1, changed_at: 3_000 });

    const first = await store.conversations.changedSince(2_000, undefined, 2);
    const { changed_at: changedAt = 0, id = 0 } = first.at(-1) ?? {};
    const second = await store.conversations.changedSince(2_000, { changedAt, id }, 2);
    expect([...first, ...second]).toEqual(all);
    expect(await store.conversations.changedSince(2_000, { changedAt: 3_000, id: b.rowId }, 2)).toEqual([]);
    expect(await store.conversations.changedSince(3_001, undefined, 10)).toEqual([]);
  });

  it('holds a conversation that changed without an entry', async () => {
    const ref = await group('a');
    now = 5_000;
    await store.log.change(ref, async (change) => change.raiseAcl());
    expect(await store.conversations.changedSince(5_000, undefined, 10)).toMatchObject([{ id: ref.rowId, last_seq: 0 }]);
  });

  it('is found by an index', async () => {
    const where = 'FROM conversations WHERE changed_at >= 1 AND (changed_at > 1 OR id > 1) ORDER BY changed_at, id LIMIT 10';
    const plan = await store.database.rows(`${explain()} SELECT id, conv_id, last_seq, changed_at ${where}`);
    expect(JSON.stringify(plan)).toContain('conversations_changed');
  });
});

describe('members and groups', () => {
  it('come in pages by id, present ones only; a rejoin opens a new window', async () => {
    const ref = await group('g');
    for (const userId of ['cy', 'ann', 'bob', 'Ann']) await enter(ref, userId);
    expect(await leave(ref, 'bob')).toBe(5);
    expect((await store.members.page(ref, '', 2)).map(({ user_id }) => user_id)).toEqual(['Ann', 'ann']);
    expect((await store.members.page(ref, 'ann', 2)).map(({ user_id }) => user_id)).toEqual(['cy']);
    expect(await store.members.presentOf(ref, ['ann', 'bob', 'nobody'])).toEqual(['ann']);
    expect(await store.members.presentOf(ref, [])).toEqual([]);
    expect(await store.members.get(ref, 'bob')).toMatchObject({ from_seq: 3, until_seq: 5, last_seq: 5 });
    expect(await store.members.get(ref, 'nobody')).toBeUndefined();
    await enter(ref, 'bob');
    expect(await store.members.get(ref, 'bob')).toMatchObject({ from_seq: 6, until_seq: null, read_seq: 6 });
  });

  it('are found by user, with the role', async () => {
    for (const id of ['b', 'a', 'C']) {
      const ref = await group(id);
      const row = { id, name: `🍣 ${id}`, owner_id: 'ann', join_policy: 'open', member_count: 1, created_at: now } as const;
      await store.log.change(ref, (change) => store.groups.insert(change, ref, row));
      await enter(ref, 'ann');
      expect(await store.groups.get(id)).toEqual({ ...row, mute_all: null, history_from_start: null, min_seconds: null, avatar_url: null });
    }
    expect((await store.groups.ofUser('ann', '', 2)).map(({ id, role }) => [id, role])).toEqual([
      ['C', 'member'],
      ['a', 'member'],
    ]);
    expect((await store.groups.ofUser('ann', 'a', 2)).map(({ name }) => name)).toEqual(['🍣 b']);
    expect(await store.groups.get('c')).toBeUndefined();
  });
});

describe('users', () => {
  const register = (username: string, id = username) => store.users.register({ id, username, nickname: username, passwordHash: 'h' });
  const found = async (prefix: string, limit = 10) => (await store.users.search(prefix, limit)).map(({ id }) => id);

  it('have a user name that nobody else has', async () => {
    await register('ann', 'id1');
    await expect(register('ann', 'id2')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.users.get('id2')).toBeUndefined();
    expect(await store.users.byUsername('ann')).toMatchObject({ id: 'id1', password_hash: 'h', banned_at: null });
  });

  it('are searched by the beginning of a name or id, in which % and _ mean themselves', async () => {
    for (const name of ['ann', 'anna', 'a_n', 'a%n', 'bob', 'axn']) await register(name);
    for (const id of ['Anvil', 'anvil']) await store.users.provision(id);
    expect((await found('an')).sort()).toEqual(['ann', 'anna', 'anvil']);
    expect((await found('An')).sort()).toEqual(['Anvil', 'ann', 'anna']);
    expect(await found('a_')).toEqual(['a_n']);
    expect(await found('a%')).toEqual(['a%n']);
    expect(await found('%')).toEqual([]);
    expect(await found('_')).toEqual([]);
    expect(await found('zed')).toEqual([]);
    expect(await found('a', 2)).toHaveLength(2);
  });

  it('are provisioned once and changed field by field', async () => {
    await store.users.provision('ann');
    await store.users.update('ann', { nickname: 'Ann', avatarUrl: 'https://example.org/a.png' });
    await store.users.provision('ann');
    await store.users.update('ann', { avatarUrl: null });
    expect(await store.users.get('ann')).toMatchObject({ nickname: 'Ann', avatar_url: null, username: null });
    expect(store.users.exists('ann')).toBe(true);
    expect(await store.users.exists('nobody')).toBe(false);
  });
});

describe('sessions', () => {
  const open = (id: string, created: number, expires: number) =>
    store.sessions.insert({ id, user_id: 'ann', device_id: null, created_at: created, expires_at: expires, revoked_at: null });

  beforeEach(() => store.users.provision('ann'));

  it('end once, by their own user', async () => {
    await open('s1', 1, 1_000);
    await open('s2', 2, 1_000);
    expect(await store.sessions.revoke('s1', 'bob')).toBe(false);
    expect(await store.sessions.revoke('s1', 'ann')).toBe(true);
    now += 10;
    expect(await store.sessions.revoke('s1', 'ann')).toBe(false);
    const rows = await store.sessions.getMany(['s1', 's2', 's3']);
    expect(rows.map(({ id, revoked_at, banned_at }) => [id, revoked_at, banned_at]).sort()).toEqual([
      ['s1', 1_000, null],
      ['s2', null, null],
    ]);
    expect(await store.sessions.getMany([])).toEqual([]);
    expect((await store.sessions.ofUser('ann', 500)).map(({ id }) => id)).toEqual(['s2']);
  });

  it('that were ended since a time are told in pages, oldest first, as of the time of the store', async () => {
    const ids = Array.from({ length: 510 }, (_, i) => `s${String(i).padStart(3, '0')}`);
    for (const id of ids) await open(id, 1, 100_000);
    for (const id of ids) {
      // Many in one millisecond, across the end of a page too.
      if (id.endsWith('00') || id.endsWith('95')) now++;
      await store.sessions.revoke(id, 'ann');
    }
    expect(await store.sessions.time()).toBe(now);
    const first = await store.sessions.revokedSince(1_001);
    const second = await store.sessions.revokedSince(1_001, first.at(-1));
    expect([first.length, second.length]).toEqual([500, 10]);
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
    expect(await store.sessions.revokedSince(1_001, second.at(-1))).toEqual([]);
    expect((await store.sessions.revokedSince(now)).map(({ id }) => id)).toEqual(ids.slice(500));
    expect(await store.sessions.revokedSince(now + 1)).toEqual([]);
    expect(first[0]).toEqual({ id: 's000', user_id: 'ann', revoked_at: 1_001 });
  });

  it('live until they expire, may be extended, and dead ones go with later logins', async () => {
    await open('old', 1, 100);
    await open('kept', 2, 100);
    await store.sessions.extend('kept', 900);
    expect((await store.sessions.ofUser('ann', 50)).map(({ id }) => id)).toEqual(['kept', 'old']);
    expect((await store.sessions.ofUser('ann', 100)).map(({ id }) => id)).toEqual(['kept']);
    await open('new', 200, 900);
    expect((await store.sessions.getMany(['old', 'kept', 'new'])).map(({ id }) => id).sort()).toEqual(['kept', 'new']);
  });
});

describe('a folder', () => {
  // A database server is there for many processes; only the embedded store is locked.
  itOn('sqlite')('is open once: a second one is refused with a line that says what to do, and welcome after close', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'parley-folder-'));
    const first = await openStoreIn(dataDir);
    const ref = await first.conversations.ensure(groupConversation('g'));
    await first.log.append({ conversation: ref, sender: 'ann', key: clientKey('k'), content: textContent('still here') });
    await expect(openStoreIn(dataDir)).rejects.toThrow(
      `another process uses the store ${dataDir}/parley.db; stop it, or give this one its own dataDir or a databaseUrl`,
    );
    await first.close();
    const next = await openStoreIn(dataDir);
    expect(next.database.epoch).toBe(first.database.epoch);
    expect((await next.entries.after(ref, all, 0, 10)).items.map(textOf)).toEqual(['still here']);
    await next.close();
    rmSync(dataDir, { recursive: true });
  });
});
