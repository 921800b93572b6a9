import type { FriendRequest, GroupRequest } from '../state';
import { countToAnswer, friendsAsked, friendsToAnswer, groupsAsked, invitationsToAnswer, joinersToAnswer } from './pending';

const now = 1_000;
const friend = (id: string, fields: Partial<FriendRequest>): FriendRequest => ({
  id,
  from: 'bob',
  to: 'me',
  message: null,
  state: 'pending',
  createdAt: 1,
  expiresAt: now + 1,
  ...fields,
});
const group = (id: string, fields: Partial<GroupRequest>): GroupRequest => ({
  id,
  groupId: 'g',
  kind: 'invitation',
  userId: 'me',
  by: 'bob',
  state: 'pending',
  createdAt: 1,
  expiresAt: now + 1,
  ...fields,
});
const byId = <T extends { readonly id: string }>(...all: readonly T[]) => Object.fromEntries(all.map((one) => [one.id, one]));
const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);

const friends = byId(
  friend('in', {}),
  friend('newer', { from: 'cem', createdAt: 2 }),
  friend('out', { from: 'me', to: 'bob' }),
  friend('accepted', { state: 'accepted' }),
  friend('expired', { expiresAt: now }),
);
const groups = byId(
  group('invited', {}),
  group('asked', { kind: 'request', by: 'me' }),
  group('joiner', { kind: 'request', userId: 'cem', by: 'cem' }),
  group('void', { state: 'void' }),
  group('invitation of mine', { userId: 'dan', by: 'me' }),
);

describe('requests', () => {
  it('for friendship wait for whom they are for, newest first, until they expire', () => {
    expect(ids(friendsToAnswer(friends, 'me', now))).toEqual(['newer', 'in']);
    expect(ids(friendsAsked(friends, 'me', now))).toEqual(['out']);
  });

  it('of groups wait for whom is invited, and for who runs the group', () => {
    expect(ids(invitationsToAnswer(groups, 'me', now))).toEqual(['invited']);
    expect(ids(joinersToAnswer(groups, 'me', now))).toEqual(['joiner']);
    expect(ids(groupsAsked(groups, 'me', now))).toEqual(['asked']);
  });

  it('count for the badge only where they wait for this user', () => {
    expect(countToAnswer(friends, groups, 'me', now)).toBe(4);
    expect(
      countToAnswer(byId(friend('out', { from: 'me', to: 'bob' })), byId(group('asked', { kind: 'request', by: 'me' })), 'me', now),
    ).toBe(0);
  });
});
