import type { Page } from 'playwright-core';
import { eventually } from '@app/testing';
import { barriers } from './axe';
import { keepPicture } from './pictures';
import { type Scene, setScene } from './scene';
import { type Setting, Site } from './site';

const patienceMs = 180_000;

const settings: Readonly<Record<string, Setting>> = {
  light: {},
  dark: { colorScheme: 'dark' },
  Chinese: { locale: 'zh-CN' },
  'a phone': { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

type Screen = readonly [name: string, path: (scene: Scene) => string];

const screens: readonly Screen[] = [
  ['the conversations', () => '/app'],
  ['a group', ({ group }) => `/app/c/${encodeURIComponent(group)}`],
  ['the details of a group', ({ group }) => `/app/c/${encodeURIComponent(group)}/details`],
  ['the files of a group', ({ group }) => `/app/c/${encodeURIComponent(group)}/details/files`],
  ['a talk with a film and a recording', ({ talk }) => `/app/c/${encodeURIComponent(talk)}`],
  ['people', () => '/app/people'],
  ['somebody', ({ friend }) => `/app/people/u/${friend}`],
  ['requests', () => '/app/people/requests'],
  ['who is blocked', () => '/app/people/blocked'],
  ['a new group', () => '/app/people/new-group'],
  ['joining a group', () => '/app/people/join'],
  ['what was saved', () => '/app/saved'],
  ['a film that was saved', ({ saved }) => `/app/saved/${saved}`],
  ['the profile', () => '/app/settings/profile'],
  ['language and colours', () => '/app/settings/look'],
  ['notifications', () => '/app/settings/notifications'],
  ['sessions', () => '/app/settings/sessions'],
  ['the keyboard', () => '/app/settings/keys'],
  ['about', () => '/app/settings/about'],
];

describe('every screen', () => {
  let site: Site;
  let scene: Scene;
  beforeAll(async () => {
    site = await Site.start();
    scene = await setScene(site);
  }, patienceMs);
  afterAll(() => site?.remove());

  /** Nothing is on its way any more, and no more than that moves. */
  async function settled(page: Page): Promise<void> {
    await page.waitForLoadState('networkidle');
    await eventually(
      async () => (await page.locator('[aria-busy="true"]').count()) === 0,
      () => 'everything to be loaded',
    );
  }

  it.each(Object.entries(settings))(
    'can be used by everybody, and fits: %s',
    async (name, setting) => {
      const page = await site.visit(setting);
      await page.goto(`${site.address()}/app`);
      await page.locator('form').waitFor();
      const found: Record<string, readonly string[]> = { 'signing in': await barriers(page) };
      await page.locator('form button[type=button]').last().click();
      found['signing up'] = await barriers(page);
      await page.locator('form button[type=button]').last().click();
      await scene.ada.enter(page);
      for (const [screen, path] of screens) {
        await page.goto(`${site.address()}${path(scene)}`);
        await settled(page);
        if (screen === 'a group' || screen.startsWith('a talk')) await page.getByRole('article').last().waitFor();
        found[screen] = await barriers(page);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        if (width > 0) found[`${screen}, its width`] = [`${width} px too wide`];
        await keepPicture(page, `${name}: ${screen}`);
      }
      const barred = Object.entries(found).filter(([, lines]) => lines.length > 0);
      expect(barred).toEqual([]);
      expect(site.complaints()).toEqual([]);
    },
    patienceMs,
  );
});
