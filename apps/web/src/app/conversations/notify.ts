import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import type { Conversation, Message } from '@app/sdk';
import { saidIn } from '../messages/payload';
import { useChat } from '../chat-context';
import { placeOf } from '../shell/places';
import { nameOf, userQuery } from '../users/names';
import { mentions } from './conversations';
import { oneLine } from './previews';

/** Whether messages are told on the desktop: `denied` is the browser's word, which only its settings can change. */
export type Notifications = 'on' | 'off' | 'denied' | 'unsupported';

const key = 'parley.notify';

/** Whether messages are told on the desktop. */
export function notifications(): Notifications {
  if (!('Notification' in globalThis)) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return Notification.permission === 'granted' && localStorage.getItem(key) === 'on' ? 'on' : 'off';
}

/** Begins to tell, or ends it; to begin, the browser asks the user. To be called by a click. Answers how it is then. */
export async function switchNotifications(on: boolean): Promise<Notifications> {
  localStorage.setItem(key, on ? 'on' : 'off');
  if (on && 'Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission();
  return notifications();
}

/** Whether a message is worth a word on the desktop: of a muted conversation only one that mentions the user. */
export function isWorthAWord(message: Message, line: Pick<Conversation, 'muted' | 'readSeq'>, me: string): boolean {
  if (message.type === 'system' || message.recalled || message.seq <= line.readSeq) return false;
  return !line.muted || mentions(message, me);
}

/** Tells messages on the desktop while the page is not to be seen; a click opens the conversation. */
export function useNotifications(): void {
  const chat = useChat();
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, go] = useLocation();
  useEffect(
    () =>
      chat.whenSaid((message, line) => {
        if (!document.hidden || notifications() !== 'on' || !isWorthAWord(message, line, chat.userId)) return;
        void queries
          .fetchQuery(userQuery(chat, message.from))
          .catch(() => undefined)
          .then((user) => {
            const from = nameOf(message.from, chat.store.getState().friends[message.from]?.remark, user);
            const said = saidIn(message);
            const text = said.kind === 'text' ? oneLine(said.text) : t(`messages.kinds.${said.kind}`);
            show(line.name ?? from, line.name === undefined ? text : `${from}: ${text}`, line.convId, () => go(placeOf(line.convId)));
          });
      }),
    [chat, t, queries, go],
  );
}

/** One per conversation: the next takes the place of the one before. */
function show(title: string, body: string, tag: string, open: () => void): void {
  try {
    const told = new Notification(title, { body, tag, icon: '/app/icon.svg' });
    told.onclick = () => {
      window.focus();
      open();
      told.close();
    };
  } catch {
    // Some phones have notifications of service workers alone.
  }
}
