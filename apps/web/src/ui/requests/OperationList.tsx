import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation, Protocol } from './documents';
import styles from './OperationList.module.css';
import { operationsOf } from './protocol';
import { rawKey } from './requests';

interface OperationListProps {
  readonly protocol: Protocol;
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

/** Every action and every route, to be searched and chosen from. */
export function OperationList({ protocol, selected, onSelect }: OperationListProps): ReactNode {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  const groups = useMemo(() => grouped(operationsOf(protocol), wanted), [protocol, wanted]);
  return (
    <div className={styles.list}>
      <input
        type="search"
        className={styles.search}
        value={wanted}
        placeholder={t('ui.requests.search')}
        aria-label={t('ui.requests.search')}
        onChange={({ target }) => setWanted(target.value)}
      />
      <nav ref={list} className={styles.groups} aria-label={t('ui.requests.all')}>
        <button
          type="button"
          className={styles.operation}
          aria-current={selected === rawKey ? 'true' : undefined}
          onClick={() => onSelect(rawKey)}
        >
          <span className={`${styles.method} ${styles.ws}`}>WS</span>
          <span className={styles.name}>{t('ui.requests.raw')}</span>
        </button>
        {groups.map(([name, operations]) => (
          <section key={name}>
            <h2 className={styles.group}>{name === '' ? t('ui.requests.actions') : `/${name}`}</h2>
            {operations.map((operation) => (
              <button
                key={operation.key}
                type="button"
                className={styles.operation}
                aria-current={operation.key === selected ? 'true' : undefined}
                title={operation.summary}
                onClick={() => onSelect(operation.key)}
              >
                <Method operation={operation} />
                <span className={styles.name}>{operation.name}</span>
              </button>
            ))}
          </section>
        ))}
        {groups.length === 0 && <p className={styles.none}>{t('ui.requests.nothingFits')}</p>}
      </nav>
    </div>
  );
}

/** How an operation is asked for: `WS`, or the method of its route. */
export function Method({ operation }: { readonly operation: Operation }): ReactNode {
  const method = operation.kind === 'action' ? 'WS' : operation.method;
  return <span className={`${styles.method} ${styles[method.toLowerCase()] ?? ''}`}>{method === 'DELETE' ? 'DEL' : method}</span>;
}

/** Actions first, then routes by what they are about. */
function grouped(operations: readonly Operation[], wanted: string): [string, Operation[]][] {
  const text = wanted.trim().toLowerCase();
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const path = operation.kind === 'route' ? `${operation.method} ${operation.path}` : '';
    if (!`${operation.name} ${path} ${operation.summary}`.toLowerCase().includes(text)) continue;
    const name = operation.kind === 'route' ? operation.tag : '';
    groups.set(name, [...(groups.get(name) ?? []), operation]);
  }
  return [...groups];
}
