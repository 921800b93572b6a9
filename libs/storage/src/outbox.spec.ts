import { type EntryFields, type EntryKind, c2cConversation, groupConversation, mentionAll } from '@app/protocol';
import { type TempStore, openTempStore } from '@app/testing';
import type { Content } from './append';
import { type ConversationRef, clientKey } from './entry-row';
import type { OutboxRow } from './outbox.store';

let store: TempStore;
let now: number;

beforeEach(async () => {
  now = 1_000;
  store = await openTempStore(undefined, { clock: { now: () => now } });
});
afterEach(() => store.close());

let keys = 0;
const text = (mentions?: readonly string[]): Content => ({ kind: 'message', type: 'text', body: '{"text":"hello"}', mentions });
const send = (ref: ConversationRef, sender = 'ada', mentions?: readonly string[]) =>
  store.log.append({ conversation: ref, sender, key: clientKey(`${keys++}`), content: text(mentions) });
const change = <K extends EntryKind>(ref: ConversationRef, kind: K, fields: EntryFields<K>) =>
  store.log.change(ref, (tx) => Promise.resolve(tx.append('ada', { kind, fields } as Content)));
const group = (groupId: string) => store.conversations.ensure(groupConversation(groupId));
const due = (ms = 0) => store.outbox.due(ms, 100);
const seqs = (rows: readonly OutboxRow[]) => rows.map(({ convId, seq }) => `${convId} ${seq}`);

describe('the outbox', () => {
  it('has one row for a group, however much is said there: the highest seq and whom it mentions', async () => {
    const ref = await group('g');
    await Promise.all([send(ref), send(ref, 'ada', ['bob', 'cem']), send(ref, 'ada', ['bob']), send(ref)]);
    await send(ref, 'bob', ['ada', 'bob']);
    const [row, ...others] = await due();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ convId: 'group:g', seq: 5 });
    // Nobody is told of themselves.
    expect([...(row?.mentions ?? [])].sort()).toEqual(['ada', 'bob', 'cem']);
  });

  it('tells when everybody is meant', async () => {
    await send(await group('g'), 'ada', [mentionAll, 'bob']);
    expect((await due())[0]?.mentions).toEqual([mentionAll]);
  });

  it('stands for messages, recalls, edits and what is changed of the group; not for who comes and goes, and not for a c2c', async () => {
    const ref = await group('g');
    await change(ref, 'member_joined', { userId: 'bob' });
    await change(ref, 'member_left', { userId: 'bob', reason: 'left' });
    await send(await store.conversations.ensure(c2cConversation('ada', 'bob')));
    expect(await due()).toEqual([]);
    const said: [string, () => Promise<unknown>][] = [
      ['a message', () => send(ref)],
      ['a recall', () => change(ref, 'recalled', { targetSeq: 3 })],
      ['an edit', () => change(ref, 'edited', { targetSeq: 3, payload: { text: 'x' }, editedAt: 1 })],
      ['a new name', () => change(ref, 'group_updated', { name: 'g' })],
      ['the end', () => change(ref, 'group_dissolved', {})],
    ];
    for (const [i, [what, say]] of said.entries()) {
      await say();
      const rows = await due();
      expect([what, seqs(rows)]).toEqual([what, [`group:g ${3 + i}`]]);
      await store.outbox.settle(rows);
    }
  });

  it('is not written by a send that is not stored, and not again by one that is stored already', async () => {
    const ref = await group('g');
    const again = { conversation: ref, sender: 'ada', key: clientKey('same'), content: text() };
    await store.log.append(again);
    await store.outbox.settle(await due());
    await store.log.append(again);
    expect(await due()).toEqual([]);
    expect(await store.outbox.oldestMs()).toBe(0);
  });

  it('gives a row from so long after its first entry on, however often it is raised, the oldest first', async () => {
    const [one, other] = [await group('one'), await group('other')];
    await send(one);
    now = 1_500;
    await send(one);
    await send(other);
    now = 1_999;
    expect(await due(1_000)).toEqual([]);
    now = 2_000;
    expect(seqs(await due(1_000))).toEqual(['group:one 2']);
    now = 2_500;
    expect(await store.outbox.oldestMs()).toBe(1_500);
    expect(seqs(await due(1_000))).toEqual(['group:one 2', 'group:other 1']);
    expect(await store.outbox.due(1_000, 1)).toHaveLength(1);
  });

  it('keeps a row that was raised while it was handed over, and lets it wait as if it was new', async () => {
    const [one, other] = [await group('one'), await group('other')];
    await send(one);
    await send(other);
    const rows = await due();
    now = 5_000;
    await send(one);
    await store.outbox.settle(rows);
    expect(seqs(await due())).toEqual(['group:one 2']);
    expect(await due(1)).toEqual([]);
    expect(await store.outbox.count()).toBe(1);
  });

  it('forgets whom it has told of, also where the row is raised each time that it is handed over', async () => {
    const ref = await group('g');
    await send(ref, 'ada', ['bob', 'cem']);
    for (const mentions of [['dan'], [], ['bob']]) {
      const rows = await due();
      await send(ref, 'ada', mentions);
      now += 1;
      await store.outbox.settle(rows);
      expect((await due()).map((row) => row.mentions)).toEqual([mentions]);
    }
  });

  it('keeps whom a later row names when an earlier one is settled late', async () => {
    const ref = await group('g');
    await send(ref, 'ada', ['bob']);
    const late = await due();
    await store.outbox.settle(late);
    now += 1;
    await send(ref, 'ada', ['bob', 'cem']);
    await store.outbox.settle(late);
    expect((await due()).map(({ mentions }) => mentions)).toEqual([['bob', 'cem']]);
  });

  it('may be settled twice', async () => {
    await send(await group('g'));
    const rows = await due();
    await store.outbox.settle(rows);
    await store.outbox.settle(rows);
    await store.outbox.settle([]);
    expect(await store.outbox.count()).toBe(0);
  });

  it('ends the list of those who are mentioned when nobody takes it for long', async () => {
    const ref = await group('g');
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          send(
            ref,
            'ada',
            Array.from({ length: 50 }, (_, j) => `user-${round}-${i}-${j}-${'x'.repeat(30)}`),
          ),
        ),
      );
    }
    const [row] = await due();
    expect(row?.mentions.length).toBeGreaterThan(300);
    expect(row?.mentions.length).toBeLessThan(1_500);
    expect(row?.seq).toBe(120);
  });
});

