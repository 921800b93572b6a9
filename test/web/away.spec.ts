import type { Page } from 'playwright-core';
import { eventually } from '@app/testing';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('the app when nobody looks, when there is no network, and when it is old', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(() => site.leave());
  afterAll(() => site?.remove());

  const icon = (page: Page, file: string) => page.locator(`link[rel=icon][href="/app/${file}"]`).waitFor({ state: 'attached' });
  /** Names of what the browser keeps, as they begin. */
  const kept = (page: Page) => page.evaluate<string>(`Object.keys(localStorage).filter((key) => key.startsWith('parley.kept')).join()`);

  it(
    'marks its icon while something is unread',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      await icon(alice.page, 'icon.svg');
      await bob.write(alice);
      await bob.say('Are you there?');
      await icon(alice.page, 'icon-unread.svg');
      await alice.open('Bob');
      await icon(alice.page, 'icon.svg');
    },
    patienceMs,
  );

  it(
    'shows who is who when it starts without a network, and what waits to be sent; who signs out leaves none of it',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      const { groupId } = await bob.rest.request('createGroup', { body: { name: 'Chess', memberIds: [await alice.id()] } });
      await bob.write(alice);
      await bob.say('A word that is nobody else’s');
      await alice.open('Bob');
      await alice.reads('A word that is nobody else’s');
      // The worker that keeps the page takes over with the first load after it came.
      await alice.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
      await alice.page.reload();
      await alice.reads('A word that is nobody else’s');
      await alice.line('Chess').waitFor();
      await alice.page.context().setOffline(true);
      await alice.page.reload();
      await alice.line('Bob').waitFor();
      await alice.line('Chess').waitFor();
      await alice.page.getByRole('heading', { name: 'Bob' }).waitFor();
      await alice.page.getByText('What was said here comes with the connection.').waitFor();
      expect(await alice.page.evaluate<string>('Object.values(localStorage).join()')).not.toContain('nobody else');
      await alice.say('From the tunnel');
      await alice.message('From the tunnel').getByLabel('Waiting to be sent').waitFor();

      await bob.rest.request('removeMember', { params: { id: groupId, userId: await alice.id() } });
      await alice.page.context().setOffline(false);
      await bob.reads('From the tunnel');
      await alice.reads('A word that is nobody else’s');
      await alice.line('Chess').waitFor({ state: 'detached' });
      expect(await kept(alice.page)).not.toBe('');
      await alice.go('Settings');
      await alice.page.getByRole('link', { name: /Alice/ }).click();
      await alice.page.getByRole('button', { name: 'Sign out' }).click();
      await alice.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
      await alice.page.locator('[name=username]').waitFor();
      expect(await kept(alice.page)).toBe('');
    },
    patienceMs,
  );

  it(
    'shows a part by itself that could not be loaded, when the network is back',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      await alice.page.context().setOffline(true);
      await alice.go('People');
      await alice.page.getByText('One moment …').first().waitFor();
      await alice.page.context().setOffline(false);
      const search = alice.page.getByRole('searchbox', { name: 'Search people' });
      await search.waitFor();
      // Its styles are there too.
      const sheets = `[...document.querySelectorAll('link[rel=stylesheet]')].map((link) => link.sheet)`;
      // The rules of one that failed cannot be read.
      const isThere = '(sheet) => { try { return sheet.cssRules.length > 0; } catch { return false; } }';
      await eventually(
        () => alice.page.evaluate<boolean>(`${sheets}.every(${isThere})`),
        () => 'the styles',
      );
    },
    patienceMs,
  );

  /** A part of the page is gone from the server, as after an update. */
  const gone = (page: Page, part: string) =>
    page.route(new RegExp(`/app/assets/${part}.*\\.js$`), (route) => route.fulfill({ status: 404 }));

  it(
    'loads itself anew when it is old and a part of it is gone, and keeps what was begun to be written',
    async () => {
      const setting = { setting: { serviceWorkers: 'block' } } as const;
      const [alice, bob] = [await Person.signUp(site, 'Alice', setting), await Person.signUp(site, 'Bob')];
      await alice.write(bob);
      await alice.field.fill('Half a sentence');
      const { page } = alice;
      await page.evaluate('window.isOld = true');
      await gone(page, 'EmojiPicker');
      await page.route(/\/app$/, async (route) => {
        if (route.request().resourceType() === 'document') return route.continue();
        await route.fulfill({ contentType: 'text/html', body: '<script src="/app/assets/app-another.js"></script>' });
      });
      // With the new page its parts are there.
      page.on('request', (request) => void (request.isNavigationRequest() && page.unrouteAll({ behavior: 'ignoreErrors' })));
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Emoji' }).click()]);
      await page.getByRole('navigation', { name: 'Places' }).waitFor();
      expect(await page.evaluate<boolean>('window.isOld === undefined')).toBe(true);
      expect(await alice.field.inputValue()).toBe('Half a sentence');
      await page.getByRole('button', { name: 'Emoji' }).click();
      await page.getByPlaceholder('Find an emoji').waitFor();
    },
    patienceMs,
  );

  it(
    'says that a part is broken that the server does not give',
    async () => {
      const { page } = await Person.signUp(site, 'Alice', { setting: { serviceWorkers: 'block' } });
      await gone(page, 'Settings');
      // Parts are loaded by themselves after a while.
      await page.reload();
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('alert').getByText('This part could not be loaded').first().waitFor();
      await page.unrouteAll();
      await page.getByRole('alert').getByRole('button', { name: 'Reload' }).first().click();
      await page.getByRole('link', { name: /Alice/ }).waitFor();
    },
    patienceMs,
  );
});
