import { eventually } from '@app/testing';
import { barriers } from './axe';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('the chat app on two gateways', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start({ gateways: 2 })), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  it(
    'lets two people in two browsers talk, and shows how far a message has come',
    async () => {
      const alice = await Person.signUp(site, 'Alice Liddell', { gateway: 0 });
      const bob = await Person.signUp(site, 'Bob Builder', { gateway: 1 });
      await alice.write(bob);
      await alice.say('Curiouser and curiouser!');
      await bob.line('Alice Liddell').getByText('Curiouser and curiouser!').waitFor();
      await alice.message('Curiouser').getByLabel('Delivered').waitFor();
      await bob.open('Alice Liddell');
      await alice.message('Curiouser').getByLabel('Read', { exact: true }).waitFor();
      await bob.field.pressSequentially('Can we');
      await alice.page.getByText('typing').first().waitFor();
      await bob.say('Can we fix it?');
      await alice.reads('Can we fix it?');
      expect(await barriers(alice.page)).toEqual([]);
    },
    patienceMs,
  );

  it(
    'follows what is said where somebody came to what was unread, and saw the end as well',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      const bob = await Person.signUp(site, 'Bob', { gateway: 1 });
      const to = await bob.id();
      const say = (text: string) =>
        alice.rest.request('send', { body: { to, type: 'text', payload: { text }, clientMsgId: crypto.randomUUID() } });
      await say('Once upon a time');
      await bob.open('Alice');
      await bob.reads('Once upon a time');
      for (let i = 0; i < 40; i++) await say(`and then ${i}`);
      await say('The end');
      await bob.message('The end').waitFor();
    },
    patienceMs,
  );

  it(
    'lets five people talk in a group, each message once and in one order for all',
    async () => {
      const people: Person[] = [];
      for (const [index, name] of ['Ada', 'Ben', 'Cem', 'Dora', 'Eve'].entries())
        people.push(await Person.signUp(site, name, { gateway: index % 2 }));
      const [ada] = people as [Person];
      const memberIds = await Promise.all(people.slice(1).map((person) => person.id()));
      await ada.rest.request('createGroup', { body: { name: 'Chess club', memberIds } });
      for (const person of people) await person.open('Chess club');
      await Promise.all(people.map((person) => person.say(`Hello from ${person.name}`)));
      for (const person of people) for (const { name } of people) await person.reads(`Hello from ${name}`);
      // An own message has its place when it is acked.
      for (const person of people) await person.message(`Hello from ${person.name}`).getByLabel('Sent', { exact: true }).waitFor();
      const orders = await Promise.all(
        people.map(({ page }) =>
          page
            .getByRole('article')
            .getByText(/^Hello from \w+/)
            .allInnerTexts(),
        ),
      );
      for (const order of orders) expect(order).toEqual(orders[0]);
      expect([orders[0]!.length, new Set(orders[0]).size]).toEqual([5, 5]);
    },
    patienceMs,
  );

  it(
    'keeps what was written without a network through a reload, and sends it once',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob', { gateway: 1 })];
      await alice.write(bob);
      await alice.say('Before the tunnel');
      await bob.open('Alice');
      await bob.reads('Before the tunnel');
      // The worker that keeps the page takes over with the first load after it came.
      await alice.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
      await alice.page.reload();
      await alice.reads('Before the tunnel');
      await alice.page.context().setOffline(true);
      await alice.say('In the tunnel');
      await alice.message('In the tunnel').getByLabel('Waiting to be sent').waitFor();
      await alice.page.reload();
      await alice.page
        .getByText(/Reconnecting|Connecting/)
        .first()
        .waitFor();
      await alice.page.context().setOffline(false);
      await bob.reads('In the tunnel');
      await alice.reads('In the tunnel');
      await alice.say('After the tunnel');
      await bob.reads('After the tunnel');
      for (const person of [alice, bob]) expect(await person.message('In the tunnel').count()).toBe(1);
    },
    patienceMs,
  );

  it(
    'comes back by itself when its gateway is killed, and has everything',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob', { gateway: 1 })];
      await alice.write(bob);
      await alice.say('One');
      await bob.open('Alice');
      const [gateway] = site.gateways;
      await gateway!.end('SIGKILL');
      await alice.page
        .getByText(/Reconnecting in \d+ s|Connecting/)
        .first()
        .waitFor();
      await bob.say('Two');
      await alice.say('Three');
      await gateway!.start();
      for (const text of ['One', 'Two', 'Three']) for (const person of [alice, bob]) await person.reads(text);
      await bob.say('Four');
      await alice.reads('Four');
      for (const text of ['One', 'Two', 'Three', 'Four']) expect(await alice.message(text).count()).toBe(1);
    },
    patienceMs,
  );

  it(
    'asks for the password again when its session is revoked elsewhere',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      const { sessions } = await alice.rest.request('sessions');
      const other = sessions.find(({ current }) => !current);
      await alice.rest.request('revokeSession', { params: { id: other!.id } });
      await alice.page.getByText('Your session has ended. Please sign in again.').waitFor();
      await alice.page.reload();
      await alice.enter();
    },
    patienceMs,
  );

  it(
    'stays signed in over a reload and in another tab, without a token that a script could read',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      await alice.page.reload();
      await alice.page.getByRole('navigation', { name: 'Places' }).waitFor();
      const tab = await site.tab(alice.page);
      await tab.goto(`${site.address()}/app`);
      await tab.getByRole('navigation', { name: 'Places' }).waitFor();
      const kept = await alice.page.evaluate<string>(
        '[document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)].join()',
      );
      expect(kept).not.toMatch(/eyJ|\.ey/);
      const online = async () => {
        const { devices } = await alice.rest.request('devices');
        return devices.filter((device) => device.online).length === 2;
      };
      await eventually(online, () => 'two devices, of the two tabs');
    },
    patienceMs,
  );

  it(
    'can be used without a mouse: finding a conversation, writing, changing what was written',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob', { gateway: 1 })];
      await bob.write(alice);
      await bob.say('Are you there?');
      const { keyboard } = alice.page;
      await alice.line('Bob').waitFor();
      await keyboard.press('Control+k');
      await keyboard.type('bob');
      await keyboard.press('ArrowDown');
      await keyboard.press('Enter');
      await alice.reads('Are you there?');
      await alice.page.waitForFunction(`document.activeElement?.getAttribute('aria-label') === 'Message'`);
      await keyboard.type('Yess');
      await keyboard.press('Enter');
      await bob.reads('Yess');
      await eventually(
        async () => {
          // The last message is one that has its place.
          await alice.field.press('ArrowUp');
          return (await alice.field.inputValue()) === 'Yess';
        },
        () => 'the message in the field',
      );
      await keyboard.press('End');
      await keyboard.press('Backspace');
      await keyboard.press('Enter');
      await bob
        .message('edited')
        .filter({ hasText: /Yes(?!s)/ })
        .waitFor();
      expect(await barriers(alice.page)).toEqual([]);
    },
    patienceMs,
  );

  it(
    'fits a phone: one thing at a time, and a way back',
    async () => {
      const alice = await Person.signUp(site, 'Alice', {
        setting: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
      });
      const bob = await Person.signUp(site, 'Bob', { gateway: 1 });
      await bob.write(alice);
      await bob.say('On the train?');
      await alice.open('Bob');
      await alice.reads('On the train?');
      expect(await alice.page.getByRole('navigation', { name: 'Places' }).isVisible()).toBe(false);
      await alice.field.fill('Yes.');
      await alice.page.getByRole('button', { name: 'Send', exact: true }).tap();
      await bob.reads('Yes.');
      await alice.page.getByRole('link', { name: 'Back to the list' }).tap();
      await alice.line('Bob').getByText('Yes.').waitFor();
    },
    patienceMs,
  );
});
