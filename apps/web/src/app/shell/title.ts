import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** The window says how much is unread, and where one is: by its title, by a dot on its icon, and on the icon of an installed app. `label` is a key of the texts. */
export function useTitle(label: string, unread: number): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = titleOf(t(label), unread);
  }, [t, label, unread]);
  useEffect(() => mark(unread), [unread]);
  useEffect(
    () => () => {
      document.title = 'Parley';
      mark(0);
    },
    [],
  );
}

/** `(3) Chats · Parley`. */
const titleOf = (place: string, unread: number): string => `${unread === 0 ? '' : `(${unread > 999 ? '999+' : unread}) `}${place} · Parley`;

function mark(unread: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const wanted = unread > 0 ? '/app/icon-unread.svg' : '/app/icon.svg';
  if (icon && icon.getAttribute('href') !== wanted) icon.setAttribute('href', wanted);
  // Where the app is not installed, or the browser has no such thing, there is nothing to mark.
  if ('setAppBadge' in navigator) void (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => undefined);
}
