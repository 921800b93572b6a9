import type { FriendRequest, GroupRequest } from '../state';

type Requests<T> = Readonly<Record<string, T>>;

const isOpen = (now: number) => (one: { readonly state: string; readonly expiresAt: number }) =>
  one.state === 'pending' && one.expiresAt > now;
const newestFirst = (a: { readonly createdAt: number }, b: { readonly createdAt: number }) => b.createdAt - a.createdAt;
const open = <T extends FriendRequest | GroupRequest>(all: Requests<T>, now: number): T[] =>
  Object.values(all).filter(isOpen(now)).sort(newestFirst);

/** Requests for friendship that wait for an answer of this user, newest first. */
export const friendsToAnswer = (all: Requests<FriendRequest>, me: string, now: number): readonly FriendRequest[] =>
  open(all, now).filter(({ to }) => to === me);

/** Requests for friendship that this user made and nobody has answered, newest first. */
export const friendsAsked = (all: Requests<FriendRequest>, me: string, now: number): readonly FriendRequest[] =>
  open(all, now).filter(({ from }) => from === me);

/** Invitations into groups that wait for an answer of this user, newest first. */
export const invitationsToAnswer = (all: Requests<GroupRequest>, me: string, now: number): readonly GroupRequest[] =>
  open(all, now).filter(({ kind, userId }) => kind === 'invitation' && userId === me);

/** Requests of others to join groups that this user runs, as far as they were told of, newest first. */
export const joinersToAnswer = (all: Requests<GroupRequest>, me: string, now: number): readonly GroupRequest[] =>
  open(all, now).filter(({ kind, userId }) => kind === 'request' && userId !== me);

/** Requests of this user to join groups that nobody has answered, newest first. */
export const groupsAsked = (all: Requests<GroupRequest>, me: string, now: number): readonly GroupRequest[] =>
  open(all, now).filter(({ kind, userId }) => kind === 'request' && userId === me);

/** How many requests and invitations wait for an answer of this user: what a badge counts. */
export const countToAnswer = (friends: Requests<FriendRequest>, groups: Requests<GroupRequest>, me: string, now: number): number =>
  friendsToAnswer(friends, me, now).length + invitationsToAnswer(groups, me, now).length + joinersToAnswer(groups, me, now).length;
