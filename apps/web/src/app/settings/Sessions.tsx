import { type ReactNode, useState } from 'react';
import { Monitor, Plug } from 'lucide-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RouteAnswer } from '@app/sdk';
import { Button } from '../../kit/Button';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { Page } from '../../kit/Page';
import { Note, Section } from '../../kit/Section';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { browserOf, deviceWords } from '../session/device-name';
import { problemOf, useAct } from '../shell/act';
import { ago, dayAndTime } from '../users/when';

type Device = RouteAnswer<'devices'>['devices'][number];

const sessionsKey = ['sessions'];
const devicesKey = ['devices'];

/** Where this user is signed in, and to end it elsewhere; and which devices are connected. */
export function Sessions(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const { busy, act } = useAct();
  const [question, setQuestion] = useState<Question>();
  const { data, error } = useQuery({ queryKey: sessionsKey, queryFn: () => chat.client.request('sessions'), staleTime: 0 });
  const devices = useQuery({ queryKey: devicesKey, queryFn: () => chat.client.request('devices'), staleTime: 0 }).data?.devices ?? [];
  const sessions = data?.sessions ?? [];
  const known = new Set(sessions.map(({ deviceId }) => deviceId));
  const own = chat.client.session?.deviceId;
  const strangers = devices.filter(({ deviceId, online }) => online && deviceId !== own && !known.has(browserOf(deviceId)));
  const seen = (of: readonly Device[]) => {
    const last = Math.max(...of.map(({ lastSeenAt }) => lastSeenAt ?? 0));
    return of.some(({ online }) => online) ? t('people.online') : last > 0 ? t('people.seen', { when: ago(last) }) : undefined;
  };
  const about = ({ deviceId, createdAt }: (typeof sessions)[number]) => {
    const its = deviceId === null ? [] : devices.filter((device) => browserOf(device.deviceId) === deviceId);
    return [t('settings.since', { when: dayAndTime(createdAt) }), seen(its)].filter(Boolean).join(' · ');
  };
  const current = sessions.filter((one) => one.current);
  const others = sessions.filter((one) => !one.current);

  const revoke = (ids: readonly string[]) => async () => {
    await act(async () => {
      try {
        for (const id of ids) await chat.client.request('revokeSession', { params: { id } });
        tell(t('settings.revoked', { count: ids.length }), 'done');
      } finally {
        await Promise.all([sessionsKey, devicesKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
      }
    });
  };

  return (
    <Page title={t('settings.sessions')} back="/settings">
      {error && <Note>{t(problemOf(error))}</Note>}
      {!data && !error && <Note>{t('shell.loading')}</Note>}
      {current.length > 0 && (
        <Section title={t('settings.thisSession')}>
          {current.map((session) => (
            <Line
              key={session.id}
              start={<Glyph Icon={Monitor} />}
              title={session.deviceId === null ? t('settings.thisBrowser') : deviceWords(session.deviceId)}
              sub={about(session)}
            />
          ))}
        </Section>
      )}
      {data && (
        <Section title={t('settings.otherSessions')} hint={t('settings.sessionsHint')}>
          {others.length === 0 && <Note>{t('settings.noOtherSessions')}</Note>}
          {others.map((session) => (
            <Line
              key={session.id}
              start={<Glyph Icon={Monitor} />}
              title={session.deviceId === null ? t('settings.session') : deviceWords(session.deviceId)}
              sub={about(session)}
              end={
                <Button
                  disabled={busy}
                  onClick={() =>
                    setQuestion({
                      title: t('settings.revokeTitle'),
                      text: t('settings.revokeText'),
                      action: t('settings.revoke'),
                      onYes: revoke([session.id]),
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
      {strangers.length > 0 && (
        <Section title={t('settings.devices')} hint={t('settings.devicesHint')}>
          {strangers.map((device) => (
            <Line key={device.deviceId} start={<Glyph Icon={Plug} />} title={device.deviceId} sub={seen([device])} />
          ))}
        </Section>
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Page>
  );
}
