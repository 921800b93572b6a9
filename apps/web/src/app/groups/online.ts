import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { groupConvId } from '@app/sdk';
import { useChat, useChatState } from '../chat-context';
import { usePresence } from '../users/presence';
import { groupKey } from './group';

/** Of larger groups it is not asked who is there: the server tells of so many at once. */
const maxMembers = 200;

const nobody: readonly string[] = [];

/** How many members of a group are there, this user among them; undefined where that is not known, or where it is nobody else. */
export function useOnlineCount(
  group: { readonly groupId?: string | undefined; readonly memberCount?: number | undefined } | undefined,
): number | undefined {
  const { groupId = '', memberCount = 0 } = group ?? {};
  const isOnline = useChatState(({ connection }) => connection.state === 'online');
  // Who has left is not answered any more.
  const isIn = useChatState(({ conversations }) => groupConvId(groupId) in conversations);
  const members = useMemberIds(groupId, isIn ? memberCount : 0);
  usePresence(members);
  const count = useChatState(({ presence }) => members.filter((userId) => presence[userId]?.online).length);
  return isOnline && isIn && count > 1 ? count : undefined;
}

/** The members of a group that is not too large; asked for anew when there are more or fewer of them. */
function useMemberIds(groupId: string, memberCount: number): readonly string[] {
  const chat = useChat();
  const { data = nobody } = useQuery({
    queryKey: [...groupKey(groupId), 'ids', memberCount],
    queryFn: async () => {
      const { members } = await chat.client.request('groupMembers', { params: { id: groupId }, query: { limit: maxMembers } });
      return members.map(({ userId }) => userId);
    },
    enabled: groupId !== '' && memberCount > 1 && memberCount <= maxMembers,
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
  return data;
}
