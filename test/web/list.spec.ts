import { eventually } from '@app/testing';
import { Person, register } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('the conversations and what is around them', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  it(
    'find somebody by name whose line was never on the screen',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      const to = await alice.id();
      const url = site.address();
      for (const [index, name] of ['Zoe Zimmermann', ...Array.from({ length: 24 }, (_, at) => `Somebody ${at}`)].entries()) {
        const rest = await register(url, `list-${index}`, name);
        await rest.request('send', { body: { to, type: 'text', payload: { text: `I am ${name}.` }, clientMsgId: `hello-${index}` } });
      }
      await alice.page.reload();
      await alice.line('Somebody 23').waitFor();
      await alice.page.getByRole('searchbox').fill('zimmer');
      await alice.line('Zoe Zimmermann').getByText('I am Zoe Zimmermann.').waitFor();
      expect(await alice.page.getByRole('listitem').count()).toBe(1);
    },
    patienceMs,
  );

  it(
    'are where a conversation or a group begins, by the keyboard too',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      const begin = alice.page.getByRole('button', { name: 'New chat or group' });
      await begin.focus();
      await alice.page.keyboard.press('Enter');
      await alice.page.getByRole('menuitem', { name: 'New chat' }).click();
      await alice.page.waitForURL(/people/);
      await eventually(
        () => alice.page.evaluate<boolean>(`document.activeElement?.getAttribute('type') === 'search'`),
        () => 'the cursor in the search',
      );
      await alice.page.keyboard.type(bob.username);
      await alice.page.getByText('Bob', { exact: true }).first().waitFor();
      await alice.go('Chats');
      await begin.click();
      await alice.page.getByRole('menuitem', { name: 'New group' }).click();
      await alice.page.getByLabel('Name of the group').fill('Chess');
      await alice.page.getByRole('button', { name: 'Create group' }).click();
      await alice.line('Chess').waitFor();
    },
    patienceMs,
  );

  it(
    'tell a message on the desktop while nobody looks, and only then, in whichever tab somebody looks',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      // A browser without a window takes every page for one that is looked at, and shows no notifications.
      await alice.page.context().addInitScript(`{
        globalThis.told = [];
        globalThis.Notification = class { constructor(title, { body }) { told.push(title + ': ' + body); } };
        Notification.permission = 'granted';
        localStorage.setItem('parley.notify', 'on');
      }`);
      const looks = (page: typeof tab, isLooking: boolean) =>
        page.evaluate(`{ document.hasFocus = () => ${isLooking}; dispatchEvent(new Event('${isLooking ? 'focus' : 'blur'}')); }`);
      const tab = await site.tab(alice.page);
      await tab.goto(`${site.address()}/app`);
      await alice.page.reload();
      for (const page of [tab, alice.page]) await page.getByRole('navigation', { name: 'Places' }).waitFor();
      await looks(tab, false);
      await bob.write(alice);
      await bob.say('While she looks');
      await alice.line('Bob').getByText('While she looks').waitFor();
      await tab.getByText('While she looks').waitFor();
      await looks(alice.page, false);
      await bob.say('While she does not');
      const told = async () => (await Promise.all([tab, alice.page].map((page) => page.evaluate<string[]>('told')))).flat();
      await eventually(
        async () => (await told()).length > 1,
        () => 'a word in both tabs, of which the system shows one',
      );
      expect(await told()).toEqual(Array(2).fill('Bob: While she does not'));
    },
    patienceMs,
  );

  it(
    'open a menu for a finger that stays, and keep it when the finger is lifted',
    async () => {
      const alice = await Person.signUp(site, 'Alice', {
        setting: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
      });
      await alice.rest.request('createGroup', { body: { name: 'Chess', memberIds: [] } });
      const link = alice.line('Chess').getByRole('link');
      // It stands still.
      await link.tap({ trial: true });
      const { x, y } = (await link.boundingBox())!;
      const touch = await alice.page.context().newCDPSession(alice.page);
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 90, y: y + 30 }] });
      await alice.page.getByRole('menuitem', { name: 'Pin' }).waitFor();
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await alice.page.getByRole('menuitem', { name: 'Pin' }).tap();
      await alice.line('Chess').getByRole('img', { name: 'Pinned' }).waitFor();
    },
    patienceMs,
  );

  it(
    'open without a network, with every place of the app, after one visit',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      // Parts that nobody has asked for come when there is nothing else to do, and what they are made of is kept as it comes.
      const parts = ['app', 'ConversationView', 'PeopleSide', 'People', 'PickPeople', 'SettingsSide', 'Settings', 'PersonDetails'];
      const loaded = () =>
        alice.page.evaluate<string[]>(
          `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/assets/'))`,
        );
      const kept = () =>
        alice.page.evaluate<string[]>(
          `caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
             .then((requests) => requests.flat().map(({ url }) => url))`,
        );
      let missing: readonly string[] = [];
      await eventually(
        async () => {
          const [came, there] = [await loaded(), new Set(await kept())];
          missing = [
            ...parts.filter((part) => !came.some((url) => url.includes(`/assets/${part}-`))),
            ...came.filter((url) => !there.has(url)),
          ];
          return missing.length === 0;
        },
        () => `the parts of the app in the cache: ${missing.join(' ')}`,
      );
      await alice.page.context().setOffline(true);
      await alice.page.reload();
      await alice.go('People');
      await alice.page.getByRole('link', { name: 'New group' }).click();
      await alice.page.getByLabel('Name of the group').waitFor();
      await alice.go('Settings');
      await alice.page.getByRole('link', { name: 'Keyboard' }).click();
      await alice.page.getByText('Edit your last message, from an empty field').waitFor();
      await alice.page.context().setOffline(false);
    },
    patienceMs,
  );

  it(
    'do not make anybody wait for a connection who does not want to',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      // So every wait is the longest that it may be.
      await alice.page.evaluate('Math.random = () => 0.9999');
      const [gateway] = site.gateways;
      await gateway!.end('SIGKILL');
      const waits = (seconds: RegExp) => alice.page.getByText(seconds).first().waitFor({ timeout: 60_000 });
      await waits(/Reconnecting in 1\d s/);
      await alice.page.getByRole('button', { name: 'Try now' }).first().click();
      // That was in vain, and the next wait is longer.
      await waits(/Reconnecting in (2\d|30) s/);
      await gateway!.start();
      await eventually(
        async () => {
          // The gateway may take its time, or the wait be over.
          const now = alice.page.getByRole('button', { name: 'Try now' }).first();
          await now.click({ timeout: 500 }).catch(() => undefined);
          return (await alice.page.getByText(/Reconnecting|Connecting/).count()) === 0;
        },
        () => 'the connection',
      );
    },
    patienceMs,
  );
});
