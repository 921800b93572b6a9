import { useMemo } from 'react';
import { useQueries } from '@tanstack/react-query';
import { useChat } from '../chat-context';
import { mentionAll } from '../conversations/conversations';

/** What stands for everybody, in whatever language it was written. */
export const everybodyWords = ['all', 'everybody', '所有人'] as const;

const none: readonly string[] = [];

/** By which names those may be called whom a message mentions. */
export function useMentionNames(mentions: readonly string[] = none): readonly { readonly userId: string; readonly name: string }[] {
  const chat = useChat();
  const userIds = mentions.filter((one) => one !== mentionAll).slice(0, 50);
  const users = useQueries({
    queries: userIds.map((id) => ({
      queryKey: ['user', id],
      queryFn: () => chat.client.request('user', { params: { id } }),
      staleTime: 5 * 60_000,
    })),
    combine: (results) => results.flatMap(({ data }) => (data ? [{ userId: data.id, name: data.nickname }] : [])),
  });
  return useMemo(
    () => [...users, ...(mentions.includes(mentionAll) ? everybodyWords.map((name) => ({ userId: mentionAll, name })) : [])],
    [users, mentions],
  );
}
