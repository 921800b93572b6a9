import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Bench.module.css';
import { ClientColumn } from './connections/ClientColumn';
import { ClientTab } from './connections/ClientTab';
import { Welcome } from './connections/Welcome';
import { addClient, bringToFront, chooseClient, maxClients, useDesk } from './desk';
import { RequestPane } from './requests/RequestPane';
import { Plus } from 'lucide-react';

/** Requests on one side, connections side by side on the other; on a phone one of them at a time. */
export function Bench(): ReactNode {
  const { t } = useTranslation();
  const clients = useDesk((desk) => desk.clients);
  const currentId = useDesk((desk) => desk.currentId);
  const front = useDesk((desk) => desk.front);
  return (
    <div className={styles.bench} data-front={front} data-many={clients.length > 2}>
      <h1 className="visually-hidden">{t('ui.places.bench')}</h1>
      <div className={styles.tabs} role="group" aria-label={t('ui.tabs')}>
        <button type="button" className={styles.tab} aria-pressed={front === 'requests'} onClick={() => bringToFront('requests')}>
          {t('ui.requests.title')}
        </button>
        {clients.map((client) => (
          <ClientTab
            key={client.id}
            client={client}
            selected={front === 'connection' && client.id === currentId}
            onSelect={() => {
              chooseClient(client);
              bringToFront('connection');
            }}
          />
        ))}
        {clients.length < maxClients && (
          <button
            type="button"
            className={styles.add}
            aria-label={t('ui.connection.add')}
            title={t('ui.connection.add')}
            onClick={addAndChoose}
          >
            <Plus size={15} aria-hidden="true" />
          </button>
        )}
      </div>
      <RequestPane className={styles.requests} />
      <section className={styles.connections} aria-label={t('ui.connection.all')}>
        <Welcome />
        <div className={styles.columns}>
          {clients.map((client) => (
            <ClientColumn key={client.id} client={client} isCurrent={client.id === currentId} />
          ))}
        </div>
      </section>
    </div>
  );
}

function addAndChoose(): void {
  const client = addClient();
  if (client) chooseClient(client);
}
