import { type ReactNode, useEffect, useRef } from 'react';
import { ArrowLeft, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import styles from './Page.module.css';

interface PageProps {
  readonly title: string;
  /** Where the arrow leads that phones show. */
  readonly back: string;
  /** Where the cross leads, which wide screens show in place of the arrow. */
  readonly close?: string | undefined;
  readonly actions?: ReactNode;
  /** Whether the arrow is there on wide screens too: the page is below another one. */
  readonly isBelow?: boolean;
  /** Whether the page fills the height and scrolls by itself. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** A page in the main part: a bar with its title, which takes the focus when somebody came here by a link or a button, and what scrolls below. */
export function Page({ title, back, close, actions, isBelow, fills, children }: PageProps): ReactNode {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Somebody who is writing already, or came with the first load, is not interrupted.
    if (document.activeElement?.matches('a, button')) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <Link href={back} className={styles.back} data-below={isBelow} aria-label={t('kit.back')}>
          <ArrowLeft size={20} aria-hidden="true" />
        </Link>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions}
        {close !== undefined && (
          <Link href={close} className={styles.close} aria-label={t('kit.close')}>
            <X size={20} aria-hidden="true" />
          </Link>
        )}
      </header>
      {fills ? (
        <div className={styles.filled}>{children}</div>
      ) : (
        <div className={styles.body}>
          <div className={styles.column}>{children}</div>
        </div>
      )}
    </div>
  );
}
