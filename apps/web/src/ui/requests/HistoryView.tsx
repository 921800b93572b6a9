import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../desk';
import { mask } from '../secrets';
import type { Operation } from './documents';
import styles from './HistoryView.module.css';
import { Method } from './OperationList';
import { type Sent, choose, clearHistory, send, useRequests } from './requests';

interface HistoryViewProps {
  readonly operations: readonly Operation[];
}

/** What was asked for in this tab, the newest first: to be opened in its form, or sent again as it was. */
export function HistoryView({ operations }: HistoryViewProps): ReactNode {
  const { t } = useTranslation();
  const history = useRequests((requests) => requests.history);
  if (history.length === 0) return <p className={styles.empty}>{t('ui.history.empty')}</p>;
  return (
    <div className={styles.history}>
      <ul className={styles.list}>
        {history.map((sent) => {
          const operation = operations.find(({ key }) => key === sent.key);
          return operation && <Line key={sent.id} sent={sent} operation={operation} />;
        })}
      </ul>
      <button type="button" className={styles.clear} onClick={clearHistory}>
        {t('ui.history.clear')}
      </button>
    </div>
  );
}

interface LineProps {
  readonly sent: Sent;
  readonly operation: Operation;
}

function Line({ sent, operation }: LineProps): ReactNode {
  const { t } = useTranslation();
  const client = useDesk((desk) => desk.clients.find(({ letter }) => letter === sent.letter) ?? desk.clients[0]!);
  const text = JSON.stringify(sent.value);
  return (
    <li className={styles.line}>
      <button type="button" className={styles.open} title={t('ui.history.open')} onClick={() => choose(sent.key, sent.value)}>
        <span className={styles.what}>
          <Method operation={operation} />
          <strong>{operation.name}</strong>
          <span className={styles.code} data-ok={sent.ok}>
            {sent.code}
          </span>
          <span className={styles.when}>{`${sent.letter} · ${sent.tookMs.toFixed(1)} ms · ${new Date(sent.at).toLocaleTimeString()}`}</span>
        </span>
        <code className={styles.value}>{text}</code>
      </button>
      {/* What was hidden before it was kept cannot be sent again. */}
      <button
        type="button"
        className={styles.again}
        disabled={text.includes(mask)}
        onClick={() => void send(client, operation, sent.value)}
      >
        {t('ui.history.again')}
      </button>
    </li>
  );
}
