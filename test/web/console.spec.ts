import type { Page } from 'playwright-core';
import { barriers } from './axe';
import { keepPicture } from './pictures';
import { Site } from './site';

const patienceMs = 60_000;
const wide = { width: 1440, height: 860 };

describe('the console', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  /** Two users, a group of both, and what they say in it. */
  async function demo(page: Page): Promise<void> {
    await page.goto(`${site.address()}/ui`);
    await page.getByRole('button', { name: 'Two demo users' }).click();
    for (const index of [0, 1]) await page.getByText('online', { exact: true }).nth(index).waitFor();
    // Both hear what the first one said in their group.
    const said = page.getByText(/message.*Hello/);
    await said.nth(1).waitFor();
  }

  it(
    'connects two demo users by one click, and shows every frame that they exchange',
    async () => {
      const page = await site.visit({ viewport: wide });
      await demo(page);
      expect(await barriers(page)).toEqual([]);
      await keepPicture(page, 'light: the console');
    },
    patienceMs,
  );

  it.each(['light', 'dark'] as const)(
    'draws the metrics of its instance, and describes the protocol: %s',
    async (colorScheme) => {
      const page = await site.visit({ viewport: wide, colorScheme });
      await demo(page);
      for (const [place, words] of [
        ['Metrics', /connections/i],
        ['Reference', /subscribe_group/],
      ] as const) {
        await page
          .getByRole('link', { name: place })
          .or(page.getByRole('tab', { name: place }))
          .or(page.getByRole('button', { name: place }))
          .first()
          .click();
        await page.getByText(words).first().waitFor();
        expect(await barriers(page)).toEqual([]);
        await keepPicture(page, `${colorScheme}: the ${place.toLowerCase()}`);
      }
    },
    patienceMs,
  );

  it(
    'fits a phone, in Chinese',
    async () => {
      const page = await site.visit({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: 'zh-CN' });
      await page.goto(`${site.address()}/ui`);
      await page.getByRole('button').first().waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      expect(await barriers(page)).toEqual([]);
      await keepPicture(page, 'a phone: the console');
    },
    patienceMs,
  );
});
