import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import type { Conversation, Message } from '@app/sdk';
import { keep, kept } from '../../kit/kept';
import { isLooking, whenLooking } from '../messages/looking';
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
  return Notification.permission === 'granted' && kept(key) === 'on' ? 'on' : 'off';
}

/** Begins to tell, or ends it; to begin, the browser asks the user. To be called by a click. Answers how it is then. */
export async function switchNotifications(on: boolean): Promise<Notifications> {
  keep(key, on ? 'on' : 'off');
  if (on && 'Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission();
  return notifications();
}

/** Whether a message is worth a word on the desktop: of a muted conversation only one that mentions the user. */
export function isWorthAWord(message: Message, line: Pick<Conversation, 'muted' | 'readSeq'>, me: string): boolean {
  if (message.type === 'system' || message.recalled || message.seq <= line.readSeq) return false;
  return !line.muted || mentions(message, me);
}

/** Under this name a tab that somebody looks at holds a lock: the other tabs of the browser say nothing meanwhile. */
const looking = 'parley.looking';

/** Tells messages on the desktop while nobody looks at the app, in this tab or in another one; a click opens the conversation. */
export function useNotifications(): void {
  const chat = useChat();
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, go] = useLocation();
  useEffect(whileLooking, []);
  // A notification that a service worker has shown is answered by it: see public/app/sw.js.
  useEffect(() => {
    const { serviceWorker } = navigator;
    const asked = ({ data }: MessageEvent<{ readonly place?: string } | undefined>) => data?.place !== undefined && go(data.place);
    serviceWorker?.addEventListener('message', asked);
    return () => serviceWorker?.removeEventListener('message', asked);
  }, [go]);
  useEffect(
    () =>
      chat.whenSaid((message, line) => {
        if (isLooking() || notifications() !== 'on' || !isWorthAWord(message, line, chat.userId)) return;
        void Promise.all([queries.fetchQuery(userQuery(chat, message.from)).catch(() => undefined), isLookedAtElsewhere()]).then(
          ([user, isSeen]) => {
            if (isSeen) return;
            const from = nameOf(message.from, chat.store.getState().friends[message.from]?.remark, user);
            const said = saidIn(message);
            const text = said.kind === 'text' ? oneLine(said.text) : t(`messages.kinds.${said.kind}`);
            show(line.name ?? from, line.name === undefined ? text : `${from}: ${text}`, placeOf(line.convId), go);
          },
        );
      }),
    [chat, t, queries, go],
  );
}

/** Holds the lock for as long as somebody looks at this tab. */
function whileLooking(): () => void {
  let letGo = () => undefined as void;
  const change = (isSeen: boolean) => {
    letGo();
    if (!isSeen || !('locks' in navigator)) return;
    const over = new Promise<void>((resolve) => (letGo = resolve));
    void navigator.locks.request(looking, { mode: 'shared' }, () => over).catch(() => undefined);
  };
  if (isLooking()) change(true);
  const stop = whenLooking(change);
  return () => {
    stop();
    letGo();
  };
}

async function isLookedAtElsewhere(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === looking);
}

/** One per conversation, which its place names: the next takes the place of the one before. */
function show(title: string, body: string, place: string, go: (place: string) => void): void {
  const options = { body, tag: place, icon: '/app/icon-192.png' };
  try {
    const told = new Notification(title, options);
    told.onclick = () => {
      window.focus();
      go(place);
      told.close();
    };
  } catch {
    // Phones have notifications of service workers alone.
    void navigator.serviceWorker?.ready
      .then((worker) => worker.showNotification(title, { ...options, data: { place } }))
      .catch(() => undefined);
  }
}
