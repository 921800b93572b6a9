import type { Conversation, Entry } from '@app/sdk';
import { messageOf } from '../messages/sample';
import { inOrder, unreadOf, withEntry, withLine, withNudge, withSynced } from './conversations';

const line = (convId: string, fields: Partial<Conversation> = {}): Conversation => ({
  convId,
  convType: 'group',
  lastSeq: 0,
  readSeq: 0,
  unread: 0,
  mentionedUnread: 0,
  lastMessage: null,
  activeAt: 0,
  pinned: false,
  muted: false,
  draft: null,
  ...fields,
});
const said = (convId: string, seq: number, fields: object = {}) =>
  messageOf(convId, seq, { convType: 'group', timestamp: seq * 10, ...fields });
const known = (...lines: Conversation[]) => Object.fromEntries(lines.map((one) => [one.convId, one]));

describe('the conversation list', () => {
  it('takes what sync tells in place of what it knew, and lets go of what was left', () => {
    const next = withSynced(known(line('a', { unread: 5 }), line('b')), [line('a', { unread: 1 }), line('b', { left: true })]);
    expect(Object.keys(next)).toEqual(['a']);
    expect(next.a?.unread).toBe(1);
  });

  it('keeps what reaches further than what sync tells, for its answer may have been under way', () => {
    const newer = line('a', { lastSeq: 4, unread: 1 });
    expect(withSynced(known(newer), [line('a', { lastSeq: 3 })]).a).toBe(newer);
    expect(withSynced(known(newer), [line('a', { lastSeq: 4 })]).a).toMatchObject({ unread: 0 });
  });

  it('counts a message of somebody else, and a mention of everybody', () => {
    const next = withEntry(known(line('a')), said('a', 1, { mentions: ['@all'] }), 'me');
    expect(next.a).toMatchObject({ unread: 1, mentionedUnread: 1, lastSeq: 1, activeAt: 10 });
  });

  it('counts neither an own message nor what the server says', () => {
    const next = withEntry(withEntry(known(line('a')), said('a', 1, { from: 'me' }), 'me'), said('a', 2, { type: 'system' }), 'me');
    expect(next.a).toMatchObject({ unread: 0, lastSeq: 2 });
  });

  it('counts an entry that the list knows already no second time', () => {
    const before = known(line('a', { lastSeq: 3, unread: 2 }));
    expect(withEntry(before, said('a', 3), 'me')).toBe(before);
  });

  it('begins a line with the first message of a c2c, whoever wrote it', () => {
    const first = said('c2c:bob:me', 1, { convType: 'c2c', to: 'me' });
    expect(withEntry({}, first, 'me')['c2c:bob:me']).toMatchObject({ userId: 'bob', unread: 1 });
    const own = said('c2c:bob:me', 1, { convType: 'c2c', from: 'me', to: 'bob' });
    expect(withEntry({}, own, 'me')['c2c:bob:me']).toMatchObject({ userId: 'bob', unread: 0 });
  });

  it('shows what became of the last message', () => {
    const { a } = withEntry(known(line('a')), said('a', 1), 'me');
    const edited = withEntry(
      known(a!),
      { kind: 'edited', convId: 'a', seq: 2, from: 'bob', timestamp: 5, targetSeq: 1, payload: { text: 'y' }, editedAt: 5 },
      'me',
    );
    expect(edited.a?.lastMessage?.payload).toEqual({ text: 'y' });
    const gone = withEntry(edited, { kind: 'recalled', convId: 'a', seq: 3, from: 'bob', timestamp: 6, targetSeq: 1 }, 'me');
    expect(gone.a?.lastMessage).toMatchObject({ recalled: true });
    expect(gone.a?.lastMessage).not.toHaveProperty('payload');
  });

  it('follows a group as it is changed', () => {
    const before = known(line('a', { name: 'Tea', memberCount: 2, role: 'member' }));
    const head = { convId: 'a', from: 'bob', timestamp: 1 };
    let next = withEntry(before, { ...head, kind: 'group_updated', seq: 1, name: 'Coffee', muteAll: true }, 'me');
    next = withEntry(next, { ...head, kind: 'member_joined', seq: 2, userId: 'eve' }, 'me');
    next = withEntry(next, { ...head, kind: 'member_updated', seq: 3, userId: 'me', role: 'admin' }, 'me');
    next = withEntry(next, { ...head, kind: 'member_updated', seq: 4, userId: 'eve', role: 'member' }, 'me');
    expect(next.a).toMatchObject({ name: 'Coffee', muteAll: true, memberCount: 3, role: 'admin', unread: 0 });
  });

  it('lets the user write again whose mute was lifted', () => {
    const muted = known(line('a', { mutedUntil: 99 }));
    const next = withEntry(
      muted,
      { kind: 'member_updated', convId: 'a', seq: 1, from: 'bob', timestamp: 1, userId: 'me', mutedUntil: null },
      'me',
    );
    expect(next.a?.mutedUntil).toBeLessThan(99);
  });

  it('knows the role of who hands a group over, and of the heir', () => {
    const handed: Entry = { kind: 'group_updated', convId: 'a', seq: 1, from: 'bob', timestamp: 1, ownerId: 'eve' };
    expect(withEntry(known(line('a', { role: 'owner' })), handed, 'bob').a?.role).toBe('admin');
    expect(withEntry(known(line('a', { role: 'member' })), handed, 'eve').a?.role).toBe('owner');
    expect(withEntry(known(line('a', { role: 'member' })), handed, 'me').a?.role).toBe('member');
  });

  it('brings a deleted conversation back with the next message, and with nothing else', () => {
    const hidden = known(line('a', { hidden: true }));
    const joined: Entry = { kind: 'member_joined', convId: 'a', seq: 1, from: 'bob', timestamp: 1, userId: 'bob' };
    expect(inOrder(withEntry(hidden, joined, 'me'))).toHaveLength(0);
    expect(inOrder(withEntry(hidden, said('a', 1), 'me'))).toHaveLength(1);
    expect(inOrder(withNudge(hidden, { convId: 'a', lastSeq: 1, lastMessage: said('a', 1) }))).toHaveLength(1);
  });

  it('is in the order of pins, the newest first, and then of the last activity', () => {
    const all = known(
      line('old', { activeAt: 1 }),
      line('new', { activeAt: 9 }),
      line('pinned', { pinned: true, pinnedAt: 1 }),
      line('pinned later', { pinned: true, pinnedAt: 2 }),
      line('gone', { hidden: true, activeAt: 99 }),
    );
    expect(inOrder(all).map(({ convId }) => convId)).toEqual(['pinned later', 'pinned', 'new', 'old']);
  });

  it('counts for the title what is not muted, and mentions everywhere', () => {
    const all = known(
      line('a', { unread: 3 }),
      line('b', { unread: 5, mentionedUnread: 2, muted: true }),
      line('c', { unread: 9, hidden: true }),
    );
    expect(unreadOf(all)).toBe(5);
  });

  it('leaves everything as it is when a line is changed that is not there', () => {
    const before = known(line('a'));
    expect(withLine(before, 'b', { unread: 1 })).toBe(before);
  });
});
