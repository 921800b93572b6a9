import { c2cConversation, groupConversation } from '@app/protocol';
import { explain, openTempStore, storeKind, type TempStore } from '@app/testing';
import { BlockStore } from './block.store';
import type { ConversationRef } from './entry-row';
import { FriendStore } from './friend.store';
import { presenceSql } from './presence-sql';

let store: TempStore;

beforeEach(async () => {
  store = await openTempStore();
});
afterEach(() => store.close());

const users = async (...ids: string[]): Promise<void> => {
  for (const id of ids) await store.users.provision(id);
};
const join = async (ref: ConversationRef, ...userIds: string[]): Promise<void> => {
  const members = userIds.map((userId) => ({ userId, role: 'member' as const, fromSeq: 1, readSeq: 0, readNumber: 0, at: 1 }));
  await store.database.write((tx) => store.members.open(tx, ref, members));
};
const group = async (id: string, ...userIds: string[]): Promise<ConversationRef> => {
  const ref = await store.conversations.ensure(groupConversation(id));
  await join(ref, ...userIds);
  return ref;
};
const befriend = (one: string, other: string): Promise<void> =>
  store.database.write(async (tx) => {
    const friends = new FriendStore(store.database);
    await friends.add(tx, one, other, null, 1);
    await friends.add(tx, other, one, null, 1);
  });
const visible = async (userId: string, ...others: string[]): Promise<string[]> =>
  (await store.presence.visible(userId, others)).map(({ id }) => id).sort();

describe('somebody sees', () => {
  it('themselves, friends, and members of groups that they are in, and no more once a group has ended', async () => {
    await users('ann', 'bob', 'cem', 'dan', 'eve');
    await befriend('ann', 'bob');
    const ref = await group('g', 'ann', 'cem');
    await group('h', 'cem', 'dan');
    await store.conversations.ensure(c2cConversation('ann', 'eve'));
    const all = ['ann', 'bob', 'cem', 'dan', 'eve', 'nobody'];
    expect(await visible('ann', ...all)).toEqual(['ann', 'bob', 'cem']);
    await store.database.write((tx) => tx.run('UPDATE conversations SET closed_seq = last_seq WHERE id = ?', [ref.rowId]));
    expect(await visible('ann', ...all)).toEqual(['ann', 'bob']);
    expect(await visible('ann')).toEqual([]);
  });

  it('user ids byte by byte', async () => {
    await users('ann', 'AbC', 'aBc');
    await group('g', 'ann', 'aBc');
    expect(await visible('ann', 'AbC', 'aBc', 'ABC')).toEqual(['aBc']);
  });

  it('two hundred users of many groups at once', async () => {
    const others = Array.from({ length: 200 }, (_, i) => `u${String(i).padStart(3, '0')}`);
    await users('ann', ...others);
    for (let g = 0; g < 20; g++) await group(`g${g}`, 'ann', ...others.filter((_, i) => i % 20 === g && i % 3 > 0));
    const before = store.database.roundTrips;
    expect(await visible('ann', ...others)).toEqual(others.filter((_, i) => i % 3 > 0));
    expect(store.database.roundTrips - before).toBeLessThanOrEqual(3);
  });

  it('who is in a group by its key, whatever the size of the group', async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => `m${i}`);
    await users('m1', 'x');
    const refs = [await group('g', 'ann', ...many), await group('h', 'ann', ...many)];
    if (storeKind() !== 'sqlite') await store.database.rows('ANALYZE TABLE members');
    const { sql, values } = presenceSql[store.database.dialect].inAny(
      refs.map(({ rowId }) => rowId),
      ['m1', 'x'],
    );
    expect(await store.database.rows(sql, values)).toEqual([{ id: 'm1' }]);
    const plan = await store.database.rows<{ detail?: string; table?: string; type?: string; key?: string }>(`${explain()} ${sql}`, values);
    if (storeKind() === 'sqlite') {
      const details = plan.map(({ detail = '' }) => detail).filter((detail) => / o /.test(detail));
      expect(details).toEqual([expect.stringMatching(/^SEARCH o .*\(conversation_id=\? AND user_id=\?\)/)]);
    } else if (storeKind() === 'mysql') {
      expect(plan.filter(({ table }) => table === 'o')).toMatchObject([{ type: 'eq_ref', key: 'PRIMARY' }]);
    }
  });
});

it('friends are told by user id, those across a block left out, with when the user was last seen', async () => {
  await users('ann', 'bob', 'cem', 'dan', 'eve', 'fay');
  for (const friend of ['fay', 'bob', 'cem', 'dan', 'eve']) await befriend('ann', friend);
  await store.database.write(async (tx) => {
    const blocks = new BlockStore(store.database);
    await blocks.add(tx, 'ann', 'bob', 1);
    await blocks.add(tx, 'cem', 'ann', 1);
    await new FriendStore(store.database).remove(tx, 'ann', 'dan', 2);
  });
  await store.presence.write({ users: [{ id: 'ann', at: 5_000 }], sessions: [] });
  const told = (friend_id: string) => ({ friend_id, last_seen_at: 5_000 });
  expect(await store.presence.friendsToTell('ann', 10)).toEqual([told('eve'), told('fay')]);
  expect(await store.presence.friendsToTell('ann', 1)).toEqual([told('eve')]);
  expect(await store.presence.friendsToTell('bob', 10)).toEqual([]);
});

it('when users and sessions were last seen is kept to the second, and the latest stays', async () => {
  await users('ann', 'bob', 'cem');
  const session = { user_id: 'ann', device_id: 'phone', created_at: 1, expires_at: 100_000, revoked_at: null };
  for (const id of ['s1', 's2']) await store.sessions.insert({ ...session, id });
  const write = (at: number) =>
    store.presence.write({
      users: ['cem', 'ann', 'nobody'].map((id) => ({ id, at })),
      sessions: [{ id: 's1', at }],
    });
  const seen = async () => {
    const found = await store.database.rows<{ id: string; last_seen_at: number | null }>('SELECT id, last_seen_at FROM users ORDER BY id');
    const sessions = await store.sessions.ofUser('ann', 10);
    return [...found, ...sessions].map(({ last_seen_at }) => last_seen_at);
  };
  await write(50_000);
  expect(await seen()).toEqual([50_000, null, 50_000, 50_000, null]);
  for (const at of [50_999, 49_000]) await write(at);
  expect(await seen()).toEqual([50_000, null, 50_000, 50_000, null]);
  await write(51_000);
  expect(await seen()).toEqual([51_000, null, 51_000, 51_000, null]);
  await store.presence.write({ users: [], sessions: [] });
});
