import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { LineDialog } from '../shell/LineDialog';
import { Friendship } from './friendship';

interface AddFriendProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly userId: string;
  readonly name: string;
}

/** Asks somebody for friendship, with some words. */
export function AddFriend({ open, onClose, userId, name }: AddFriendProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();

  async function ask(message: string): Promise<void> {
    await new Friendship(chat).ask(userId, message);
    tell(t('people.asked', { name }), 'done');
  }

  return (
    <LineDialog
      open={open}
      onClose={onClose}
      title={t('people.addTitle', { name })}
      label={t('people.addMessage')}
      maxLength={200}
      action={t('people.ask')}
      onEntered={ask}
    />
  );
}
