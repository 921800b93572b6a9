import { List, X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { HistoryView } from './HistoryView';
import { OperationList } from './OperationList';
import { loadProtocol, operationsOf, useProtocol } from './protocol';
import { RawFrame } from './RawFrame';
import { RequestForm } from './RequestForm';
import styles from './RequestPane.module.css';
import { choose, rawKey, show, useRequests } from './requests';

interface RequestPaneProps {
  readonly className?: string | undefined;
}

/** Every request that there is, and the form of the one that was chosen. */
export function RequestPane({ className = '' }: RequestPaneProps): ReactNode {
  const { t } = useTranslation();
  const { protocol, problem } = useProtocol();
  const key = useRequests((requests) => requests.key);
  const count = useRequests((requests) => requests.history.length);
  const [isListOpen, setListOpen] = useState(false);
  const shows = useRequests((requests) => requests.shows);
  useEffect(() => void loadProtocol(), []);
  if (!protocol) {
    return (
      <section className={`${styles.pane} ${className}`} aria-label={t('ui.requests.title')}>
        <div className={styles.wait}>
          <p role="status">{problem === undefined ? t('ui.loading') : t('ui.requests.noDocuments', { problem })}</p>
          {problem !== undefined && <Button onClick={() => void loadProtocol()}>{t('ui.again')}</Button>}
        </div>
      </section>
    );
  }
  const operations = operationsOf(protocol);
  const operation = operations.find((one) => one.key === key) ?? operations[0]!;
  return (
    <section className={`${styles.pane} ${className}`} aria-label={t('ui.requests.title')}>
      <div className={styles.inside} data-list={isListOpen}>
        <div className={styles.side}>
          <OperationList
            protocol={protocol}
            selected={key === rawKey ? rawKey : operation.key}
            onSelect={(one) => {
              choose(one);
              setListOpen(false);
            }}
          />
        </div>
        <div className={styles.work}>
          <div className={styles.bar}>
            <button type="button" className={styles.open} aria-expanded={isListOpen} onClick={() => setListOpen(!isListOpen)}>
              {isListOpen ? <X size={14} aria-hidden="true" /> : <List size={14} aria-hidden="true" />} {t('ui.requests.all')}
            </button>
            <div className={styles.views} role="group" aria-label={t('ui.requests.view')}>
              {(['form', 'history'] as const).map((view) => (
                <button key={view} type="button" className={styles.view} aria-pressed={shows === view} onClick={() => show(view)}>
                  {t(`ui.requests.views.${view}`)}
                  {view === 'history' && count > 0 && <span className={styles.count}>{count}</span>}
                </button>
              ))}
            </div>
          </div>
          {shows === 'form' && key === rawKey ? (
            <RawFrame />
          ) : shows === 'form' ? (
            <RequestForm key={operation.key} operation={operation} protocol={protocol} />
          ) : (
            <HistoryView operations={operations} />
          )}
        </div>
      </div>
    </section>
  );
}
