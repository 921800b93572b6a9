import { c2cConversation, groupConversation } from '@app/protocol';
import { FaultyDatabase, type TempStore, openTempStore } from '@app/testing';
import { clientKey } from './entry-row';

/** What stands outside the log has no key to be found by: each write is right when it is run twice. */
let store: TempStore<FaultyDatabase>;

beforeEach(async () => {
  store = await openTempStore(FaultyDatabase);
});
afterEach(() => store.close());

const session = (id: string) => ({ id, user_id: 'ann', device_id: 'phone', created_at: 1, expires_at: 9, revoked_at: null });
const register = (id: string, username: string, passwordHash: string) =>
  store.users.register({ id, username, nickname: username, passwordHash });

describe.each([
  ['is lost', ['lost-answer']],
  ['cannot be understood', ['garbled-answer']],
  ['is lost twice', ['lost-answer', 'lost-answer']],
  ['is lost after a commit that was refused', ['refused-commit', 'lost-answer']],
] as const)('when the answer to its COMMIT %s', (_, faults) => {
  const failing = (): void => store.database.failNext(...faults);

  it('a registration succeeds, and the name is taken for everybody else', async () => {
    failing();
    await register('1', 'ann', 'salted hash');
    expect(await store.users.byUsername('ann')).toMatchObject({ id: '1' });
    await expect(register('2', 'ann', 'other hash')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    failing();
    await expect(register('2', 'ann', 'other hash')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(register('1', 'ann', 'other hash')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('a user is provisioned and changed once', async () => {
    failing();
    await store.users.provision('ann');
    failing();
    await store.users.update('ann', { nickname: 'Ann', avatarUrl: null });
    expect(await store.users.get('ann')).toMatchObject({ nickname: 'Ann' });
  });

  it('a conversation is made once, with its members', async () => {
    failing();
    const ref = await store.conversations.ensure(c2cConversation('ann', 'bob'));
    expect(await store.members.page(ref, '', 10)).toMatchObject([{ user_id: 'ann' }, { user_id: 'bob' }]);
    expect(await store.database.rows('SELECT id FROM conversations')).toEqual([{ id: ref.rowId }]);
  });

  it('a session is opened, extended and ended, and its end is told', async () => {
    failing();
    await store.sessions.insert(session('s1'));
    failing();
    await store.sessions.extend('s1', 20);
    failing();
    expect(await store.sessions.revoke('s1', 'ann')).toBe(true);
    expect(await store.database.rows('SELECT expires_at, revoked_at FROM sessions')).toEqual([
      { expires_at: 20, revoked_at: expect.any(Number) as number },
    ]);
    failing();
    expect(await store.sessions.revoke('s1', 'ann')).toBe(false);
  });

  it('a read moves the position, counts once and says from where it moved', async () => {
    const ref = await store.conversations.ensure(c2cConversation('ann', 'bob'));
    for (const [index, sender] of ['ann', 'bob', 'ann', 'bob'].entries()) {
      const content = { kind: 'message', type: 'text', body: '{}' } as const;
      await store.log.append({ conversation: ref, sender, key: clientKey(`${index}`), content });
    }
    failing();
    const told = (movedFrom: number, seq: number, unread: number) => ({
      readSeq: seq,
      unread,
      mentionedUnread: 0,
      movedFrom,
      receipt: { readSeq: seq, deliveredSeq: seq },
    });
    expect(await store.positions.moveRead(ref, 'ann', 2)).toEqual(told(0, 2, 1));
    failing();
    expect(await store.positions.moveRead(ref, 'ann', 2)).toEqual({ readSeq: 2, unread: 1, mentionedUnread: 0, movedFrom: undefined });
    expect(await store.positions.moveRead(ref, 'ann', 4)).toEqual(told(2, 4, 0));
    failing();
    expect(await store.positions.moveDelivered(ref, 'bob', 3)).toEqual({ readSeq: 0, deliveredSeq: 3 });
    failing();
    expect(await store.positions.moveDelivered(ref, 'bob', 3)).toBeUndefined();
    failing();
    expect((await store.positions.readAll('bob', 0)).read).toMatchObject([{ readSeq: 4, receipt: { readSeq: 4, deliveredSeq: 4 } }]);
    failing();
    expect(await store.positions.hide(ref, 'bob')).toEqual({ hiddenSeq: 4, muted: false });
    expect(await store.lists.summary('bob')).toMatchObject({ unread: 0, conversations: 0 });
  });

  it('a setting changes once and says that it changed', async () => {
    const ref = await store.conversations.ensure(c2cConversation('ann', 'bob'));
    failing();
    expect(await store.settings.set(ref, 'ann', { pinned: true })).toMatchObject({ pinnedAt: expect.any(Number) as number, changed: true });
    failing();
    expect(await store.settings.set(ref, 'ann', { pinned: true })).toMatchObject({ changed: false });
    expect(await store.settings.set(ref, 'ann', { draft: 'dear' })).toMatchObject({ draft: 'dear', muted: false, changed: true });
  });

  it('a change of a conversation and its rows happens once', async () => {
    const ref = await store.conversations.ensure(groupConversation('g'));
    const group = { id: 'g', name: 'g', owner_id: 'ann', join_policy: 'open', member_count: 1, created_at: 1 } as const;
    failing();
    await store.log.change(ref, async (change) => {
      await store.groups.insert(change, ref, group);
      change.append('ann', { kind: 'group_updated', fields: { name: 'g' } });
    });
    failing();
    await store.log.change(ref, async (change) => {
      await store.groups.countMembers(change, 'g', 1);
      change.append('ann', { kind: 'member_joined', fields: { userId: 'bob' } });
    });
    expect(await store.groups.get('g')).toMatchObject({ member_count: 2 });
    expect(await store.conversations.head(ref)).toMatchObject({ last_seq: 2 });
  });
});

it('a session with the id of another is refused', async () => {
  await store.sessions.insert(session('s1'));
  await expect(store.sessions.insert({ ...session('s1'), user_id: 'bob' })).rejects.toThrow();
});
