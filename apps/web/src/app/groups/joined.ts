import type { RouteAnswer } from '@app/sdk';
import type { Chat } from '../chat';
import { joinedLine } from '../conversations/conversations';

/** Lists a group that this user has just made or joined: its maker is told of it by the answer alone. */
export function listJoined(chat: Chat, group: RouteAnswer<'group'>): void {
  const { conversations } = chat.store.getState();
  if (!conversations[group.convId]) chat.store.setState({ conversations: { ...conversations, [group.convId]: joinedLine(group) } });
}
