import type { ReactNode } from 'react';
import { BookOpen, SquareTerminal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../kit/Page';
import { Fact, Section } from '../../kit/Section';
import { version } from '../../../../../package.json';
import styles from './Settings.module.css';

const links = [
  { href: '/ui', label: 'settings.console', Icon: SquareTerminal },
  { href: '/api/docs', label: 'settings.openApi', Icon: BookOpen },
] as const;

/** What this is, and what more there is at this server. */
export function About(): ReactNode {
  const { t } = useTranslation();
  return (
    <Page title={t('settings.about')} back="/settings">
      <Section>
        <Fact label={t('settings.app')}>Parley</Fact>
        <Fact label={t('settings.version')}>{version}</Fact>
        <Fact label={t('settings.server')}>{location.host}</Fact>
      </Section>
      <Section title={t('settings.developers')}>
        <div className={styles.links}>
          {links.map(({ href, label, Icon }) => (
            <a key={href} href={href} target="_blank" rel="noreferrer noopener">
              <Icon size={19} aria-hidden="true" />
              {t(label)}
            </a>
          ))}
        </div>
      </Section>
    </Page>
  );
}
