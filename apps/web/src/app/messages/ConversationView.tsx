import { type ReactNode, useEffect } from 'react';
import { useChat, useChatState } from '../chat-context';

/** A conversation: what was said, and where to say something. */
export function ConversationView({ convId }: { readonly convId: string }): ReactNode {
  const chat = useChat();
  const window = useChatState(({ windows }) => windows[convId]);
  useEffect(() => void chat.open(convId), [chat, convId]);
  return (
    <ul>
      {window?.entries.map((entry) => (
        <li key={entry.seq}>{entry.kind === 'message' ? String(entry.payload?.text) : entry.kind}</li>
      ))}
    </ul>
  );
}
