import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { Button } from '../../kit/Button';
import type { Protocol } from '../requests/documents';
import { Method } from '../requests/OperationList';
import { loadProtocol, useProtocol } from '../requests/protocol';
import { Codes } from './Codes';
import { type Entry, entriesOf, found, placeOf } from './entries';
import { EntryPage } from './EntryPage';
import { Overview } from './Overview';
import styles from './Reference.module.css';

const kinds = ['codes', 'action', 'event', 'object', 'route'] as const satisfies readonly Entry['kind'][];

/** The protocol to be read: everything that the documents of the server say, and links to the documents themselves. */
export function Reference(): ReactNode {
  const { t } = useTranslation();
  const { protocol, problem } = useProtocol();
  useEffect(() => void loadProtocol(), []);
  if (protocol) return <Pages protocol={protocol} />;
  return (
    <div className={styles.wait}>
      <p role="status">{problem === undefined ? t('ui.loading') : t('ui.requests.noDocuments', { problem })}</p>
      {problem !== undefined && <Button onClick={() => void loadProtocol()}>{t('ui.again')}</Button>}
    </div>
  );
}

function Pages({ protocol }: { readonly protocol: Protocol }): ReactNode {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const path = useParams()['*'] ?? '';
  const entries = useMemo(() => entriesOf(protocol), [protocol]);
  const shown = useMemo(() => found(entries, wanted), [entries, wanted]);
  const here = entries.find((entry) => placeOf(entry) === `/reference/${path}`);
  return (
    <div className={styles.reference} data-here={here !== undefined}>
      <aside className={styles.side}>
        <input
          type="search"
          className={styles.search}
          placeholder={t('ui.reference.search')}
          aria-label={t('ui.reference.search')}
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
        />
        <nav className={styles.list} aria-label={t('ui.reference.title')}>
          <Link href="/reference" className={styles.entry} aria-current={here ? undefined : 'page'}>
            {t('ui.reference.overview')}
          </Link>
          {kinds.map((kind) => (
            <Group key={kind} kind={kind} entries={shown.filter((entry) => entry.kind === kind)} here={here} />
          ))}
          {shown.length === 0 && <p className={styles.none}>{t('ui.requests.nothingFits')}</p>}
        </nav>
      </aside>
      <article className={styles.page} key={path}>
        {here && (
          <Link href="/reference" className={styles.back}>
            <ArrowLeft size={14} aria-hidden="true" /> {t('ui.reference.title')}
          </Link>
        )}
        {!here ? (
          <Overview protocol={protocol} />
        ) : here.kind === 'codes' ? (
          <Codes which={here.name} protocol={protocol} />
        ) : (
          <EntryPage entry={here} protocol={protocol} />
        )}
      </article>
    </div>
  );
}

interface GroupProps {
  readonly kind: Entry['kind'];
  readonly entries: readonly Entry[];
  readonly here: Entry | undefined;
}

function Group({ kind, entries, here }: GroupProps): ReactNode {
  const { t } = useTranslation();
  if (entries.length === 0) return null;
  return (
    <section>
      <h2 className={styles.group}>{t(`ui.reference.kinds.${kind}`)}</h2>
      {entries.map((entry) => (
        <Link key={entry.name} href={placeOf(entry)} className={styles.entry} aria-current={entry === here ? 'page' : undefined}>
          {(entry.kind === 'route' || entry.kind === 'action') && <Method operation={entry.of} />}
          <span>{entry.kind === 'codes' ? t(`ui.reference.${entry.name}`) : entry.name}</span>
        </Link>
      ))}
    </section>
  );
}
