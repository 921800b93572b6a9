import type { Page } from 'playwright-core';
import { eventually } from '@app/testing';
import { barriers } from './axe';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

/** What is listed as saved, newest first: the first line of each. */
const listed = (page: Page): Promise<readonly string[]> =>
  page.getByRole('list', { name: 'Saved' }).getByRole('link').locator('bdi').allInnerTexts();

/** Waits until that is listed, and nothing else. */
const lists = (page: Page, words: readonly string[]): Promise<void> =>
  eventually(
    async () => String(await listed(page)) === String(words),
    () => `the list of ${words.join()}`,
  );

describe('what somebody saves', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  /** Alice and Bob, who has said things; the first of them long ago. */
  async function talking(): Promise<[alice: Person, bob: Person]> {
    const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
    const to = await alice.id();
    const say = (text: string) =>
      bob.rest.request('send', { body: { to, type: 'text', payload: { text }, clientMsgId: crypto.randomUUID() } });
    await say('The key is under the third stone');
    for (let i = 0; i < 150; i++) await say(`and so on ${i}`);
    await say('Bring bread');
    await alice.open('Bob');
    return [alice, bob];
  }

  /** Saves a message as people do. */
  async function save({ page }: Person, message: ReturnType<Person['message']>): Promise<void> {
    await message.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Save' }).click();
    await page.getByRole('status').getByText('Saved').waitFor();
  }

  it(
    'is kept when it is taken back, found by its words, and leads to where it was said',
    async () => {
      const [alice, bob] = await talking();
      const { page } = alice;
      await page.getByRole('feed').press('Home');
      await eventually(
        async () => {
          await page.getByRole('feed').press('Home');
          return alice.message('The key is').isVisible();
        },
        () => 'the beginning',
      );
      await save(alice, alice.message('The key is'));
      await alice.go('Saved');
      await lists(page, ['The key is under the third stone']);
      await page.getByRole('searchbox').fill('STONE');
      await lists(page, ['The key is under the third stone']);
      await page.getByRole('searchbox').fill('gold');
      await page.getByText('Nothing fits.').waitFor();
      await page.getByRole('searchbox').fill('');
      await page.getByRole('link', { name: /The key is/ }).click();
      await page.getByRole('heading', { name: 'Text' }).waitFor();
      expect(await barriers(page)).toEqual([]);
      await page.getByRole('link', { name: 'Go to this message' }).click();
      await alice.reads('The key is under the third stone');
      expect(new URL(page.url()).search).toBe('');

      const { messages } = await bob.rest.request('history', {
        query: { convId: (await bob.rest.request('conversations')).conversations[0]!.convId, afterSeq: 0, limit: 1 },
      });
      await bob.rest.request('recall', { body: { convId: messages[0]!.convId, seq: messages[0]!.seq } });
      await page.getByText('Message taken back').waitFor();
      await alice.go('Saved');
      await lists(page, ['The key is under the third stone']);
    },
    patienceMs,
  );

  it(
    'has tags and a note, by which it is found again; pictures among it are shown',
    async () => {
      const [alice, bob] = await talking();
      const { page } = alice;
      await page.getByRole('button', { name: 'To the newest messages' }).click();
      await alice.reads('Bring bread');
      const { fileId } = await bob.rest.upload(new Blob([Buffer.from(picture, 'base64')], { type: 'image/png' }), { name: 'map.png' });
      await bob.rest.request('send', {
        body: { to: await alice.id(), type: 'image', payload: { fileId }, clientMsgId: crypto.randomUUID() },
      });
      await save(alice, alice.page.getByRole('article').filter({ has: page.getByRole('button', { name: 'Show map.png' }) }));
      await save(alice, alice.message('Bring bread'));
      await alice.go('Saved');
      await lists(page, ['Bring bread', 'Picture']);
      await page.getByRole('link', { name: /^Picture/ }).click();
      await page.getByRole('button', { name: 'Show map.png' }).waitFor();
      const tag = page.getByRole('combobox', { name: 'Add a tag' });
      await tag.fill('maps, 2026');
      await tag.press('Enter');
      await page.getByRole('button', { name: 'Take the tag 2026 away' }).click();
      await page.getByRole('button', { name: 'Take the tag 2026 away' }).waitFor({ state: 'detached' });
      await page.getByRole('textbox', { name: 'Note' }).fill('where the bread is');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await lists(page, ['Bring bread', 'where the bread is']);
      await page.getByRole('button', { name: '#maps' }).click();
      await lists(page, ['where the bread is']);
      await page.getByRole('button', { name: '#maps' }).click();
      await page.getByRole('button', { name: 'Texts 1' }).click();
      await lists(page, ['Bring bread']);
      await page.getByRole('searchbox').fill('bread');
      await lists(page, ['Bring bread', 'where the bread is']);
      await page.getByRole('searchbox').fill('MAPS');
      await lists(page, ['where the bread is']);
    },
    patienceMs,
  );

  it(
    'may be a note of their own, is at its place after a reload, and goes when they say so',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      const { page } = alice;
      await alice.go('Saved');
      await page.getByText('Nothing saved yet.').waitFor();
      await page.getByRole('button', { name: 'New note' }).click();
      await page.getByRole('textbox', { name: 'New note' }).fill('Buy milk\nand tea');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('heading', { name: 'Note', exact: true }).waitFor();
      await lists(page, ['Buy milk and tea']);
      await page.reload();
      await page.getByRole('heading', { name: 'Note', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('Nothing saved yet.').waitFor();
      expect((await alice.rest.request('favorites')).favorites).toEqual([]);
    },
    patienceMs,
  );
});

describe('the files of a conversation', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterAll(() => site?.remove());

  it(
    'are all of them, however long ago they were sent',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      const { page } = alice;
      const { groupId } = await bob.rest.request('createGroup', { body: { name: 'Treasure', memberIds: [await alice.id()] } });
      const send = (type: 'text' | 'image' | 'file', payload: Record<string, unknown>) =>
        bob.rest.request('send', { body: { groupId, type, payload, clientMsgId: crypto.randomUUID() } });
      const { fileId } = await bob.rest.upload(new Blob([Buffer.from(picture, 'base64')], { type: 'image/png' }), { name: 'map.png' });
      await send('image', { fileId });
      for (let i = 0; i < 300; i++) await send('text', { text: `and so on ${i}` });
      const { fileId: list } = await bob.rest.upload(new Blob(['bread'], { type: 'text/plain' }), { name: 'list.txt' });
      await send('file', { fileId: list });
      await alice.open('Treasure');
      await page
        .getByRole('link', { name: /Treasure/ })
        .and(page.locator('header a'))
        .click();
      await page.getByRole('link', { name: /^Files/ }).click();
      await page.getByRole('link', { name: 'Download list.txt' }).waitFor();
      await page.getByRole('button', { name: /^map\.png, from Bob/ }).click();
      await page.getByRole('dialog').getByRole('img', { name: 'map.png' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Go to this message' }).click();
      await alice.page.getByRole('article').filter({ hasText: 'list.txt' }).waitFor();
      expect(site.complaints()).toEqual([]);
    },
    patienceMs,
  );
});

/** A PNG of one point. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
