import { Sparkles } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Button } from '../../kit/Button';
import { addClient, chooseClient, maxClients, startDemo, useDesk } from '../desk';
import type { ConsoleClient } from './client';
import styles from './Welcome.module.css';

/** What one can begin with: two demo users by one click, while nobody is connected; and one more connection. */
export function Welcome(): ReactNode {
  const { t } = useTranslation();
  const clients = useDesk((desk) => desk.clients);
  const { step, problem } = useDesk((desk) => desk.demo);
  const isFresh = useAllIdle(clients);
  const add = () => {
    const client = addClient();
    if (client) chooseClient(client);
  };
  return (
    <div className={styles.bar} data-fresh={isFresh} data-quiet={!isFresh && step === undefined && problem === undefined}>
      {isFresh && <p className={styles.lead}>{t('ui.demo.lead')}</p>}
      {step !== undefined && (
        <p className={styles.step} role="status">
          {t(`ui.demo.${step}`)}
        </p>
      )}
      {problem !== undefined && (
        <p className={styles.problem} role="alert">
          {problem === 'full' ? t('ui.demo.full') : t('ui.demo.failed', { problem })}
        </p>
      )}
      <span className={styles.actions}>
        <Button
          look={isFresh ? 'primary' : 'plain'}
          className={styles.button}
          disabled={step !== undefined}
          onClick={() => void startDemo()}
        >
          <Sparkles size={14} aria-hidden="true" /> {t('ui.demo.start')}
        </Button>
        <Button className={styles.button} disabled={clients.length >= maxClients} onClick={add}>
          {t('ui.connection.add')}
        </Button>
      </span>
    </div>
  );
}

function useAllIdle(clients: readonly ConsoleClient[]): boolean {
  // As many hooks as there may be connections, whatever their number is now.
  const [one, two, three, four] = Array.from({ length: maxClients }, (_, index) => clients[index] ?? clients[0]!);
  const idle = [useStore(one!.store), useStore(two!.store), useStore(three!.store), useStore(four!.store)];
  return idle.every(({ status }) => status === 'idle');
}
