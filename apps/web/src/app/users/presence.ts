import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat } from '../chat-context';
import type { PresenceView } from '../state';
import { ago } from './when';

/** Says that some users are on the screen: the state then tells who of them is there, as far as that is known. */
export function usePresence(userIds: readonly string[]): void {
  const { presence } = useChat();
  const key = userIds.join(',');
  useEffect(() => (key === '' ? undefined : presence.watch(key.split(','))), [presence, key]);
}

/** Whether somebody is there, in words; undefined when that is not known. */
export function usePresenceText(presence: PresenceView | undefined): string | undefined {
  const { t } = useTranslation();
  if (!presence) return undefined;
  if (presence.online) return t('people.online');
  if (presence.lastSeenAt === null) return undefined;
  return Date.now() - presence.lastSeenAt < 60_000 ? t('people.seenNow') : t('people.seen', { when: ago(presence.lastSeenAt) });
}
