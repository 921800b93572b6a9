import { useMemo } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { Conversation } from '@app/sdk';
import { useChatState } from '../chat-context';
import type { User } from '../users/names';

/** The lines whose name has what is looked for: a group's name, or a user's names as they are known here. */
export function useFound(lines: readonly Conversation[], query: string): readonly Conversation[] {
  const friends = useChatState((state) => state.friends);
  const queries = useQueryClient();
  const wanted = query.trim().toLowerCase();
  return useMemo(() => {
    if (wanted === '') return lines;
    return lines.filter(({ name, userId }) => {
      const user = userId === undefined ? undefined : queries.getQueryData<User>(['user', userId]);
      const names = [name, userId && friends[userId]?.remark, user?.nickname, user?.username];
      return names.some((one) => one?.toLowerCase().includes(wanted));
    });
  }, [lines, wanted, friends, queries]);
}
