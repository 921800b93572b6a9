import type { ReactNode } from 'react';
import type { ClientState } from './client';
import styles from './StatusDot.module.css';

/** A light that says where a connection stands; the words are beside it. */
export function StatusDot({ status }: Pick<ClientState, 'status'>): ReactNode {
  return <span className={`${styles.dot} ${styles[status]}`} aria-hidden="true" />;
}
