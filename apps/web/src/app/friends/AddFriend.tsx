import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { problemOf } from '../shell/act';
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
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const message = textIn(event.currentTarget, 'message');
    setBusy(true);
    setProblem(undefined);
    try {
      await new Friendship(chat).ask(userId, message);
      tell(t('people.asked', { name }), 'done');
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog open={open} onClose={onClose} title={t('people.addTitle', { name })}>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label={t('people.addMessage')}
          name="message"
          maxLength={200}
          autoComplete="off"
          problem={problem === undefined ? undefined : t(problem)}
        />
        <DialogActions>
          <Button onClick={onClose}>{t('kit.cancel')}</Button>
          <Button look="primary" type="submit" disabled={busy}>
            {t('people.ask')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
