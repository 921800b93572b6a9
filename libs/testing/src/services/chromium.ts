import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { installed } from './installed';

/** What keeps Chromium from asking anybody but the page under test. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Fonts without which Chinese and emoji are boxes on a bare machine, by a file of each. */
const fonts = [
  { file: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc', package: 'fonts-noto-cjk' },
  { file: '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf', package: 'fonts-noto-color-emoji' },
];

/** A headless Chromium of its own; installed where it is missing. */
export async function startChromium(): Promise<Browser> {
  const executablePath = await installed({ names: ['chromium', 'chromium-browser'], package: 'chromium' });
  return chromium.launch({ executablePath, args });
}

/** The packages of fonts that are missing. */
export const missingFonts = (): string[] => fonts.filter(({ file }) => !existsSync(file)).map((font) => font.package);
