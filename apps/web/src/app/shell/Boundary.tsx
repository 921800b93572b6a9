import { Component, type ReactNode } from 'react';
import i18next from 'i18next';
import { Button } from '../../kit/Button';
import styles from './Boundary.module.css';

interface BoundaryProps {
  readonly children: ReactNode;
}

/** Shows what to do when a part of the page broke, or could not be loaded, in place of nothing at all. */
export class Boundary extends Component<BoundaryProps, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const what = isMissing(error) ? 'missing' : 'broken';
    return (
      <div className={styles.broken} role="alert">
        <h1>{i18next.t(`shell.${what}`)}</h1>
        <p>{i18next.t(`shell.${what}Hint`)}</p>
        <Button look="primary" onClick={() => location.reload()}>
          {i18next.t('shell.reload')}
        </Button>
        {what === 'broken' && <p className={styles.detail}>{error instanceof Error ? error.message : null}</p>}
      </div>
    );
  }
}

/** A part of the app could not be loaded; each browser says it in its own words. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|preload CSS|Importing a module script failed/i.test(error.message);
