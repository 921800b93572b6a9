import { useEffect, useMemo } from 'react';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import type { Conversation } from '@app/sdk';
import type { Chat } from '../chat';
import { useChat, useChatState } from '../chat-context';
import { usePeople } from '../friends/search';
import { groupKey } from '../groups/group';
import { useUsers } from '../users/names';
import { beforeId } from './before-id';
import { type Mentionable, matching } from './text';

/** So many members are read at once, the most that the server tells. */
const pageSize = 200;
/** Of larger groups so many pages are read; others are found by how their user names begin. */
const maxPages = 3;
/** Of those who have just written so many are offered. */
const maxSpeakers = 20;
/** Of so many at once it is asked whether they are members. */
const maxChecked = 8;

const nobody: readonly string[] = [];

/**
 * The other members of a group who may be meant by what is typed behind an `@`; nobody while nothing is. Of a small group it is all of
 * them. Of a large one: of its first members, of those who have just written, and of the users who are found by what was typed.
 */
export function useMentionable(line: Conversation | undefined, typed: string | undefined, enough: number): readonly Mentionable[] {
  const { userId: me } = useChat();
  const groupId = line?.convType === 'group' && typed !== undefined ? line.groupId : undefined;
  const { ids, isAll, readMore } = useFirstMembers(groupId);
  const first = useNamed(ids);
  const others = useOthers(groupId, line?.convId, typed ?? '', ids, !isAll);
  const all = useMemo(() => [...first, ...others].filter(({ userId }) => userId !== me), [first, others, me]);
  const fits = matching(all, typed ?? '', enough).length;
  useEffect(() => {
    if (fits < enough) void readMore?.();
  }, [fits, enough, readMore]);
  return all;
}

/** The first members of a group; what reads more of them, while there are more, and not too many. */
function useFirstMembers(groupId: string | undefined) {
  const chat = useChat();
  const { data, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: [...groupKey(groupId ?? ''), 'mentionable'],
    queryFn: ({ pageParam }) =>
      chat.client.request('groupMembers', {
        params: { id: groupId ?? '' },
        query: { limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    enabled: groupId !== undefined,
    staleTime: 60_000,
  });
  const ids = useMemo(() => data?.pages.flatMap(({ members }) => members.map(({ userId }) => userId)) ?? nobody, [data]);
  const mayRead = groupId !== undefined && hasNextPage && !isFetching && (data?.pages.length ?? 0) < maxPages;
  return { ids: groupId === undefined ? nobody : ids, isAll: !hasNextPage, readMore: mayRead ? fetchNextPage : undefined };
}

/** Members beyond those: who has just written, and who is found by what was typed. That they are members is asked. */
function useOthers(
  groupId: string | undefined,
  convId: string | undefined,
  typed: string,
  known: readonly string[],
  isWanted: boolean,
): readonly Mentionable[] {
  const chat = useChat();
  const entries = useChatState(({ windows }) => (isWanted && convId !== undefined ? windows[convId]?.entries : undefined));
  const found = usePeople(groupId !== undefined && isWanted ? typed : '');
  const speakers = useMemo(() => {
    const wrote = (entries ?? []).flatMap((entry) => (entry.kind === 'message' ? [entry.from] : []));
    return [...new Set(wrote.reverse())].slice(0, maxSpeakers);
  }, [entries]);
  const people = typed.trim() === '' ? nobody : [...found.friends, ...found.others.map(({ id }) => id)];
  const ids = useStable(
    [...speakers, ...people].filter((userId) => groupId !== undefined && userId !== chat.userId && !known.includes(userId)),
  );
  const named = useNamed(ids);
  const candidates = useMemo(() => matching(named, typed, maxChecked), [named, typed]);
  const areMembers = useQueries({
    queries: candidates.map(({ userId }) => ({
      queryKey: [...groupKey(groupId ?? ''), 'isMember', userId],
      queryFn: () => isMember(chat, groupId ?? '', userId),
      enabled: groupId !== undefined,
      staleTime: 60_000,
    })),
    combine: (answers) => answers.map(({ data }) => data === true),
  });
  return useMemo(() => candidates.filter((_, at) => areMembers[at]), [candidates, areMembers]);
}

/** Users with the names that everybody sees, as far as they are known. */
function useNamed(userIds: readonly string[]): readonly Mentionable[] {
  const users = useUsers(userIds);
  return useMemo(
    () => [...users.values()].map(({ id, nickname, username }) => ({ userId: id, name: nickname, also: username ?? id })),
    [users],
  );
}

/** The same list while it holds the same. */
function useStable(ids: readonly string[]): readonly string[] {
  const key = ids.join(',');
  return useMemo(() => (key === '' ? nobody : key.split(',')), [key]);
}

/** No route tells it of somebody else, but members come by their ids, from where one likes. */
async function isMember(chat: Chat, groupId: string, userId: string): Promise<boolean> {
  const cursor = beforeId(userId);
  const { members } = await chat.client.request('groupMembers', {
    params: { id: groupId },
    query: { limit: 1, ...(cursor === undefined ? {} : { cursor }) },
  });
  return members[0]?.userId === userId;
}
