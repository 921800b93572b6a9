import { type RouteAnswer } from '@app/sdk';
import { useQuery } from '@tanstack/react-query';
import { useChat, useChatState } from '../chat-context';

export type User = RouteAnswer<'user'>;

/** What everybody may see of a user; undefined until it is known. */
export function useUser(userId: string | undefined): User | undefined {
  const chat = useChat();
  const { data } = useQuery({
    queryKey: ['user', userId],
    queryFn: () => chat.client.request('user', { params: { id: userId ?? '' } }),
    enabled: userId !== undefined,
    staleTime: 5 * 60_000,
  });
  return data;
}

/** How a user is called here: by this user's own remark, by their nickname, or by their id. */
export function useName(userId: string | undefined): string {
  const remark = useChatState(({ friends }) => (userId === undefined ? undefined : friends[userId]?.remark));
  const user = useUser(userId);
  return remark ?? user?.nickname ?? user?.username ?? userId ?? '';
}
