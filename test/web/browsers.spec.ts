import type { Page } from 'playwright-core';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

/** Ways in which a browser keeps nothing, as scripts that run before the page. */
const forgetful: Readonly<Record<string, string>> = {
  'forbids to keep anything': `
    const denied = () => { throw new DOMException('denied', 'SecurityError'); };
    for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB']) Object.defineProperty(window, name, { get: denied });
    Object.defineProperty(LockManager.prototype, 'request', { value: () => Promise.reject(new DOMException('denied', 'SecurityError')) });`,
  'has no database': `
    IDBFactory.prototype.open = () => {
      const request = new EventTarget();
      request.error = new DOMException('denied', 'InvalidStateError');
      setTimeout(() => request.dispatchEvent(new Event('error')));
      return request;
    };`,
  'is full': `
    const full = () => { throw new DOMException('full', 'QuotaExceededError'); };
    Storage.prototype.setItem = full;
    IDBObjectStore.prototype.put = full;
    Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));`,
};

describe('a browser', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  it.each(Object.entries(forgetful))(
    'that %s: people talk, and no message is said to have failed',
    async (_, script) => {
      const alice = await Person.signUp(site, 'Alice', { prepare: (page) => page.addInitScript(script) });
      const bob = await Person.signUp(site, 'Bob');
      await alice.write(bob);
      await alice.say('Hello Bob');
      await bob.open('Alice');
      await alice.message('Hello Bob').getByLabel('Read', { exact: true }).waitFor();
      await alice.field.fill('A draft');
      await bob.say('Hello Alice');
      await alice.reads('Hello Alice');
      await alice.say('How are you?');
      await bob.reads('How are you?');
      await alice.message('How are you?').getByLabel('Read', { exact: true }).waitFor();
      expect(await alice.page.getByRole('alert').count()).toBe(0);
      await alice.go('Settings');
      await alice.page.getByRole('link', { name: 'Language and look' }).click();
      await alice.page.getByRole('combobox').filter({ hasText: 'Dark' }).selectOption('dark');
      await alice.page.locator('html[data-theme=dark]').waitFor();
    },
    patienceMs,
  );

  it(
    'that comes by plain HTTP: people talk, in several tabs too, and the console works',
    async () => {
      const alice = await Person.signUp(site, 'Alice', { at: site.plainAddress() });
      const bob = await Person.signUp(site, 'Bob');
      await alice.write(bob);
      await alice.say('Hello Bob');
      await bob.open('Alice');
      await bob.reads('Hello Bob');
      const tab = await site.tab(alice.page);
      await tab.goto(`${site.plainAddress()}/app`);
      await tab.getByText('Hello Bob').first().waitFor();
      await alice.say('I am still here');
      await bob.reads('I am still here');
      await copies(alice.page);
      const console = await site.visit();
      await console.goto(`${site.plainAddress()}/ui`);
      await console.getByRole('button', { name: 'Two demo users' }).click();
      for (const index of [0, 1]) await console.getByText('online', { exact: true }).nth(index).waitFor();
    },
    patienceMs,
  );

  /** Copies what a message says. */
  async function copies(page: Page): Promise<void> {
    await page.getByRole('article').filter({ hasText: 'I am still here' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
  }
});
