import { c2cConversation, groupConversation } from '@app/protocol';
import { explain, openTempStore, storeKind, type TempStore } from '@app/testing';
import type { Content } from './append';
import { type ConversationRef, clientKey } from './entry-row';
import { mentionedSql, unreadSql } from './unread-sql';

let store: TempStore;
let keys = 0;

beforeEach(async () => {
  store = await openTempStore();
});
afterEach(() => store.close());

const content = (mentions?: readonly string[]): Content => ({ kind: 'message', type: 'text', body: '{}', mentions });
const send = (conversation: ConversationRef, sender: string, mentions?: readonly string[]) =>
  store.log.append({ conversation, sender, key: clientKey(`k${++keys}`), content: content(mentions) });
const c2c = (a: string, b: string) => store.conversations.ensure(c2cConversation(a, b));
async function group(id: string, ...userIds: string[]): Promise<ConversationRef> {
  const ref = await store.conversations.ensure(groupConversation(id));
  const places = userIds.map((userId) => ({ userId, role: 'member' as const, fromSeq: 1, readSeq: 0, readNumber: 0, at: 1 }));
  await store.log.change(ref, (change) => store.members.open(change, ref, places));
  return ref;
}
const block = (userId: string, blockedId: string, removedAt: number | null = null) =>
  store.database.write((tx) =>
    tx.run('INSERT INTO blocks (user_id, blocked_id, created_at, removed_at, changed_at) VALUES (?, ?, 1, ?, 1)', [
      userId,
      blockedId,
      removedAt,
    ]),
  );
const lineOf = async (userId: string) => (await store.lists.changed(userId, 0, 0, 10)).conversations[0];

describe('a send', () => {
  /** What it costs to store one message, with a lane that is warm. */
  const cost = async (ref: ConversationRef, mentions?: readonly string[]): Promise<number> => {
    await send(ref, 'ann', mentions);
    const before = store.database.roundTrips;
    await send(ref, 'ann', mentions);
    return store.database.roundTrips - before;
  };

  it('costs as much with mentions as without, where statements travel together, and one statement where they do not', async () => {
    const ref = await group('g', 'ann', 'bob', 'cy');
    const plain = await cost(ref);
    const more = storeKind() === 'sqlite' ? 1 : 0;
    expect(await cost(ref, ['bob'])).toBe(plain + more);
    expect(await cost(ref, ['bob', 'cy'])).toBe(plain + more);
    expect(await cost(ref, ['ann'])).toBe(plain);
    expect(await cost(ref, [])).toBe(plain);
  });
});

describe('a block', () => {
  it.each([
    ['ann', 'bob'],
    ['bob', 'ann'],
  ] as const)('of %s against %s hides from each how far the other is, though positions move', async (by, against) => {
    const ref = await c2c('ann', 'bob');
    await send(ref, 'ann');
    await send(ref, 'ann');
    await block(by, against);
    expect(await store.positions.moveDelivered(ref, 'bob', 1)).toBeUndefined();
    expect(await store.positions.moveRead(ref, 'bob', 1)).toEqual({ readSeq: 1, unread: 1, mentionedUnread: 0, movedFrom: 0 });
    const { read } = await store.positions.readAll('bob', 0);
    expect(read).toEqual([{ name: ref.name, readSeq: 2, movedFrom: 1 }]);
    expect(await lineOf('ann')).not.toHaveProperty('receipt');
    expect(await lineOf('bob')).not.toHaveProperty('receipt');
  });

  it('that is over, and one of others, hide nothing', async () => {
    const ref = await c2c('ann', 'bob');
    await send(ref, 'ann');
    await block('ann', 'bob', 5);
    await block('ann', 'cy');
    await block('cy', 'bob');
    expect(await store.positions.moveDelivered(ref, 'bob', 1)).toEqual({ readSeq: 0, deliveredSeq: 1 });
    expect(await lineOf('ann')).toMatchObject({ receipt: { userId: 'bob', readSeq: 0, deliveredSeq: 1 } });
  });
});

describe('reading everything', () => {
  it('goes in chunks of a hundred, and leaves alone what has nothing unread', async () => {
    for (let i = 0; i < 130; i++) await send(await group(`g${i}`, 'ann', 'bob'), i % 13 === 0 ? 'bob' : 'ann');
    const first = await store.positions.readAll('bob', 0);
    expect(first.read).toHaveLength(100);
    const second = await store.positions.readAll('bob', first.cursor ?? 0);
    expect([second.read.length, second.cursor]).toEqual([20, null]);
    expect(await store.lists.summary('bob')).toEqual({ unread: 0, mentionedUnread: 0, conversations: 0, mutedUnread: 0 });
    const { conversations } = await store.lists.changed('bob', 0, 0, 200);
    expect(conversations.filter(({ readSeq }) => readSeq === 0)).toHaveLength(10);
    expect(await store.positions.readAll('bob', 0)).toEqual({ read: [], cursor: null });
  });

  it('leaves out groups that were left or dissolved', async () => {
    const [left, dissolved] = [await group('left', 'ann', 'bob'), await group('dissolved', 'ann', 'bob')];
    for (const ref of [left, dissolved]) await send(ref, 'ann');
    await store.log.change(left, (change) => store.members.close(change, left, 'bob', 1, change.now));
    await store.log.change(dissolved, (change) =>
      change.run('UPDATE conversations SET closed_seq = last_seq WHERE id = ?', [dissolved.rowId]),
    );
    expect(await store.positions.readAll('bob', 0)).toEqual({ read: [], cursor: null });
    expect(await store.lists.summary('bob')).toMatchObject({ unread: 0, conversations: 0 });
    expect((await store.lists.list('bob', undefined, 10)).conversations).toEqual([]);
    const { conversations } = await store.lists.changed('bob', 1, 0, 10);
    expect(conversations.map(({ convId, left: gone, lastSeq }) => [convId, gone, lastSeq])).toEqual([
      ['group:left', true, 1],
      ['group:dissolved', true, 1],
    ]);
    expect(await store.members.get(dissolved, 'bob')).toMatchObject({ until_seq: 1 });
  });
});

describe('what is unread', () => {
  it('is found by indexes, for a user and for everybody', async () => {
    const [ref, other] = [await group('g', 'ann', 'bob'), await group('h', 'ann')];
    const names = Array.from({ length: 10 }, (_, i) => `u${i}`);
    // Of a table with a handful of rows a server rather reads all.
    for (let i = 0; i < 40; i++) await Promise.all(Array.from({ length: 10 }, () => send(i % 2 ? other : ref, 'ann', names)));
    if (storeKind() !== 'sqlite') await store.database.rows('ANALYZE TABLE mentions');
    const rows = await store.database.rows(
      `${explain()} SELECT ${unreadSql} AS unread, ${mentionedSql} AS mentioned
       FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.user_id = 'bob'`,
    );
    const plan = rows as { detail?: string; table?: string; type?: string; key?: string }[];
    if (storeKind() === 'sqlite') {
      const details = plan.map(({ detail }) => detail).filter((detail) => /SEARCH|SCAN/.test(detail ?? ''));
      expect(details.filter((detail) => /^SEARCH x /.test(detail ?? ''))).toHaveLength(2);
      expect(details.filter((detail) => detail?.startsWith('SCAN'))).toEqual([]);
    } else {
      const mentions = plan.filter(({ table }) => table === 'x');
      expect(mentions.map(({ key }) => key)).toEqual(['PRIMARY', 'PRIMARY']);
      expect(mentions.map(({ type }) => type)).not.toContain('ALL');
    }
  });
});
