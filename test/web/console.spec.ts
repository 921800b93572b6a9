import type { Page } from 'playwright-core';
import { ParleyClient, ParleyRest } from '@app/sdk';
import { barriers } from './axe';
import { arePicturesWanted, keepPicture } from './pictures';
import { Person } from './person';
import { Site } from './site';

const patienceMs = arePicturesWanted ? 200_000 : 60_000;
const wide = { width: 1440, height: 860 };

interface Talker {
  readonly userId: string;
  readonly client: ParleyClient;
}

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

  async function enter(username: string): Promise<Talker> {
    const url = site.address();
    const rest = new ParleyRest({ url });
    await rest.request('register', { body: { username, password: 'correct horse' } });
    const { userId, token } = await rest.request('login', { body: { username, password: 'correct horse' } });
    return { userId, client: new ParleyClient({ url, token }) };
  }

  /** Some people talk for as long as the charts are wide, now more and now less. */
  async function traffic(name: string): Promise<void> {
    const people = await Promise.all(['a', 'b', 'c', 'd'].map((one) => enter(`${name}-${one}`)));
    const [first, ...others] = people as [Talker, ...Talker[]];
    const { groupId } = await first.client.request('createGroup', {
      body: { name: 'Talk', memberIds: others.map(({ userId }) => userId) },
    });
    for (const { client } of people) client.timeline({ groupId }, { fromSeq: 0 });
    for (let second = 0; second < 110; second++) {
      const many = Math.round(3 + 2 * Math.sin(second / 9) + (second % 17 === 0 ? 3 : 0));
      for (const { client } of people.slice(0, many)) void client.send({ groupId, type: 'text', payload: { text: `Word ${second}` } });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    for (const { client } of people) client.close();
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

  it(
    'leaves alone who is signed in to the app of the same browser, when a connection logs out',
    async () => {
      const alice = await Person.signUp(site, 'Alice', { setting: { viewport: wide } });
      const page = await site.tab(alice.page);
      await demo(page);
      await page.getByRole('searchbox', { name: 'Find a request' }).fill('logout');
      await page
        .getByRole('navigation', { name: 'All requests' })
        .getByRole('button', { name: /logout/ })
        .click();
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('region', { name: 'Answer' }).getByText('200').waitFor();
      const refresh = "fetch('/api/token/refresh', { method: 'POST' }).then(({ status }) => status)";
      expect(await alice.page.evaluate<number>(refresh)).toBe(200);
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
        if (arePicturesWanted && place === 'Metrics') await traffic(colorScheme);
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
