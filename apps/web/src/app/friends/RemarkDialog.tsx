import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat } from '../chat-context';
import { LineDialog } from '../shell/LineDialog';
import { Friendship } from './friendship';

interface RemarkDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly userId: string;
  readonly remark: string;
}

/** Gives a friend a name of one's own. */
export function RemarkDialog({ open, onClose, userId, remark }: RemarkDialogProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  return (
    <LineDialog
      open={open}
      onClose={onClose}
      title={t('people.editRemark')}
      label={t('people.remark')}
      value={remark}
      maxLength={64}
      hint={t('people.remarkHint')}
      action={t('kit.save')}
      onEntered={(text) => new Friendship(chat).call(userId, text)}
    />
  );
}
