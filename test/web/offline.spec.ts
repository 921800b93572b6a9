import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import type { GatewayProcess } from '../process';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

/** Does something while a server stands in the place of a gateway and answers everything in the same way. */
async function instead(gateway: GatewayProcess, status: number, body: string, work: () => Promise<void>): Promise<void> {
  await gateway.end('SIGTERM');
  const server = createServer((_, answer) => answer.writeHead(status, { 'content-type': 'text/html' }).end(body));
  await new Promise<void>((resolve) => server.listen(gateway.port, resolve));
  try {
    await work();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await gateway.start();
  }
}

describe('the app in a browser that has kept it', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(() => site.leave());
  afterAll(() => site?.remove());

  /** Somebody whose browser has kept the app. */
  async function regular(name: string): Promise<Person> {
    const person = await Person.signUp(site, name);
    await person.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await person.page.reload();
    await isThere(person.page);
    return person;
  }
  const isThere = (page: Page) => page.getByRole('navigation', { name: 'Places' }).waitFor();

  it(
    'opens without a network right after the first visit',
    async () => {
      const { page } = await Person.signUp(site, 'Alice');
      await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
      await page.context().setOffline(true);
      await page.reload();
      await isThere(page);
    },
    patienceMs,
  );

  it(
    'opens without a network although a file of it was opened in a tab',
    async () => {
      const { page } = await regular('Alice');
      const tab = await site.tab(page);
      for (const file of ['icon.svg', 'manifest.webmanifest', 'sw.js', 'assets/nothing.js'])
        await tab.goto(`${site.address()}/app/${file}`);
      await page.context().setOffline(true);
      await page.reload();
      await isThere(page);
      await page.goto(`${site.address()}/app/people`);
      await isThere(page);
    },
    patienceMs,
  );

  it.each([
    ['fails', 502, '<h1>Bad gateway</h1>'],
    ['is being replaced', 503, '<h1>Back in a moment</h1>'],
  ])(
    'opens while the server behind a proxy %s',
    async (_, status, body) => {
      const { page } = await regular('Alice');
      await instead(site.gateways[0]!, status, body, async () => {
        await page.reload();
        await isThere(page);
      });
    },
    patienceMs,
  );

  it(
    'keeps nothing that a network says in the place of the server, which wants a password first',
    async () => {
      const { page } = await regular('Alice');
      await instead(site.gateways[0]!, 200, '<h1>Please buy access</h1>', async () => {
        await page.goto(`${site.address()}/app/people`);
        await page.getByText('Please buy access').waitFor();
      });
      await page.context().setOffline(true);
      await page.goto(`${site.address()}/app`);
      await isThere(page);
    },
    patienceMs,
  );

  it(
    'opens when the network gives no answer',
    async () => {
      const { page } = await regular('Alice');
      const [gateway] = site.gateways;
      gateway!.signal('SIGSTOP');
      try {
        await page.reload();
        await isThere(page);
      } finally {
        gateway!.signal('SIGCONT');
      }
    },
    patienceMs,
  );
});
