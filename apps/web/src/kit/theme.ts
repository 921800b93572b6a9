import { keep, kept } from './kept';

/** How the pages look: as the system says, or as was chosen. */
export type Theme = 'system' | 'light' | 'dark';

const key = 'parley.theme';

/** The theme that was chosen in this browser. */
export function theme(): Theme {
  const chosen = kept(key);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

/** Changes the theme and keeps it for the next visit. */
export function chooseTheme(next: Theme): void {
  keep(key, next);
  applyTheme();
}

/** Shows the page in the theme that was chosen. */
export function applyTheme(): void {
  const chosen = theme();
  document.documentElement.dataset.theme = chosen;
  // The frame that a phone draws around the page goes with what was chosen here.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.dataset.of ??= meta.media;
    meta.media = chosen === 'system' ? meta.dataset.of : meta.dataset.of.includes(chosen) ? '' : 'not all';
  }
}
