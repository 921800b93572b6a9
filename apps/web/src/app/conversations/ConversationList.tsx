import { type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import { useChatState } from '../chat-context';
import { placeOf } from '../shell/places';
import { inOrder } from './conversations';

/** The user's conversations, in order. */
export function ConversationList(): ReactNode {
  const conversations = useChatState((state) => state.conversations);
  const lines = useMemo(() => inOrder(conversations), [conversations]);
  return (
    <ul>
      {lines.map((line) => (
        <li key={line.convId}>
          <Link href={placeOf(line.convId)}>{line.name ?? line.userId}</Link> {line.unread}
        </li>
      ))}
    </ul>
  );
}
