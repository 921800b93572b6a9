import type { Browser } from 'playwright-core';
import { installed, installedFile } from './installed';

/** What keeps Chromium from asking anybody but the page under test. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps. Whether a page may use it is still asked.
  '--use-fake-device-for-media-stream',
  // A name that is not this machine's own for browsers: without HTTPS, pages from there may do less.
  '--host-resolver-rules=MAP parley.test 127.0.0.1',
];

/** Fonts without which Chinese and emoji are boxes on a bare machine: a file of each, and its package. */
const fonts = {
  '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc': 'fonts-noto-cjk',
  '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf': 'fonts-noto-color-emoji',
};

/** A headless Chromium of its own; installed where it is missing. */
export async function startChromium(): Promise<Browser> {
  const executablePath = await installed({ names: ['chromium', 'chromium-browser'], package: 'chromium' });
  // It is the largest package of all, and few tests need it.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args });
}

/** Installs the fonts that are missing. Where that cannot be, pages are as good, but for their looks. */
export async function installFonts(): Promise<void> {
  for (const [file, fromPackage] of Object.entries(fonts)) await installedFile(file, fromPackage).catch(() => undefined);
}
