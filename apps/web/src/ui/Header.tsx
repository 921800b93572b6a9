import { Activity, BookOpen, Eye, EyeOff, Moon, Plug, Sun, SunMoon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRoute } from 'wouter';
import { type Language, language, languages } from '../i18n';
import { type Theme, chooseTheme, theme } from '../kit/theme';
import { showSecrets, useDesk } from './desk';
import styles from './Header.module.css';
import { chooseLanguage } from './texts';

const places = [
  { path: '/', pattern: '/', text: 'ui.places.bench', Icon: Plug },
  { path: '/metrics', pattern: '/metrics', text: 'ui.places.metrics', Icon: Activity },
  { path: '/reference', pattern: '/reference/*?', text: 'ui.places.reference', Icon: BookOpen },
] as const;

/** Where one is, and how the console looks and speaks. */
export function Header(): ReactNode {
  const { t } = useTranslation();
  return (
    <header className={styles.header}>
      <span className={styles.brand}>
        <img src="/app/icon.svg" alt="" width="22" height="22" />
        <span className={styles.name}>{t('ui.title')}</span>
      </span>
      <nav className={styles.places} aria-label={t('ui.places.label')}>
        {places.map((place) => (
          <Place key={place.path} {...place} />
        ))}
      </nav>
      <div className={styles.settings}>
        <SecretsButton />
        <ThemeButton />
        <select
          className={styles.language}
          aria-label={t('ui.language')}
          value={language()}
          onChange={({ target }) => void chooseLanguage(target.value as Language)}
        >
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <a className={styles.app} href="/app">
          {t('ui.toApp')}
        </a>
      </div>
    </header>
  );
}

function Place({ path, pattern, text, Icon }: (typeof places)[number]): ReactNode {
  const { t } = useTranslation();
  const [isHere] = useRoute(pattern);
  return (
    <Link href={path} className={styles.place} aria-current={isHere ? 'page' : undefined} title={t(text)}>
      <Icon size={15} aria-hidden="true" />
      <span>{t(text)}</span>
    </Link>
  );
}

function SecretsButton(): ReactNode {
  const { t } = useTranslation();
  const shows = useDesk((desk) => desk.showsSecrets);
  const Icon = shows ? Eye : EyeOff;
  const label = t('ui.secrets');
  return (
    <button type="button" className={styles.icon} aria-pressed={shows} aria-label={label} title={label} onClick={() => showSecrets(!shows)}>
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}

const themes = { system: SunMoon, light: Sun, dark: Moon } as const satisfies Record<Theme, unknown>;

function ThemeButton(): ReactNode {
  const { t } = useTranslation();
  const [now, setNow] = useState(theme);
  const order = Object.keys(themes) as Theme[];
  const next = order[(order.indexOf(now) + 1) % order.length]!;
  const Icon = themes[now];
  const label = t(`ui.theme.${now}`);
  const change = () => {
    chooseTheme(next);
    setNow(next);
  };
  return (
    <button type="button" className={styles.icon} aria-label={label} title={label} onClick={change}>
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
