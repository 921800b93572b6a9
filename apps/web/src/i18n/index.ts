import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { keep, kept } from '../kit/kept';
import en from './en.json';
import { isolated } from './isolated';

/** Languages of the pages, by their own names. */
export const languages = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof languages;

const key = 'parley.language';

/** Loads the language that was chosen here, or the first of the browser's that there is. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React writes text, never HTML; but a name can turn the direction of what stands behind it.
    interpolation: { escape: isolated },
  });
  // Without a network a language may be out of reach; that is no reason to show nothing.
  await speak(chosen()).catch(() => undefined);
}

/** The language in use. */
export const language = (): Language => (i18next.language in languages ? (i18next.language as Language) : 'en');

/** Changes the language and keeps it for the next visit. */
export async function choose(next: Language): Promise<void> {
  keep(key, next);
  await speak(next);
}

/** The texts of what is not shown at first: people, groups, settings. */
const placesTexts = {
  en: () => import('./places.en.json'),
  'zh-CN': () => import('./places.zh-CN.json'),
} as const;
let needsPlaces = false;

/** Loads the texts of people, groups and settings, in the language in use and in those that come. */
export async function loadPlacesTexts(): Promise<void> {
  needsPlaces = true;
  // What is missing in another language is said in English.
  await Promise.all([...new Set<Language>(['en', language()])].map(addPlacesTexts));
}

async function addPlacesTexts(next: Language): Promise<void> {
  if (i18next.getResource(next, 'translation', 'people') !== undefined) return;
  i18next.addResourceBundle(next, 'translation', (await placesTexts[next]()).default, true);
}

async function speak(next: Language): Promise<void> {
  if (next === 'zh-CN' && !i18next.hasResourceBundle(next, 'translation')) {
    i18next.addResourceBundle(next, 'translation', (await import('./zh-CN.json')).default);
  }
  if (needsPlaces) await addPlacesTexts(next);
  await i18next.changeLanguage(next);
  document.documentElement.lang = next;
}

function chosen(): Language {
  const before = kept(key);
  if (before !== null && Object.hasOwn(languages, before)) return before as Language;
  return navigator.languages.some((one) => one.toLowerCase().startsWith('zh')) && !navigator.languages[0]?.startsWith('en')
    ? 'zh-CN'
    : 'en';
}