describe('the audience of a group', () => {
  const enter = (ref: ConversationRef, userId: string) =>
    store.log.change(ref, async (tx) => {
      const { seq, number } = tx.append(userId, { kind: 'member_joined', fields: { userId } });
      await store.members.open(tx, ref, [{ userId, role: 'member', fromSeq: seq, readSeq: seq, readNumber: number, at: tx.now }]);
    });
  const found = (ids: readonly { userId: string; from: number }[]) => ids.map(({ userId, from }) => `${userId} ${from}`).sort();

  it('is its present members, from their place on', async () => {
    const ref = await group('g');
    for (const userId of ['ada', 'bob', 'cem', 'dan']) await enter(ref, userId);
    await store.log.change(ref, async (tx) => {
      const { seq } = tx.append('cem', { kind: 'member_left', fields: { userId: 'cem', reason: 'left' } });
      await store.members.close(tx, ref, 'cem', seq, tx.now);
    });
    expect(found(await store.audiences.page(ref, '', 2))).toEqual(['ada 1', 'bob 2']);
    expect(found(await store.audiences.page(ref, 'bob', 2))).toEqual(['dan 4']);
    expect(found(await store.audiences.among(ref, ['dan', 'cem', 'nobody', 'ada']))).toEqual(['ada 1', 'dan 4']);
    expect(await store.audiences.among(ref, [])).toEqual([]);
  });

  it('is told the last message as it is now', async () => {
    const ref = await group('g');
    expect(await store.audiences.said('group:g')).toBeUndefined();
    await store.log.change(ref, (tx) =>
      store.groups.insert(tx, ref, { id: 'g', name: 'g', owner_id: 'ada', join_policy: 'open', member_count: 7, created_at: 1 }),
    );
    expect(await store.audiences.said('group:g')).toMatchObject({ lastSeq: 0, size: 7, lastMessage: null });
    await send(ref);
    await store.log.append({
      conversation: ref,
      sender: 'ada',
      key: clientKey('short'),
      content: { ...text(), expireAt: 3_000 } as Content,
    });
    expect(await store.audiences.said('group:g')).toMatchObject({ lastSeq: 2, lastMessage: { seq: 2, payload: { text: 'hello' } } });
    now = 3_000;
    expect((await store.audiences.said('group:g'))?.lastMessage).toMatchObject({ seq: 2, recalled: true });
    expect((await store.audiences.said('group:g'))?.lastMessage).not.toHaveProperty('payload');
  });
});
