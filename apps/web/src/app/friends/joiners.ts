import { useEffect } from 'react';
import type { Chat } from '../chat';
import { useChat, useChatState } from '../chat-context';

/** Of so many groups at most it is asked who wants to join. */
const maxGroups = 30;

/**
 * Asks who wants to join the groups that this user runs, when somebody comes to look: sync does not tell it, and the event comes to the
 * owner alone. What was known of those groups is replaced.
 */
export function useAskJoiners(): void {
  const chat = useChat();
  const isOnline = useChatState(({ connection, synced }) => synced && connection.state === 'online');
  useEffect(() => {
    if (!isOnline) return;
    const run = Object.values(chat.store.getState().conversations)
      .filter(({ role, joinPolicy }) => (role === 'owner' || role === 'admin') && joinPolicy === 'approval')
      .flatMap(({ groupId }) => groupId ?? [])
      .slice(0, maxGroups);
    // Without an answer the list says what it knew.
    for (const groupId of run) void ask(chat, groupId).catch(() => undefined);
  }, [chat, isOnline]);
}

async function ask(chat: Chat, groupId: string): Promise<void> {
  const { requests } = await chat.client.request('groupRequests', { params: { id: groupId }, query: { limit: 50 } });
  chat.store.setState(({ groupRequests }) => {
    const others = Object.entries(groupRequests).filter(
      ([, one]) => one.groupId !== groupId || one.kind !== 'request' || one.userId === chat.userId,
    );
    return { groupRequests: { ...Object.fromEntries(others), ...Object.fromEntries(requests.map((one) => [one.id, one])) } };
  });
}
