import type { ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './Line.module.css';

interface LineProps {
  readonly start?: ReactNode;
  readonly title: ReactNode;
  readonly sub?: ReactNode;
  /** At its end, outside of what is clicked: buttons, a badge. */
  readonly end?: ReactNode;
  /** Where it leads. */
  readonly href?: string | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly current?: boolean | undefined;
  /** Whether it is chosen, where a click chooses it. */
  readonly pressed?: boolean | undefined;
}

/** A line of a list: a picture, a name, something about it, and what can be done with it. */
export function Line({ start, title, sub, end, href, onClick, current, pressed }: LineProps): ReactNode {
  const inside = (
    <>
      {start}
      <span className={styles.words}>
        <span className={styles.title}>{title}</span>
        {sub !== undefined && sub !== '' && <span className={styles.sub}>{sub}</span>}
      </span>
    </>
  );
  return (
    <div className={styles.line} data-leads={href !== undefined || onClick !== undefined} data-current={current}>
      {href !== undefined ? (
        <Link href={href} className={styles.main} aria-current={current ? 'page' : undefined}>
          {inside}
        </Link>
      ) : onClick ? (
        <button type="button" className={styles.main} aria-pressed={pressed} onClick={onClick}>
          {inside}
        </button>
      ) : (
        <div className={styles.main}>{inside}</div>
      )}
      {end !== undefined && <div className={styles.end}>{end}</div>}
    </div>
  );
}
