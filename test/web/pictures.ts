import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Where pictures of the screens go, if anywhere: `npm run screenshots` makes those that the documents show, in docs/images. */
const { SCREENSHOTS: folder } = process.env;
const root = join(__dirname, '../..');

/** Those that the documents show. */
const shown: Readonly<Record<string, string>> = {
  'light: a group': 'app.png',
  'dark: the details of a group': 'app-dark.png',
  'Chinese: a group': 'app-chinese.png',
  'a phone: a group': 'app-phone.png',
  'a phone: the conversations': 'app-phone-list.png',
  'light: the console': 'console.png',
  'dark: the metrics': 'console-metrics.png',
};

/** Whether pictures are made, so that it is worth to wait until there is something on them. */
export const arePicturesWanted = folder !== undefined;

/** Keeps a picture of a screen, if it is wanted: the one that the documents show, or each under its own name. */
export async function keepPicture(page: Page, screen: string): Promise<void> {
  if (folder === undefined) return;
  const name = folder === 'docs/images' ? shown[screen] : `${screen.replace(/\W+/g, '-')}.png`;
  if (name === undefined) return;
  mkdirSync(join(root, folder), { recursive: true });
  await page.screenshot({ path: join(root, folder, name) });
}
