import { type FormEvent, type ReactNode, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import { useChat } from '../chat-context';
import { problemOf } from '../shell/act';
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
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const next = textIn(event.currentTarget, 'name');
    if (next === '') return setProblem('groups.nameMissing');
    setBusy(true);
    setProblem(undefined);
    try {
      await chat.client.request('updateGroup', { params: { id: groupId }, body: { name: next } });
      await queries.invalidateQueries({ queryKey: groupKey(groupId) });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog open={open} onClose={onClose} title={t('groups.rename')}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={t('groups.name')}
          name="name"
          defaultValue={name}
          maxLength={100}
          autoComplete="off"
          problem={problem === undefined ? undefined : t(problem)}
        />
        <DialogActions>
          <Button onClick={onClose}>{t('kit.cancel')}</Button>
          <Button look="primary" type="submit" disabled={busy}>
            {t('kit.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
