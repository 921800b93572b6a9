import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import { useChat } from '../chat-context';
import { problemOf } from '../shell/act';
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
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await new Friendship(chat).call(userId, textIn(event.currentTarget, 'remark'));
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog open={open} onClose={onClose} title={t('people.editRemark')}>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label={t('people.remark')}
          name="remark"
          defaultValue={remark}
          maxLength={64}
          autoComplete="off"
          hint={t('people.remarkHint')}
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
