import { parseArgs } from 'node:util';
import { ParleyRest } from '@app/sdk';
import { startChromium } from '@app/testing';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { build } from './build';
import { Children } from './children';

/** How much is measured; `--messages` and `--live` change it. */
const { values } = parseArgs({ options: { messages: { type: 'string', default: '100000' }, live: { type: 'string', default: '10000' } } });
const [messageCount, liveCount] = [Number(values.messages), Number(values.live)];
const password = 'correct horse battery';
/** So many sends are on their way at once. */
const inFlight = 64;

interface LongTasks {
  readonly count: number;
  readonly longestMs: number;
}

async function main(): Promise<void> {
  const children = new Children();
  const folder = children.folder();
  const env = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    JWT_SECRET: 'the secret of this measurement',
    WSSendQPS: '1000000',
    WSSendBurst: '1000000',
  };
  const { match } = await children.program([build('gateway')], {
    env: { ...env, LOG_LEVEL: 'error' },
    cwd: folder,
    ready: /listening on \S+:(\d+)/,
  });
  const url = `http://localhost:${match[1]}`;
  const [, writer] = [await register(url, 'reader'), await register(url, 'writer')];
  const reader = await login(url, 'reader');
  const { groupId, convId } = await writer.request('createGroup', { body: { name: 'Long', memberIds: [(await reader.request('me')).id] } });
  const say = async (from: number, to: number): Promise<void> => {
    let next = from;
    const lane = async (): Promise<void> => {
      for (let number = next++; number < to; number = next++) {
        const body = { groupId, type: 'text' as const, payload: { text: textOf(number) }, clientMsgId: String(number) };
        await writer.request('send', { body });
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
  };
  console.log(`storing ${messageCount} messages`);
  await say(0, messageCount);
  // Who has much unread is shown the first of it, not the end.
  await reader.request('markAllRead');

  const browser = await startChromium();
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(`${url}/app`);
  await page.locator('[name=username]').fill('reader');
  await page.locator('[name=password]').fill(password);
  await page.locator('form button[type=submit]').click();
  await page.getByText('Long').waitFor();

  const strangers = await firstView(await browser.newContext(), `${url}/app`, 'form');
  console.log(`first view, CPU slowed down four times, of who signs in: ${strangers.join(', ')} ms to the first paint/to the form`);
  const known = await firstView(context, `${url}/app/c/${encodeURIComponent(convId)}`, 'article');
  console.log(`first view, CPU slowed down four times, of a conversation: ${known.join(', ')} ms to the first paint/to the first message`);

  await page.goto(`${url}/app/c/${encodeURIComponent(convId)}`);
  await page.getByRole('article').last().waitFor();
  const scrolled = await scrolling(page, messageCount);
  console.log(
    `scrolling back: ${scrolled.loaded} entries loaded, ${scrolled.count} tasks over 50 ms, the longest ${scrolled.longestMs} ms`,
  );

  await page.goto(`${url}/app/c/${encodeURIComponent(convId)}`);
  await page.getByRole('article').last().waitFor();
  const heaps = [await heapOf(session)];
  for (let part = 0; part < 4; part++) {
    const from = messageCount + (part * liveCount) / 4;
    await say(from, from + liveCount / 4);
    await page
      .getByText(textOf(from + liveCount / 4 - 1))
      .first()
      .waitFor();
    heaps.push(await heapOf(session));
  }
  console.log(`heap over ${liveCount} live messages: ${heaps.map((heap) => (heap / 1e6).toFixed(1)).join(' → ')} MB`);
  await browser.close();
  // The gateway and its folder go with this process.
  process.exit();
}

const textOf = (number: number): string => `Message ${number} ${'lorem ipsum dolor sit amet '.repeat(number % 7)}`.trim();

async function register(url: string, username: string): Promise<ParleyRest> {
  await new ParleyRest({ url }).request('register', { body: { username, password } });
  return login(url, username);
}

async function login(url: string, username: string): Promise<ParleyRest> {
  const { token } = await new ParleyRest({ url }).request('login', { body: { username, password } });
  return new ParleyRest({ url, token });
}

/**
 * From the beginning of a navigation until something is painted, and until a message is, three times; the first one has an empty cache
 * of compiled code. The page itself takes the time: who asks it from outside while it is slowed down slows it down more.
 */
async function firstView(context: BrowserContext, address: string, selector: string): Promise<string[]> {
  const times: string[] = [];
  for (let round = 0; round < 3; round++) {
    const page = await context.newPage();
    const painted = new Promise<number>((resolve) => void page.exposeFunction('painted', resolve));
    await page.addInitScript(`new MutationObserver((_, observer) => {
      if (!document.querySelector(${JSON.stringify(selector)})) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => painted(performance.now())));
    }).observe(document, { childList: true, subtree: true })`);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.goto(address, { waitUntil: 'commit' });
    const shownAt = await painted;
    const first = await page.evaluate<number>(`new Promise((resolve) => {
      const told = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => resolve(startTime));
      new PerformanceObserver(told).observe({ type: 'paint', buffered: true });
    })`);
    times.push(`${Math.round(first)}/${Math.round(shownAt)}`);
    await page.close();
  }
  return times;
}

/** Scrolls back by the wheel until so many entries are loaded, or for half a minute. */
async function scrolling(page: Page, wanted: number): Promise<LongTasks & { readonly loaded: number }> {
  await page.evaluate(
    `globalThis.longTasks = []; new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })`,
  );
  await page.mouse.move(800, 400);
  const until = Date.now() + 30_000;
  let oldest = Infinity;
  while (Date.now() < until && oldest > 10) {
    await page.mouse.wheel(0, -2_500);
    await page.waitForTimeout(16);
    oldest = await page.evaluate<number>(`Number(document.querySelector('article[data-message]')?.dataset.message ?? Infinity)`);
  }
  const durations = await page.evaluate<number[]>('longTasks');
  return { loaded: Math.round(wanted - oldest), count: durations.length, longestMs: Math.round(Math.max(0, ...durations)) };
}

/** What V8 holds after its garbage was collected (bytes). */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

void main();
