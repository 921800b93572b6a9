import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../kit/Page';
import { Section } from '../../kit/Section';
import { shortcuts } from '../shell/shortcuts';
import styles from './Settings.module.css';

/** Apple keyboards have another key for what others call Ctrl. */
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** What the keyboard does. */
export function Keys(): ReactNode {
  const { t } = useTranslation();
  return (
    <Page title={t('settings.keys.title')} back="/settings">
      <Section>
        {shortcuts.map(({ keys, does }) => (
          <div key={does} className={styles.keys}>
            <span>{t(does)}</span>
            <div>
              {keys.map((key) => (
                <kbd key={key}>{key === 'Mod' ? (isApple ? '⌘' : 'Ctrl') : key}</kbd>
              ))}
            </div>
          </div>
        ))}
      </Section>
    </Page>
  );
}
