import { useMemo } from 'react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSettled } from '../../kit/settled';
import { useChat, useChatState } from '../chat-context';
import { type User, nameOf, useUsers, userKey } from '../users/names';

export interface PeopleFound {
  /** Ids of friends whose names or remarks hold what was typed, by name. */
  readonly friends: readonly string[];
  /** Others whose user names or ids begin with it. */
  readonly others: readonly User[];
  readonly searching: boolean;
  readonly failed: boolean;
}

/** People by what was typed; all friends and nobody else for nothing. */
export function usePeople(typed: string): PeopleFound {
  const chat = useChat();
  const queries = useQueryClient();
  const friends = useFriendsByName();
  const wanted = typed.trim();
  const q = useSettled(wanted);
  const { data, isFetching, isError } = useQuery({
    queryKey: ['searchUsers', q],
    queryFn: async () => {
      const { users } = await chat.client.request('searchUsers', { query: { q: q.slice(0, 64), limit: 20 } });
      for (const user of users) queries.setQueryData(userKey(user.id), user);
      return users;
    },
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });

  const mine = useMemo(
    () => friends.filter(({ words }) => words.includes(wanted.toLowerCase())).map(({ userId }) => userId),
    [friends, wanted],
  );
  const known = new Set(friends.map(({ userId }) => userId));
  const others = wanted === '' ? [] : (data ?? []).filter(({ id }) => id !== chat.userId && !known.has(id));
  return { friends: mine, others, searching: wanted !== '' && (isFetching || q !== wanted), failed: isError && wanted !== '' };
}

interface NamedFriend {
  readonly userId: string;
  readonly name: string;
  /** What a search looks into. */
  readonly words: string;
}

function useFriendsByName(): readonly NamedFriend[] {
  const friends = useChatState((state) => state.friends);
  const ids = useMemo(() => Object.keys(friends), [friends]);
  const users = useUsers(ids);
  return useMemo(
    () =>
      ids
        .map((userId) => {
          const user = users.get(userId);
          const name = nameOf(userId, friends[userId]?.remark, user);
          return { userId, name, words: [name, user?.nickname, user?.username].join('\n').toLowerCase() };
        })
        .sort((a, b) => a.name.localeCompare(b.name)),
    [ids, users, friends],
  );
}
