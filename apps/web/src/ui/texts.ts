import i18next from 'i18next';
import { type Language, choose, language, startI18n } from '../i18n';
import en from '../i18n/ui.en.json';

/** Loads the texts of the console beside those of both pages. */
export async function startTexts(): Promise<void> {
  await startI18n();
  i18next.addResourceBundle('en', 'translation', en, true);
  await load(language());
}

/** Changes the language and keeps it for the next visit. */
export async function chooseLanguage(next: Language): Promise<void> {
  await load(next);
  await choose(next);
  // The texts of both pages came with the choice, and stand beside these.
  await load(next);
}

async function load(next: Language): Promise<void> {
  if (next !== 'zh-CN' || !i18next.hasResourceBundle(next, 'translation')) return;
  if (i18next.exists('ui.title', { lng: next, fallbackLng: [] })) return;
  i18next.addResourceBundle(next, 'translation', (await import('../i18n/ui.zh-CN.json')).default, true);
  await i18next.changeLanguage(next);
}
