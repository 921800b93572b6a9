import { type FormEvent, type ReactNode, useState } from 'react';
import { LogOut } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RouteRequest } from '@app/sdk';
import { Button } from '../../kit/Button';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { CopyButton } from '../../kit/CopyButton';
import { Field } from '../../kit/Field';
import { Page } from '../../kit/Page';
import { Portrait } from '../../kit/Portrait';
import { ActionLine, Fact, Section } from '../../kit/Section';
import { tell } from '../../kit/toasts';
import { useAccount, useChat, useChatState } from '../chat-context';
import { problemOf } from '../shell/act';
import { useName, useUser, userKey } from '../users/names';
import { Picture } from '../users/Picture';
import styles from './Settings.module.css';

/** How others see this user. */
export function Profile(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const account = useAccount();
  const queries = useQueryClient();
  const { userId } = chat;
  const name = useName(userId);
  const user = useUser(userId);
  const waiting = useChatState(({ outbox }) => outbox.filter(({ storedSeq }) => storedSeq === undefined).length);
  const [question, setQuestion] = useState<Question>();
  const change = async (body: RouteRequest<'updateMe'>['body']) =>
    queries.setQueryData(userKey(userId), await chat.client.request('updateMe', { body }));

  return (
    <Page title={t('settings.profile')} back="/settings">
      <Portrait id={userId} name={name} url={user?.avatarUrl} sub={user?.username ? `@${user.username}` : undefined} />
      {user && <Picture hasOne={user.avatarUrl !== null} onChange={(avatarFileId) => change({ avatarFileId })} />}
      {user && <Nickname key={user.nickname} nickname={user.nickname} onChange={(nickname) => change({ nickname })} />}
      <Section>
        <Fact label={t('people.userId')} end={<CopyButton label={t('people.copyId')} text={userId} />}>
          {userId}
        </Fact>
      </Section>
      <Section>
        <ActionLine
          Icon={LogOut}
          label={t('settings.signOut')}
          danger
          onClick={() =>
            setQuestion({
              title: t('settings.signOutTitle'),
              text: waiting > 0 ? t('settings.signOutWaiting', { count: waiting }) : t('settings.signOutText'),
              action: t('settings.signOut'),
              onYes: () => account.signOut(),
            })
          }
        />
      </Section>
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Page>
  );
}

function Nickname({
  nickname,
  onChange,
}: {
  readonly nickname: string;
  readonly onChange: (nickname: string) => Promise<unknown>;
}): ReactNode {
  const { t } = useTranslation();
  const [value, setValue] = useState(nickname);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (value.trim() === '') return setProblem('signIn.bad.nickname');
    setBusy(true);
    setProblem(undefined);
    try {
      await onChange(value.trim());
      tell(t('kit.saved'), 'done');
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={styles.inline} onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('signIn.nickname')}
        value={value}
        maxLength={64}
        autoComplete="nickname"
        onChange={(event) => setValue(event.currentTarget.value)}
        problem={problem === undefined ? undefined : t(problem)}
      />
      <Button look="primary" type="submit" disabled={busy || value.trim() === nickname}>
        {t('kit.save')}
      </Button>
    </form>
  );
}
