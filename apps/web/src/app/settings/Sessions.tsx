import { type ReactNode, useState } from 'react';
import { Monitor } from 'lucide-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { Page } from '../../kit/Page';
import { Note, Section } from '../../kit/Section';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { problemOf, useAct } from '../shell/act';
import { ago, dayAndTime } from '../users/when';

const sessionsKey = ['sessions'];

/** Where this user is signed in, and to end it elsewhere; and which devices are connected. */
export function Sessions(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const { busy, act } = useAct();
  const [question, setQuestion] = useState<Question>();
  const { data, error } = useQuery({ queryKey: sessionsKey, queryFn: () => chat.client.request('sessions'), staleTime: 0 });
  const sessions = data?.sessions ?? [];
  const current = sessions.filter((one) => one.current);
  const others = sessions.filter((one) => !one.current);

  const revoke = (ids: readonly string[]) => async () => {
    await act(async () => {
      try {
        for (const id of ids) await chat.client.request('revokeSession', { params: { id } });
        tell(t('settings.revoked', { count: ids.length }), 'done');
      } finally {
        await queries.invalidateQueries({ queryKey: sessionsKey });
      }
    });
  };

  return (
    <Page title={t('settings.sessions')} back="/settings">
      {error && <Note>{t(problemOf(error))}</Note>}
      {!data && !error && <Note>{t('shell.loading')}</Note>}
      {current.length > 0 && (
        <Section title={t('settings.thisSession')}>
          {current.map(({ id, createdAt }) => (
            <Line
              key={id}
              start={<Glyph Icon={Monitor} />}
              title={t('settings.thisBrowser')}
              sub={t('settings.since', { when: dayAndTime(createdAt) })}
            />
          ))}
        </Section>
      )}
      {data && (
        <Section title={t('settings.otherSessions')} hint={t('settings.sessionsHint')}>
          {others.length === 0 && <Note>{t('settings.noOtherSessions')}</Note>}
          {others.map(({ id, deviceId, createdAt }) => (
            <Line
              key={id}
              start={<Glyph Icon={Monitor} />}
              title={deviceId ?? t('settings.session')}
              sub={t('settings.since', { when: dayAndTime(createdAt) })}
              end={
                <Button
                  disabled={busy}
                  onClick={() =>
                    setQuestion({
                      title: t('settings.revokeTitle'),
                      text: t('settings.revokeText'),
                      action: t('settings.revoke'),
                      onYes: revoke([id]),
                    })
                  }
                >
                  {t('settings.revoke')}
                </Button>
              }
            />
          ))}
        </Section>
      )}
      {others.length > 1 && (
        <Button
          look="danger"
          disabled={busy}
          onClick={() =>
            setQuestion({
              title: t('settings.revokeAllTitle', { count: others.length }),
              text: t('settings.revokeText'),
              action: t('settings.revokeAll'),
              onYes: revoke(others.map(({ id }) => id)),
            })
          }
        >
          {t('settings.revokeAll')}
        </Button>
      )}
      <Devices />
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Page>
  );
}

function Devices(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { data } = useQuery({ queryKey: ['devices'], queryFn: () => chat.client.request('devices'), staleTime: 0 });
  if (!data || data.devices.length === 0) return null;
  return (
    <Section title={t('settings.devices')}>
      {data.devices.map(({ deviceId, online, lastSeenAt }) => (
        <Line
          key={deviceId}
          title={deviceId === chat.client.session?.deviceId ? t('settings.thisTab') : deviceId}
          sub={online ? t('people.online') : lastSeenAt === null ? undefined : t('people.seen', { when: ago(lastSeenAt) })}
        />
      ))}
    </Section>
  );
}
