import { type GroupMember, type Role, inRank, rightsOf, rightsOver } from './rights';

const granted = (rights: object): string[] =>
  Object.entries(rights)
    .filter(([, may]) => may)
    .map(([name]) => name);

describe('what a role may do in a group', () => {
  it.each([
    ['owner', 'invite', ['change', 'host', 'decide', 'postNotices', 'transfer', 'dissolve']],
    ['admin', 'invite', ['change', 'host', 'decide', 'postNotices', 'leave']],
    ['member', 'invite', ['leave']],
    ['member', 'approval', ['leave']],
    ['member', 'open', ['host', 'leave']],
    [undefined, 'open', []],
  ] as const)('%s, where one joins by %s', (role, joinPolicy, expected) => {
    expect(granted(rightsOf(role, joinPolicy))).toEqual(expected);
  });
});

describe('what a role may do to another', () => {
  it.each([
    ['owner', 'admin', ['mute', 'remove', 'demote', 'transfer']],
    ['owner', 'member', ['mute', 'remove', 'promote', 'transfer']],
    ['owner', 'owner', []],
    ['admin', 'member', ['mute', 'remove']],
    ['admin', 'admin', []],
    ['admin', 'owner', []],
    ['member', 'member', []],
    [undefined, 'member', []],
  ] as const)('%s to %s', (mine, theirs, expected) => {
    expect(granted(rightsOver(mine, theirs))).toEqual(expected);
  });
});

describe('members', () => {
  it('are shown by rank, then by name', () => {
    const member = (userId: string, role: Role): GroupMember => ({ userId, role, joinedAt: 1 });
    const all = [member('z', 'member'), member('a', 'member'), member('b', 'admin'), member('y', 'owner')];
    expect(inRank(all, (userId) => userId).map(({ userId }) => userId)).toEqual(['y', 'b', 'a', 'z']);
  });
});
