import type { Page } from 'playwright-core';
import { eventually } from '@app/testing';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('two people who share a browser', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  const places = (page: Page) => page.getByRole('navigation', { name: 'Places' });
  const signInPage = (page: Page) => page.getByRole('button', { name: 'Sign in', exact: true });
  /** How many sessions of somebody there are, the one that asks aside. */
  const sessionsOf = async ({ rest }: Person): Promise<number> =>
    (await rest.request('sessions')).sessions.filter(({ current }) => !current).length;

  async function signOut(page: Page): Promise<void> {
    await places(page).getByRole('link', { name: 'Settings' }).click();
    await page.locator('a[href="/app/settings/profile"]').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await signInPage(page).waitFor();
  }

  it(
    'send nothing as each other: what one has left to be sent waits until that one is back',
    async () => {
      const [alice, carol, bob] = [
        await Person.signUp(site, 'Alice'),
        await Person.signUp(site, 'Carol'),
        await Person.signUp(site, 'Bob'),
      ];
      await alice.write(carol);
      await alice.say('Hello Carol');
      await carol.open('Alice');
      const [gateway] = site.gateways;
      // Bob signs in behind the back of Alice's tab.
      const login = `fetch('/api/login', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: '${bob.username}', password: 'correct horse battery', cookie: true }) }).then((answer) => answer.status)`;
      expect(await alice.page.evaluate(login)).toBe(200);
      await gateway!.end('SIGKILL');
      await alice.say('Only Alice says this');
      await alice.message('Only Alice').getByLabel('Waiting to be sent').waitFor();
      // The second attempt in vain asks for a fresh token.
      await alice.page.waitForTimeout(4_000);
      await gateway!.start();
      await alice.page.getByText('Choose a conversation').waitFor();
      expect((await bob.rest.request('conversations')).conversations).toEqual([]);
      expect(await alice.page.getByText('Only Alice').count()).toBe(0);
      await signOut(alice.page);
      await alice.enter();
      await carol.reads('Only Alice says this');
      expect((await bob.rest.request('conversations')).conversations).toEqual([]);
    },
    patienceMs,
  );

  it(
    'see the same user in all of its tabs, whichever of them somebody comes and goes by',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      await alice.write(bob);
      const tab = await site.tab(alice.page);
      await tab.goto(`${site.address()}/app`);
      await places(tab).waitFor();
      await signOut(tab);
      await signInPage(alice.page).waitFor();
      await bob.enter(tab);
      await places(alice.page).waitFor();
      for (const page of [tab, alice.page]) {
        await places(page).getByRole('link', { name: 'Settings' }).click();
        await page.getByText(`@${bob.username}`).first().waitFor();
      }
    },
    patienceMs,
  );

  it(
    'leave nothing of theirs to the next one',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      const carol = await Person.signUp(site, 'Carol Danvers');
      await alice.write(carol);
      await alice.say('A secret of two');
      await alice
        .message('A secret of two')
        .getByLabel(/^(Sent|Delivered|Read)$/)
        .waitFor();
      await alice.field.fill('A draft that nobody saw');
      const place = alice.page.url();
      await signOut(alice.page);
      await bob.enter(alice.page);
      await alice.page.getByText('Choose a conversation').waitFor();
      for (const go of [() => alice.page.goBack(), () => alice.page.goto(place), () => alice.page.reload()]) {
        await go();
        await alice.page
          .getByText('Choose a conversation')
          .or(alice.page.getByRole('heading', { name: 'Settings' }).first())
          .first()
          .waitFor();
        expect(await alice.page.locator('body').innerText()).not.toMatch(/secret|draft that|Carol/);
      }
      const kept = await alice.page.evaluate<string>(`(async () => {
        const cached = [];
        for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) cached.push(new URL(url).pathname);
        const items = await new Promise((resolve) => {
          const opened = indexedDB.open('parley');
          opened.onsuccess = () => { const all = opened.result.transaction('outbox').objectStore('outbox').getAll(); all.onsuccess = () => resolve(all.result); };
        });
        return JSON.stringify([cached.filter((path) => path !== '/app' && !path.startsWith('/app/assets/')), items, { ...localStorage }, { ...sessionStorage }]);
      })()`);
      expect(kept).not.toMatch(/secret|draft that|Carol/);
      expect((JSON.parse(kept) as unknown[]).slice(0, 2)).toEqual([[], []]);
    },
    patienceMs,
  );

  it(
    'are signed out at the server too, although there was no network when they left',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      expect(await sessionsOf(alice)).toBe(1);
      await alice.go('Settings');
      await alice.page.locator('a[href="/app/settings/profile"]').click();
      await alice.page.getByRole('button', { name: 'Sign out' }).waitFor();
      await alice.page.context().setOffline(true);
      await signOut(alice.page);
      await alice.page.context().setOffline(false);
      await eventually(
        async () => (await sessionsOf(alice)) === 0,
        () => 'the session of the browser to end',
      );
    },
    patienceMs,
  );

  it(
    'are signed out at the server too when the page was closed before there was a network again',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      await alice.go('Settings');
      await alice.page.locator('a[href="/app/settings/profile"]').click();
      await alice.page.getByRole('button', { name: 'Sign out' }).waitFor();
      const tab = await site.tab(alice.page);
      await alice.page.context().setOffline(true);
      await signOut(alice.page);
      await alice.page.close();
      await alice.page.context().setOffline(false);
      await tab.goto(`${site.address()}/app`);
      await signInPage(tab).waitFor();
      await eventually(
        async () => (await sessionsOf(alice)) === 0,
        () => 'the session of the browser to end',
      );
    },
    patienceMs,
  );
});
