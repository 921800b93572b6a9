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
      const start = page.getByRole('button', { name: /^Play gears\.webm, 0:0[1-9]$/ });
      await start.waitFor();
      await start.locator('img').waitFor();
      await eventually(
        () => page.evaluate<boolean>(`document.querySelector('article button > img')?.naturalWidth === 320`),
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
      expect(await place.getAttribute('aria-valuetext')).toMatch(/^0:0\d of 0:0[1-9]$/);
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
      await attach(alice.page, 'song.webm', 'audio/webm', await tone(alice.page, 5_000));
      await page.getByRole('button', { name: 'Play song.webm' }).press('Enter');
      await page.getByRole('button', { name: 'Pause song.webm' }).press('Enter');
      await page.getByRole('button', { name: 'Play song.webm' }).waitFor();
      const place = page.getByRole('slider', { name: 'Position' });
      for (let presses = 0; presses < 5; presses++) await place.press('ArrowLeft');
      expect(await place.inputValue()).toBe('0');
      await place.press('ArrowRight');
      const there = await place.inputValue();
      expect(Number(there)).toBeCloseTo(Number(await place.getAttribute('max')) / 5, 1);

      const { conversations } = await alice.rest.request('conversations');
      const { convId } = conversations[0]!;
      for (let i = 0; i < 80; i++) {
        await alice.rest.request('send', { body: { convId, type: 'text', payload: { text: `${i}` }, clientMsgId: `${i}` } });
      }
      await page.getByRole('article').filter({ hasText: /^79/ }).waitFor();
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

/** Keeps every microphone that the page opens, to see later whether it was closed. */
const watchMicrophones = `(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.microphones = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.microphones.push(...stream.getTracks());
    return stream;
  };
})()`;

const microphones = (page: Page): Promise<readonly string[]> => page.evaluate('window.microphones.map(({ readyState }) => readyState)');

describe('voice messages', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  async function talking(permissions: readonly string[]): Promise<[alice: Person, bob: Person]> {
    const alice = await Person.signUp(site, 'Alice', { setting: { permissions: [...permissions] } });
    const bob = await Person.signUp(site, 'Bob');
    await alice.page.evaluate(watchMicrophones);
    await alice.write(bob);
    await bob.go('Chats');
    return [alice, bob];
  }

  /** Waits until something was recorded. */
  const heard = async (page: Page): Promise<void> => {
    await page
      .getByRole('timer')
      .getByText(/0:0[2-9]/)
      .waitFor();
  };

  it(
    'are recorded in the place of the field, sent, and heard by the other',
    async () => {
      const [alice, bob] = await talking(['microphone']);
      await alice.page.getByRole('button', { name: 'Record a voice message' }).click();
      await heard(alice.page);
      expect(await alice.page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe('Send the recording');
      expect(await microphones(alice.page)).toEqual(['live']);
      expect(await barriers(alice.page)).toEqual([]);
      await alice.page.keyboard.press('Enter');
      await bob.line('Alice').getByText('Voice message').waitFor();
      expect(await microphones(alice.page)).toEqual(['ended']);
      await alice.page.waitForFunction(`document.activeElement?.getAttribute('aria-label') === 'Message'`);
      await bob.open('Alice');
      await bob.page.getByRole('button', { name: 'Play Voice message' }).click();
      await eventually(
        async () => Number(await bob.page.getByRole('slider').inputValue()) > 0.2,
        () => 'the voice',
      );
      const { messages } = await bob.rest.request('history', {
        query: { convId: (await bob.rest.request('conversations')).conversations[0]!.convId },
      });
      expect(messages[0]).toMatchObject({ type: 'voice', payload: { name: 'voice-message.webm', mimeType: 'audio/webm' } });
      expect(messages[0]!.payload!.duration).toBeGreaterThan(0.9);
      expect(Math.max(...(messages[0]!.payload!.waveform as number[]))).toBe(100);
    },
    patienceMs,
  );

  it(
    'are given up by a key, and by going elsewhere; nobody listens any more then',
    async () => {
      const [alice] = await talking(['microphone']);
      const { page } = alice;
      await page.getByRole('button', { name: 'Record a voice message' }).click();
      await heard(page);
      await page.keyboard.press('Escape');
      await alice.field.waitFor();
      expect(await microphones(page)).toEqual(['ended']);
      await page.getByRole('button', { name: 'Record a voice message' }).click();
      await heard(page);
      await alice.go('People');
      await eventually(
        async () => (await microphones(page)).every((state) => state === 'ended'),
        () => 'the end of the microphone',
      );
      expect(await page.getByRole('article').count()).toBe(0);
    },
    patienceMs,
  );

  it(
    'are answers where a message is answered',
    async () => {
      const [alice, bob] = await talking(['microphone']);
      await alice.say('Say something');
      await alice.message('Say something').hover();
      await alice.message('Say something').getByRole('button', { name: 'Reply' }).click();
      await alice.page.getByRole('button', { name: 'Record a voice message' }).click();
      await heard(alice.page);
      await alice.page.getByRole('button', { name: 'Send the recording' }).click();
      await bob.open('Alice');
      await bob.page
        .getByRole('article')
        .filter({ hasText: 'Say something' })
        .filter({ has: bob.page.getByRole('slider') })
        .waitFor();
    },
    patienceMs,
  );

  it(
    'end by themselves when they are as long as they may be, and wait to be sent',
    async () => {
      const [alice, bob] = await talking(['microphone']);
      await alice.page.clock.install();
      await alice.page.getByRole('button', { name: 'Record a voice message' }).click();
      await heard(alice.page);
      await alice.page.clock.fastForward('05:00');
      await alice.page.getByText('A voice message is 5:00 long at most.').waitFor();
      expect(await microphones(alice.page)).toEqual(['ended']);
      await alice.page.getByRole('button', { name: 'Send the recording' }).click();
      await bob.line('Alice').getByText('Voice message').waitFor();
    },
    patienceMs,
  );

  it(
    'cannot be recorded where the microphone is refused, and it is said why',
    async () => {
      const [alice] = await talking([]);
      await alice.page.getByRole('button', { name: 'Record a voice message' }).click();
      await alice.page.getByRole('alert').getByText('This page may not use the microphone.').waitFor();
      expect(await barriers(alice.page)).toEqual([]);
      await alice.page.keyboard.press('Escape');
      await alice.field.waitFor();
    },
    patienceMs,
  );
});
