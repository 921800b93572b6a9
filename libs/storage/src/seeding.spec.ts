import { groupConversation } from '@app/protocol';
import { FaultyDatabase, type TempStore, openTempStore } from '@app/testing';
import type { ConversationRef } from './entry-row';
import type { Membership } from './member.store';
import { Seeding, seedUserId } from './seeding';

let store: TempStore<FaultyDatabase>;
let seeding: Seeding;

beforeEach(async () => {
  store = await openTempStore(FaultyDatabase);
  seeding = new Seeding(store.database, store.log);
});
afterEach(() => store.close());

const plan = { groupId: 'crowd', name: 'Crowd', prefix: 'p', passwordHash: 'a hash' };
const user = (n: number): string => seedUserId('p', n);
const ref = (): Promise<ConversationRef> => store.conversations.ensure(groupConversation('crowd'));
const member = async (n: number): Promise<Membership | undefined> => store.members.get(await ref(), user(n));
/** Members as their rows tell, and as the group counts them. */
const sizes = async (): Promise<[number, number | undefined]> => {
  const [row] = await store.database.rows<{ count: number }>(
    'SELECT COUNT(*) AS count FROM members WHERE conversation_id = ? AND until_seq IS NULL',
    [(await ref()).rowId],
  );
  return [Number(row?.count), (await store.groups.get('crowd'))?.member_count];
};
const leave = async (n: number): Promise<void> =>
  store.database.write(async (tx) => {
    await store.members.close(tx, await ref(), user(n), 1, 5);
    await store.groups.countMembers(tx, 'crowd', -1);
  });

describe('seeding', () => {
  it('makes a group of an owner, and members of any number of new users, who may speak and see all that was said', async () => {
    expect(await seeding.found(plan)).toBe(1);
    expect(await seeding.fill(plan, 1, 1_200)).toEqual({ added: 1_199, size: 1_200 });
    expect(await sizes()).toEqual([1_200, 1_200]);
    expect(await store.groups.get('crowd')).toMatchObject({ name: 'Crowd', owner_id: user(1), join_policy: 'open' });
    expect(await member(1)).toMatchObject({ role: 'owner', until_seq: null });
    expect(await member(1_200)).toMatchObject({ role: 'member', from_seq: 1, joined_seq: 1, read_seq: 1, until_seq: null, last_seq: 1 });
    expect(await store.users.byUsername(user(1_200))).toMatchObject({ id: user(1_200), password_hash: 'a hash' });
    const { items } = await store.entries.after(await ref(), { from: 1, until: null }, 0, 5);
    expect(items[0]).toMatchObject({ seq: 1, kind: 'group_created', from: user(1), name: 'Crowd' });
  });

  it('finds what is there, leaves it as it is, and adds what is missing', async () => {
    await seeding.found(plan);
    await seeding.fill(plan, 1, 10);
    await store.database.write(async (tx) => store.members.mute(tx, await ref(), user(3), 77, 5));
    await leave(4);
    expect(await seeding.found({ ...plan, passwordHash: 'another' })).toBe(9);
    expect(await seeding.fill({ ...plan, passwordHash: 'another' }, 1, 15)).toEqual({ added: 6, size: 15 });
    expect(await seeding.fill(plan, 1, 15)).toEqual({ added: 0, size: 15 });
    expect(await sizes()).toEqual([15, 15]);
    expect([await member(3), await member(4)]).toMatchObject([{ muted_until: 77 }, { until_seq: null }]);
    expect(await seeding.earlierHash('p')).toBe('a hash');
    expect((await store.users.get(user(15)))?.password_hash).toBe('another');
  });

  it('counts right when two do it at once', async () => {
    await seeding.found(plan);
    const filled = await Promise.all([1, 2, 3, 4].map(() => seeding.fill(plan, 1, 600)));
    expect(filled.reduce((sum, { added }) => sum + added, 0)).toBe(599);
    expect(await sizes()).toEqual([600, 600]);
  });

  it('counts right when the answer to a commit is lost, and when nothing was stored', async () => {
    store.database.failNext('lost-answer');
    await seeding.found(plan);
    store.database.failNext('none', 'lost-answer');
    await seeding.fill(plan, 1, 20);
    expect(await sizes()).toEqual([20, 20]);
    store.database.failNext('down-before');
    await expect(seeding.fill(plan, 21, 40)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await sizes()).toEqual([20, 20]);
    expect(await seeding.fill(plan, 21, 40)).toEqual({ added: 20, size: 40 });
  });

  it('touches no group that was not made with the prefix, and none that has ended', async () => {
    await seeding.found({ ...plan, prefix: 'q' });
    await expect(seeding.found(plan)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await store.database.write(async (tx) => store.groups.close(tx, await ref(), 1));
    await expect(seeding.found({ ...plan, prefix: 'q' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('stores nothing when somebody else has one of the user names', async () => {
    await store.users.register({ id: 'somebody', username: user(7), nickname: 'x', passwordHash: 'y' });
    await seeding.found(plan);
    await expect(seeding.fill(plan, 1, 10)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await sizes()).toEqual([1, 1]);
    expect(await store.users.get(user(8))).toBeUndefined();
  });
});
