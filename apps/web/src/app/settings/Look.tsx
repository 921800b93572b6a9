import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, choose, language, languages } from '../../i18n';
import { Page } from '../../kit/Page';
import { Choice, Section } from '../../kit/Section';
import { type Theme, chooseTheme, theme } from '../../kit/theme';
import { useAct } from '../shell/act';

const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** Language and colours. */
export function Look(): ReactNode {
  const { t } = useTranslation();
  const { act } = useAct();
  const [chosen, setChosen] = useState(theme);
  return (
    <Page title={t('settings.look')} back="/settings">
      <Section hint={t('settings.lookHint')}>
        <Choice
          label={t('settings.language')}
          value={language()}
          options={Object.entries(languages)}
          onChange={(event) => {
            const next = event.currentTarget.value as Language;
            void act(() => choose(next));
          }}
        />
        <Choice
          label={t('settings.theme')}
          value={chosen}
          options={themes.map((one) => [one, t(`settings.themes.${one}`)])}
          onChange={(event) => {
            const next = event.currentTarget.value as Theme;
            chooseTheme(next);
            setChosen(next);
          }}
        />
      </Section>
    </Page>
  );
}
