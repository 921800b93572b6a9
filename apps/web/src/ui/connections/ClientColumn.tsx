import { X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { IconButton } from '../../kit/Button';
import { chooseClient, removeClient } from '../desk';
import type { ClientState, ConsoleClient } from './client';
import styles from './ClientColumn.module.css';
import { closeCode } from './close-codes';
import { ConnectForm } from './ConnectForm';
import { FrameLogView } from './FrameLogView';
import { StatusDot } from './StatusDot';

interface ClientColumnProps {
  readonly client: ConsoleClient;
  readonly isCurrent: boolean;
}

/** One connection: who it is, where it stands, and what goes over it. */
export function ClientColumn({ client, isCurrent }: ClientColumnProps): ReactNode {
  const { t } = useTranslation();
  const state = useStore(client.store);
  const { status, session, username, latencyMs, hasToken } = state;
  const isOn = status === 'online' || status === 'connecting' || status === 'waiting';
  return (
    <section
      className={styles.column}
      data-current={isCurrent}
      aria-label={t('ui.connection.name', { letter: client.letter })}
      onPointerDown={() => chooseClient(client)}
      onFocus={() => chooseClient(client)}
    >
      <header className={styles.head}>
        <span className={styles.letter}>{client.letter}</span>
        <span className={styles.who}>
          <strong title={username}>{username ?? session?.userId ?? t('ui.connection.nobody')}</strong>
          <span className={styles.status} role="status">
            <StatusDot status={status} /> <StatusText state={state} />
          </span>
        </span>
        {status === 'online' && latencyMs !== undefined && (
          <button type="button" className={styles.latency} title={t('ui.connection.ping')} onClick={() => void client.ping()}>
            {latencyMs.toFixed(1)} ms
          </button>
        )}
        {isOn ? (
          <button type="button" className={styles.small} onClick={() => client.disconnect()}>
            {t('ui.connection.disconnect')}
          </button>
        ) : (
          hasToken && (
            <button type="button" className={styles.small} onClick={() => client.again()}>
              {t('ui.connection.again')}
            </button>
          )
        )}
        <IconButton
          label={t('ui.connection.remove', { letter: client.letter })}
          className={styles.remove}
          onClick={() => removeClient(client)}
        >
          <X size={15} aria-hidden="true" />
        </IconButton>
      </header>
      {session && <Identity session={session} />}
      <CloseReason state={state} />
      {!hasToken && <ConnectForm client={client} />}
      {status === 'closed' && (
        <p className={styles.other}>
          <button type="button" className={styles.link} onClick={() => client.forget()}>
            {t('ui.connection.other')}
          </button>
        </p>
      )}
      <FrameLogView client={client} />
    </section>
  );
}

function Identity({ session }: { readonly session: NonNullable<ClientState['session']> }): ReactNode {
  const ids = { userId: session.userId, deviceId: session.deviceId, sessionId: session.sessionId ?? '—' };
  return (
    <dl className={styles.ids}>
      {Object.entries(ids).map(([name, id]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={id}>{id}</dd>
        </div>
      ))}
    </dl>
  );
}

function StatusText({ state: { status, retryAt } }: { readonly state: ClientState }): ReactNode {
  const { t } = useTranslation();
  const seconds = useSecondsUntil(status === 'waiting' ? retryAt : undefined);
  return seconds === undefined ? t(`ui.status.${status}`) : t('ui.status.waitingFor', { count: seconds });
}

/** Why the last socket went, in the words of the catalogue. */
function CloseReason({ state: { closed, status } }: { readonly state: ClientState }): ReactNode {
  const { t } = useTranslation();
  if (!closed || status === 'online') return null;
  const { code, reason } = closed;
  const known = code === undefined ? undefined : closeCode(code);
  return (
    <p className={styles.closed} role="alert">
      {code !== undefined && <strong>{[code, known?.name].filter(Boolean).join(' ')}</strong>}{' '}
      {known ? t(`ui.close.${known.name}`) : (reason ?? '')}
      {known && ` ${t(known.comeBack ? 'ui.connection.comesBack' : 'ui.connection.staysAway')}`}
    </p>
  );
}

function useSecondsUntil(at: number | undefined): number | undefined {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? undefined : Math.max(0, Math.ceil((at - now) / 1_000));
}
