import { useEffect } from 'react';
import { type UseQueryResult, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { groupConvId } from '@app/sdk';
import { useChat, useChatState } from '../chat-context';
import type { Group } from './rights';

/** Entries that change nothing of what is asked for here, or after which there is nothing to ask. */
const unseen: readonly string[] = ['recalled', 'edited', 'group_dissolved'];

/** Everything that the queries keep of a group begins so. */
export const groupKey = (groupId: string) => ['group', groupId] as const;

/** A group as the server tells it to its members. */
export function useGroup(groupId: string, isMember: boolean): UseQueryResult<Group> {
  const chat = useChat();
  return useQuery({
    queryKey: [...groupKey(groupId), 'about'],
    queryFn: () => chat.client.request('group', { params: { id: groupId } }),
    enabled: isMember,
  });
}

/** The members of a group, by pages. */
export function useMembers(groupId: string) {
  const chat = useChat();
  return useInfiniteQuery({
    queryKey: [...groupKey(groupId), 'members'],
    queryFn: ({ pageParam }) =>
      chat.client.request('groupMembers', {
        params: { id: groupId },
        query: { limit: 100, ...(pageParam === null ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

/** The notices of a group, newest first, by pages. */
export function useNotices(groupId: string) {
  const chat = useChat();
  return useInfiniteQuery({
    queryKey: [...groupKey(groupId), 'notices'],
    queryFn: ({ pageParam }) =>
      chat.client.request('groupNotices', {
        params: { id: groupId },
        query: { limit: 20, ...(pageParam === null ? {} : { cursor: Number(pageParam) }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

/** Asks anew for what is shown of a group when its log says that it changed, and when the connection is there again. */
export function useLiveGroup(groupId: string): void {
  const chat = useChat();
  const queries = useQueryClient();
  const isOnline = useChatState(({ connection }) => connection.state === 'online');

  useEffect(() => {
    const convId = groupConvId(groupId);
    const anew = () => void queries.invalidateQueries({ queryKey: groupKey(groupId) });
    const ends = [
      chat.client.on('entry', (entry) => {
        if (entry.convId !== convId || unseen.includes(entry.kind)) return;
        // Who is gone is not answered any more.
        if (entry.kind !== 'member_left' || entry.userId !== chat.userId) anew();
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [chat, queries, groupId]);

  useEffect(() => {
    if (isOnline) void queries.invalidateQueries({ queryKey: groupKey(groupId) });
  }, [isOnline, queries, groupId]);
}
