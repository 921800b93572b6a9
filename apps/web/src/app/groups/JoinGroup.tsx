import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ParleyError } from '@app/sdk';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import { Page } from '../../kit/Page';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { problemOf } from '../shell/act';
import { placeOf } from '../shell/places';
import styles from './NewGroup.module.css';

/** Joins a group whose id one was told, or asks to. */
export function JoinGroup(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const id = textIn(event.currentTarget, 'groupId');
    if (id === '') return setProblem('groups.idMissing');
    setBusy(true);
    setProblem(undefined);
    try {
      const joined = await chat.client.request('joinGroup', { params: { id } });
      if (joined.status === 'joined') {
        await chat.learn(joined.convId);
        return navigate(placeOf(joined.convId));
      }
      tell(t('groups.requested'), 'done');
      navigate('/people/requests');
    } catch (error) {
      const isNone = error instanceof ParleyError && ['NOT_FOUND', 'BAD_REQUEST'].includes(error.code);
      setProblem(isNone ? 'groups.noSuchGroup' : problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Page title={t('groups.join')} back="/people">
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={t('groups.id')}
          name="groupId"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          hint={t('groups.idHint')}
          problem={problem === undefined ? undefined : t(problem)}
        />
        <Button look="primary" type="submit" disabled={busy}>
          {t('groups.joinNow')}
        </Button>
      </form>
    </Page>
  );
}
