import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat, useChatState } from '../chat-context';
import type { PresenceView } from '../state';
import { ago } from './when';

/** So many are asked about at once; see `maxListItems` of the server. */
const atOnce = 200;

/** Asks who of some users is there, when they are shown and when the connection is there again; the state then tells it. */
export function usePresence(userIds: readonly string[]): void {
  const chat = useChat();
  const isOnline = useChatState(({ connection }) => connection.state === 'online');
  const key = userIds.join(',');
  useEffect(() => {
    if (!isOnline || key === '') return;
    const all = key.split(',');
    // A hint that nobody waits for: what is not told is not shown.
    for (let at = 0; at < all.length; at += atOnce) void chat.askPresence(all.slice(at, at + atOnce)).catch(() => undefined);
  }, [chat, isOnline, key]);
}

/** Whether somebody is there, in words; undefined when that is not known. */
export function usePresenceText(presence: PresenceView | undefined): string | undefined {
  const { t } = useTranslation();
  if (!presence) return undefined;
  if (presence.online) return t('people.online');
  if (presence.lastSeenAt === null) return undefined;
  return Date.now() - presence.lastSeenAt < 60_000 ? t('people.seenNow') : t('people.seen', { when: ago(presence.lastSeenAt) });
}
