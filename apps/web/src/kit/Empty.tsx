import type { ReactNode } from 'react';
import styles from './Empty.module.css';

interface EmptyProps {
  readonly Icon: React.ComponentType<{ readonly size?: number; readonly strokeWidth?: number }>;
  /** The heading of the page, for screen readers. */
  readonly title: string;
  readonly children: ReactNode;
}

/** What a page says that has nothing to show. */
export function Empty({ Icon, title, children }: EmptyProps): ReactNode {
  return (
    <div className={styles.empty}>
      <h1 className="visually-hidden">{title}</h1>
      <span aria-hidden="true">
        <Icon size={40} strokeWidth={1.5} />
      </span>
      <p>{children}</p>
    </div>
  );
}
