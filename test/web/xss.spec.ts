import { smallPng } from '@app/testing';
import { alarm, payloads } from './payloads';
import { Person, register } from './person';
import { Site } from './site';

const patienceMs = 240_000;
const groupName = 'Letters';

/** What must not be on the page, whoever wrote it. */
const forbidden = [
  'script:not([src^="/app/assets/"])',
  'a[href^="javascript:" i], a[href^="data:" i], a[href^="vbscript:" i]',
  'img[src="x"], image, marquee, iframe, object, embed, base, math, [onload], [onerror], [onfocus], [ontoggle]',
].join(', ');

/** The same in the console, whose scripts are elsewhere. */
const forbiddenInConsole = forbidden.replace('/app/assets/', '/');

describe('what people write', () => {
  let site: Site;
  let alice: Person;
  beforeAll(async () => {
    site = await Site.start();
    alice = await Person.signUp(site, 'Alice');
    await alice.page.evaluate(`globalThis.${alarm} = () => (globalThis.${alarm}Calls = (globalThis.${alarm}Calls ?? 0) + 1)`);
  }, patienceMs);
  afterAll(() => site?.remove());

  /** Looks at a column of the page from one end to the other, and points at what is there. */
  async function look(x: number): Promise<void> {
    for (let step = 0; step < 16; step++) {
      await alice.page.mouse.move(x, 150 + (step % 8) * 70);
      await alice.page.mouse.wheel(0, step < 8 ? -3_000 : 3_000);
      await alice.page.waitForTimeout(60);
    }
    expect(await alice.page.locator(forbidden).count()).toBe(0);
    expect(await alice.page.evaluate(`globalThis.${alarm}Calls ?? 0`)).toBe(0);
    expect(site.complaints()).toEqual([]);
  }

  it(
    `runs no script: ${payloads.length} ways, each in a message, a link, the name of a file, of a group and of a person`,
    async () => {
      const bob = await register(site.address(), 'bob', 'Bob');
      const { groupId } = await bob.request('createGroup', { body: { name: groupName, memberIds: [await alice.id()] } });
      const picture = await bob.upload(new Blob([smallPng], { type: 'image/png' }), { name: 'picture.png' });
      const say = (rest: typeof bob, type: 'text' | 'file', payload: Record<string, unknown>) =>
        rest.request('send', { body: { groupId, type, payload, clientMsgId: crypto.randomUUID() } });
      for (const [index, text] of payloads.entries()) {
        await say(bob, 'text', { text });
        await say(bob, 'text', { text: `see https://example.org/${text} and ${text}` });
        await say(bob, 'file', { fileId: picture.fileId, name: text, size: picture.size });
        await bob.request('createGroup', { body: { name: text, memberIds: [await alice.id()] } });
        const other = await register(site.address(), `writer-${index}`, text.slice(0, 64));
        await other.request('joinGroup', { params: { id: groupId } });
        await say(other, 'text', { text: `I am number ${index}` });
      }
      await alice.open(groupName);
      await alice.reads('I am number 0');
      await look(700);
      await alice.reads(`I am number ${payloads.length - 1}`);
      await look(700);
      await look(200);
      await alice.field.fill('@');
      await look(700);
      await alice.field.fill('');
      await alice.page.getByTitle('Details').click();
      await alice.page.getByText('Members').first().waitFor();
      await look(1_050);
    },
    patienceMs,
  );

  it(
    'runs no script in requests, remarks, notices, answers, drafts and titles either',
    async () => {
      const bob = await register(site.address(), 'bob-two', payloads[5]!);
      const bobId = (await bob.request('me')).id;
      const { groupId, convId } = await bob.request('createGroup', { body: { name: 'Notices', memberIds: [await alice.id()] } });
      for (const [index, text] of payloads.entries()) {
        const other = await register(site.address(), `asker-${index}`, text.slice(0, 64));
        await other.request('addFriend', { body: { friendId: await alice.id(), message: text } });
        await bob.request('postNotice', { params: { id: groupId }, body: { text } });
        const { seq } = await bob.request('send', {
          body: { groupId, type: 'text', payload: { text }, clientMsgId: crypto.randomUUID() },
        });
        await bob.request('send', {
          body: { groupId, type: 'text', payload: { text: `Answer ${index}` }, replyTo: seq, clientMsgId: crypto.randomUUID() },
        });
        await bob.request('updateGroup', { params: { id: groupId }, body: { name: text } });
      }
      await bob.request('updateGroup', { params: { id: groupId }, body: { name: 'Notices' } });
      const friendship = await bob.request('addFriend', { body: { friendId: await alice.id() } });
      if ('id' in friendship) await alice.rest.request('acceptFriend', { params: { id: friendship.id } });
      await alice.rest.request('updateFriend', { params: { id: bobId }, body: { remark: payloads[6]!.slice(0, 64) } });
      await alice.rest.request('saveDraft', { params: { convId }, body: { text: payloads[4]! } });
      const at = (place: string) => alice.page.evaluate(`history.pushState(null, '', '/app${place}')`);
      await at('/people/requests');
      await alice.page.getByRole('main').getByText(payloads[4]!).first().waitFor();
      await look(200);
      await look(700);
      for (const place of [`/people/u/${bobId}`, '/people/blocked', '/settings/sessions', '/settings/profile']) {
        await at(place);
        await look(700);
      }
      for (const place of ['', '/details', '/details/members', '/details/notices', '/details/settings']) {
        await at(`/c/${encodeURIComponent(convId)}${place}`);
        await alice.page.waitForLoadState('networkidle');
        await look(700);
        await look(1_050);
      }
      await alice.page.getByRole('searchbox').first().fill('<img');
      await look(200);
    },
    patienceMs,
  );

  it(
    'runs no script in the console, and what anybody writes does not break it',
    async () => {
      const page = await site.visit({ viewport: { width: 1440, height: 860 } });
      await page.addInitScript(`globalThis.${alarm} = () => (globalThis.${alarm}Calls = (globalThis.${alarm}Calls ?? 0) + 1)`);
      await page.goto(`${site.address()}/ui`);
      await page.getByRole('button', { name: 'Two demo users' }).click();
      await page
        .getByText(/message.*Hello/)
        .nth(1)
        .waitFor();
      await page.getByRole('button', { name: 'Raw frame' }).click();
      const frame = page.getByRole('textbox', { name: 'Text', exact: true });
      const odd = ['null', '5', '"text"', '[]', '{"action":7,"data":"x"}', '{"action":"send","data":"x"}', 'no JSON', ''];
      const frames = payloads.map((one) => JSON.stringify({ action: one, ref: one, data: { payload: { text: one } } }));
      for (const text of [...frames, ...odd]) {
        await frame.fill(text);
        await page.getByRole('button', { name: 'Send', exact: true }).click();
      }
      const opened = "document.querySelectorAll('[data-direction] > button[aria-expanded=false]').forEach((line) => line.click())";
      await page.evaluate(opened);
      await page.locator('[data-direction] > button[aria-expanded=true]').first().waitFor();
      expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
      expect(await page.locator(forbiddenInConsole).count()).toBe(0);
      expect(await page.evaluate(`globalThis.${alarm}Calls ?? 0`)).toBe(0);
      expect(site.complaints()).toEqual([]);
    },
    patienceMs,
  );
});
