import type { Page } from 'playwright-core';
import { eventually } from '@app/testing';
import { barriers } from './axe';
import { Person } from './person';
import { broken, film, tone } from './recordings';
import { Site } from './site';

const patienceMs = 120_000;

/** Chooses a file to be sent, as from the dialog of the browser. */
const attach = (page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });

/** Whether films of the page are played. */
const plays = (page: Page): Promise<boolean> => page.evaluate(`[...document.querySelectorAll('video')].some((film) => !film.paused)`);

describe('films and recordings', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start({ env: { PARLEY_FILES_LINK_LIFETIME_SECONDS: '2' } })), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  async function talking(): Promise<[alice: Person, bob: Person]> {
    const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
    await alice.write(bob);
    await alice.say('Listen!');
    await bob.open('Alice');
    return [alice, bob];
  }

  it(
    'are shown by a picture and by their sound, say how long they are, and play one at a time',
    async () => {
      const [alice, { page }] = await talking();
      await attach(alice.page, 'gears.webm', 'video/webm', await film(alice.page));
      const start = page.getByRole('button', { name: /^Play gears\.webm, 0:0[12]$/ });
      await start.waitFor();
      await start.locator('img').waitFor();
      await eventually(
        () => page.evaluate<boolean>(`document.querySelector('article button > img').naturalWidth === 320`),
        () => 'the picture of the film',
      );
      await attach(alice.page, 'song.webm', 'audio/webm', await tone(alice.page));
      await page.getByRole('button', { name: 'Play song.webm' }).waitFor();

      await start.click();
      await page.locator('video[controls]').waitFor();
      await eventually(
        () => page.evaluate<boolean>(`document.querySelector('video[controls]').currentTime > 0.2`),
        () => 'the film',
      );
      expect(await barriers(page)).toEqual([]);
      await page.getByRole('button', { name: 'Play song.webm' }).click();
      const place = page.getByRole('slider', { name: 'Position' });
      await eventually(
        async () => Number(await place.inputValue()) > 0.2,
        () => 'the song',
      );
      expect(await plays(page)).toBe(false);
      expect(await place.getAttribute('aria-valuetext')).toMatch(/^0:0\d of 0:01$/);
      // When it is over it begins anew.
      await page.getByRole('button', { name: 'Play song.webm' }).waitFor();
      expect(await place.inputValue()).toBe('0');
    },
    patienceMs,
  );

  it(
    'can be heard without a mouse, from any place in them, and are where they were when the list was scrolled away',
    async () => {
      const [alice, { page }] = await talking();
      await attach(alice.page, 'song.webm', 'audio/webm', await tone(alice.page));
      await page.getByRole('button', { name: 'Play song.webm' }).press('Enter');
      await page.getByRole('button', { name: 'Pause song.webm' }).press('Enter');
      await page.getByRole('button', { name: 'Play song.webm' }).waitFor();
      const place = page.getByRole('slider', { name: 'Position' });
      for (let presses = 0; presses < 5; presses++) await place.press('ArrowLeft');
      expect(await place.inputValue()).toBe('0');
      await place.press('ArrowRight');
      const there = await place.inputValue();
      expect(Number(there)).toBeCloseTo(0.3, 1);

      const { conversations } = await alice.rest.request('conversations');
      const { convId } = conversations[0]!;
      for (let i = 0; i < 80; i++) {
        await alice.rest.request('send', { body: { convId, type: 'text', payload: { text: `${i}` }, clientMsgId: `${i}` } });
      }
      await place.waitFor({ state: 'detached' });
      await page.getByRole('feed').press('Home');
      await place.waitFor();
      expect(await place.inputValue()).toBe(there);
    },
    patienceMs,
  );

  it(
    'are fetched by an address that is good when they are wanted, however old the page is',
    async () => {
      const [alice, { page }] = await talking();
      await attach(alice.page, 'notes.txt', 'text/plain', Buffer.from('Bernoulli'));
      const link = page.getByRole('link', { name: 'Download notes.txt' });
      await link.waitFor();
      const first = await link.getAttribute('href');
      await eventually(
        async () => (await fetch(new URL(first!, site.address()))).status !== 200,
        () => 'the end of the address',
      );
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
      expect(await download.failure()).toBeNull();
      expect(download.suggestedFilename()).toBe('notes.txt');
      expect(await link.getAttribute('href')).not.toBe(first);
    },
    patienceMs,
  );

  it(
    'can be downloaded where they cannot be played',
    async () => {
      const [alice, { page }] = await talking();
      await attach(alice.page, 'half a film.webm', 'video/webm', broken(await film(alice.page)));
      await page.getByRole('button', { name: 'Play half a film.webm' }).click();
      await page.getByText('Cannot be played here').waitFor();
      await page.getByRole('link', { name: 'Download half a film.webm' }).waitFor();
      await attach(alice.page, 'half a song.webm', 'audio/webm', broken(await tone(alice.page)));
      await page.getByRole('button', { name: 'Play half a song.webm' }).click();
      await page.getByRole('link', { name: 'Download half a song.webm' }).waitFor();
      expect(await page.getByText('Cannot be played here').count()).toBe(2);
    },
    patienceMs,
  );
});
