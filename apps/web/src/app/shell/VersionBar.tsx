import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNewVersion } from './version';
import styles from './ConnectionBar.module.css';

/** Says that the server has a newer app than the one that runs. */
export function VersionBar(): ReactNode {
  const { t } = useTranslation();
  const isNew = useNewVersion();
  return (
    <div role="status">
      {isNew && (
        <p className={styles.news}>
          {t('shell.newVersion')}{' '}
          <button type="button" onClick={() => location.reload()}>
            {t('shell.reload')}
          </button>
        </p>
      )}
    </div>
  );
}
