import { type ReactNode, useId } from 'react';
import styles from './Side.module.css';

interface SideProps {
  readonly title: string;
  readonly actions?: ReactNode;
  /** Stays where it is while the list scrolls. */
  readonly top?: ReactNode;
  readonly children: ReactNode;
}

/** A list beside what is open: its title, what can be done, and what scrolls. */
export function Side({ title, actions, top, children }: SideProps): ReactNode {
  const id = useId();
  return (
    <section className={styles.side} aria-labelledby={id}>
      <header className={styles.bar}>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {top !== undefined && <div className={styles.top}>{top}</div>}
      <div className={styles.body}>{children}</div>
    </section>
  );
}

/** The title of a part of a list. */
export function SideHeading({ children }: { readonly children: ReactNode }): ReactNode {
  return <h3 className={styles.heading}>{children}</h3>;
}

/** How many wait. */
export function Count({ children, loud }: { readonly children: number; readonly loud?: boolean }): ReactNode {
  return (
    <span className={styles.count} data-loud={loud}>
      {children}
    </span>
  );
}
