import { Component, type ReactNode } from 'react';
import { withTranslation, type WithTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import styles from './widgets.module.css';

interface BoundaryProps extends WithTranslation {
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly problem?: string;
}

class BoundaryView extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = {};

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    const { t, children } = this.props;
    if (problem === undefined) return children;
    return (
      <div className={styles.broken} role="alert">
        <p>{t('ui.broken', { problem })}</p>
        <Button onClick={() => this.setState({ problem: undefined })}>{t('ui.again')}</Button>
      </div>
    );
  }
}

/** Says what went wrong within it, instead of showing nothing; connections and their logs live on. */
export const Boundary = withTranslation()(BoundaryView);
