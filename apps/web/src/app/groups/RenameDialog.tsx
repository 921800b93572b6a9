import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useChat } from '../chat-context';
import { LineDialog } from '../shell/LineDialog';
import { groupKey } from './group';
import type { Group } from './rights';

interface RenameDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly group: Group;
}

/** Gives a group another name. */
export function RenameDialog({ open, onClose, group: { groupId, name } }: RenameDialogProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();

  async function rename(next: string): Promise<void> {
    await chat.client.request('updateGroup', { params: { id: groupId }, body: { name: next } });
    await queries.invalidateQueries({ queryKey: groupKey(groupId) });
  }

  return (
    <LineDialog
      open={open}
      onClose={onClose}
      title={t('groups.rename')}
      label={t('groups.name')}
      value={name}
      maxLength={100}
      missing="groups.nameMissing"
      action={t('kit.save')}
      onEntered={rename}
    />
  );
}
