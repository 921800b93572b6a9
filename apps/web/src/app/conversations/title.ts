import { useEffect } from 'react';
import { useChatState } from '../chat-context';
import { unreadOf } from './conversations';

/** Says in the title of the page how much is unread. */
export function useTitleBadge(): void {
  const unread = useChatState(({ conversations }) => unreadOf(conversations));
  useEffect(() => {
    document.title = titleOf(unread);
    return () => void (document.title = titleOf(0));
  }, [unread]);
}

/** `(3) Parley`. */
export const titleOf = (unread: number): string => (unread === 0 ? 'Parley' : `(${unread > 999 ? '999+' : unread}) Parley`);
