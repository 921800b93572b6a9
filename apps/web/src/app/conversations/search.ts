import { useMemo } from 'react';
import type { Conversation } from '@app/sdk';
import { useChatState } from '../chat-context';
import { useUsers } from '../users/names';

const nobody: readonly string[] = [];

/**
 * The lines whose name has what is looked for: a group's name, or a user's names as they are known here. Names of those whose lines
 * were not on the screen yet are asked for, so that whoever is looked for is found, however far below.
 */
export function useFound(lines: readonly Conversation[], query: string): readonly Conversation[] {
  const friends = useChatState((state) => state.friends);
  const wanted = query.trim().toLowerCase();
  const isWanted = wanted !== '';
  const users = useUsers(useMemo(() => (isWanted ? lines.flatMap(({ userId }) => userId ?? []) : nobody), [lines, isWanted]));
  return useMemo(() => {
    if (wanted === '') return lines;
    return lines.filter(({ name, userId }) => {
      const user = userId === undefined ? undefined : users.get(userId);
      const names = [name, userId && friends[userId]?.remark, user?.nickname, user?.username];
      return names.some((one) => one?.toLowerCase().includes(wanted));
    });
  }, [lines, wanted, friends, users]);
}
