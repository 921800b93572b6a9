import { useCallback } from 'react';
import { BellOff, Bell, CheckCheck, Pin, PinOff, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type Conversation, ParleyError } from '@app/sdk';
import type { MenuItem } from '../../kit/menu-item';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';

/** What can be done with a line of the list. To delete it is the list's own affair: it asks first. */
export function useLineActions(onDelete: (convId: string) => void): (line: Conversation) => readonly MenuItem[] {
  const { t } = useTranslation();
  const chat = useChat();
  return useCallback(
    ({ convId, pinned, muted, unread, lastSeq }) => {
      const asked = (what: Promise<void>) => void what.catch(sayProblem(t));
      return [
        ...(unread > 0 ? [{ key: 'read', label: t('chats.markRead'), Icon: CheckCheck, run: () => chat.read(convId, lastSeq) }] : []),
        {
          key: 'pin',
          label: t(pinned ? 'chats.unpin' : 'chats.pin'),
          Icon: pinned ? PinOff : Pin,
          run: () => asked(chat.pin(convId, !pinned)),
        },
        {
          key: 'mute',
          label: t(muted ? 'chats.unmute' : 'chats.mute'),
          Icon: muted ? Bell : BellOff,
          run: () => asked(chat.mute(convId, !muted)),
        },
        { key: 'delete', label: t('chats.delete'), Icon: Trash2, isDangerous: true, run: () => onDelete(convId) },
      ];
    },
    [t, chat, onDelete],
  );
}

/** Says why something did not succeed. */
export const sayProblem =
  (t: (key: string) => string) =>
  (error: unknown): void =>
    tell(t(`errors.${error instanceof ParleyError ? error.code : 'INTERNAL'}`));
