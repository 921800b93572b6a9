import { ParleyError, type RouteAnswer } from '@app/sdk';
import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import type { Chat } from '../chat';
import { useChat, useChatState } from '../chat-context';
import { gathered } from './gathered';

export type User = RouteAnswer<'user'>;

/** Under this key the queries keep what is known of a user. */
export const userKey = (userId: string | undefined) => ['user', userId] as const;

/** What everybody may see of a user; undefined until it is known. Those that are asked for together come in one request. */
export function useUser(userId: string | undefined): User | undefined {
  return useUserQuery(userId).data;
}

/** The same, and whether it is on its way or why it is not there. */
export function useUserQuery(userId: string | undefined): UseQueryResult<User> {
  return useQuery(userQuery(useChat(), userId));
}

/** What everybody may see of some users, as far as it is known, by their ids. */
export function useUsers(userIds: readonly string[]): ReadonlyMap<string, User> {
  const chat = useChat();
  return useQueries({ queries: userIds.map((userId) => userQuery(chat, userId)), combine: known });
}

/** How a user is called here: by this user's own remark, by their nickname, or by their id; three dots while that is on its way. */
export function useName(userId: string | undefined): string {
  const remark = useChatState(({ friends }) => (userId === undefined ? undefined : friends[userId]?.remark));
  const { data: user, isPending } = useUserQuery(userId);
  // Without a network it stays on its way.
  return isPending && userId && !remark ? '…' : nameOf(userId ?? '', remark, user);
}

/** How a user is called: by a remark, by their nickname, by their user name, or by their id. */
export const nameOf = (userId: string, remark: string | null | undefined, user: User | undefined): string =>
  [remark, user?.nickname, user?.username].find((name) => typeof name === 'string' && isSeen(name)) ?? userId;

/** Whether a name has anything to be seen: one of spaces and signs without a shape would be nobody's. */
const isSeen = (name: string): boolean => /[^\p{C}\p{Z}\u3164\uffa0\u2800]/u.test(name);

/** What asks for a user, for views and for what is no view. */
export const userQuery = (chat: Chat, userId: string | undefined) => ({
  queryKey: userKey(userId),
  queryFn: () => lookUp(chat)(userId ?? ''),
  enabled: userId !== undefined && userId !== '',
  staleTime: 5 * 60_000,
});

const known = (results: readonly { readonly data: User | undefined }[]): ReadonlyMap<string, User> =>
  new Map(results.flatMap(({ data }) => (data ? [[data.id, data] as const] : [])));

const lookUps = new WeakMap<Chat, (userId: string) => Promise<User>>();

function lookUp(chat: Chat): (userId: string) => Promise<User> {
  const known = lookUps.get(chat);
  if (known) return known;
  const get = gathered<User>({
    ask: async (userIds) => {
      const { users } = await chat.client.request('users', { query: { userIds: [...userIds] } });
      return new Map(users.map((user) => [user.id, user]));
    },
    waitMs: 5,
    max: 100,
  });
  const made = async (userId: string): Promise<User> => {
    const user = await get(userId);
    if (!user) throw new ParleyError('NOT_FOUND', 'there is no such user');
    return user;
  };
  lookUps.set(chat, made);
  return made;
}
