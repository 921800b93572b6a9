import { useCallback, useEffect, useState } from 'react';
import { useChat, useChatState } from '../chat-context';
import { whenLooking } from './looking';
import type { Unread } from './rows';
import { firstUnread } from './window';

/** Where the messages begin that were unread when the conversation was opened, or that came while nobody looked; and what forgets it. */
export function useUnreadMark(convId: string): { readonly mark: Unread | undefined; readonly forget: () => void } {
  const chat = useChat();
  const window = useChatState(({ windows }) => windows[convId]);
  const line = useChatState(({ conversations }) => conversations[convId]);
  const [mark, setMark] = useState<Unread | null>();

  // While it is drawn for the first time: a moment later its first messages are read.
  if (mark === undefined && window) {
    const seq = line && line.unread > 0 ? firstUnread(window, line.readSeq, chat.userId) : undefined;
    setMark(seq === undefined || !line ? null : { seq, count: line.unread });
  }

  useEffect(() => {
    let since: number | undefined;
    const stopLooking = whenLooking((isLooking) => {
      since = isLooking ? undefined : chat.store.getState().windows[convId]?.to;
    });
    const stop = chat.store.subscribe(({ windows, conversations }, before) => {
      const window = windows[convId];
      if (since === undefined || !window || (window === before.windows[convId] && conversations[convId] === before.conversations[convId]))
        return;
      const seq = firstUnread(window, since, chat.userId);
      const count = conversations[convId]?.unread ?? 0;
      if (seq !== undefined && count > 0) setMark({ seq, count });
    });
    return () => {
      stop();
      stopLooking();
    };
  }, [chat, convId]);

  return { mark: mark ?? undefined, forget: useCallback(() => setMark(null), []) };
}
