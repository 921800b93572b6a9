import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat, useChatState } from '../chat-context';
import styles from './ConnectionBar.module.css';

/** A connection that is there again so soon (ms) is not worth a word. */
const quietMs = 700;

/** A wait of so many seconds is worth a button that ends it. */
const longSeconds = 2;
/** The server has said when to come back: to try sooner would be in vain. */
const restarting = 1012;

/** Says how the connection stands, while it is not simply there, and offers what can be done about it. */
export function ConnectionBar(): ReactNode {
  const { t } = useTranslation();
  const { client } = useChat();
  const { state, retryAt, closeCode } = useChatState(({ connection }) => connection);
  const isAway = useLasting(state !== 'online', quietMs);
  const seconds = useSecondsUntil(state === 'waiting' ? retryAt : undefined);
  const says = !isAway
    ? undefined
    : state === 'closed'
      ? t(closeCode === 4502 ? 'connection.replaced' : 'connection.closed')
      : seconds !== undefined && seconds > 0
        ? t('connection.waiting', { count: seconds })
        : t('connection.connecting');
  const act =
    state === 'closed'
      ? { label: t('shell.reload'), run: () => location.reload() }
      : seconds !== undefined && seconds >= longSeconds && closeCode !== restarting
        ? { label: t('connection.now'), run: () => client.wake() }
        : undefined;
  return (
    <div role="status" aria-live="polite">
      {says !== undefined && (
        <p className={styles.bar}>
          {says}{' '}
          {act && (
            <button type="button" onClick={act.run}>
              {act.label}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** Whether something has been so for some time. */
function useLasting(isSo: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) return setLasts(false);
    const timer = setTimeout(() => setLasts(true), ms);
    return () => clearTimeout(timer);
  }, [isSo, ms]);
  return isSo && lasts;
}

/** Whole seconds until a moment, counted down. */
function useSecondsUntil(at: number | undefined): number | undefined {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? undefined : Math.ceil((at - now) / 1000);
}
