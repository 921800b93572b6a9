import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** The window says how much is unread, and where one is. `label` is a key of the texts. */
export function useTitle(label: string, unread: number): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = titleOf(t(label), unread);
  }, [t, label, unread]);
  useEffect(() => () => void (document.title = 'Parley'), []);
}

/** `(3) Chats · Parley`. */
const titleOf = (place: string, unread: number): string => `${unread === 0 ? '' : `(${unread > 999 ? '999+' : unread}) `}${place} · Parley`;
