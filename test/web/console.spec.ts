import { barriers } from './axe';
import { Site } from './site';

describe('the console', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), 60_000);
  afterEach(() => site.leave());
  afterAll(() => site.remove());

  it('connects two demo users by one click, and shows every frame that they exchange', async () => {
    const page = await site.visit();
    await page.goto(`${site.address()}/ui`);
    await page.getByRole('button', { name: 'Two demo users' }).click();
    for (const index of [0, 1]) await page.getByText('online', { exact: true }).nth(index).waitFor();
    // Both hear what the first one said in their group.
    await page
      .getByText(/message.*Hello/)
      .nth(1)
      .waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(site.complaints()).toEqual([]);
  });
});
