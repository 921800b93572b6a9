import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium, sharedMysql, sharedRedis } from '@app/testing';
import { GatewayProcess } from '../process';

/** How a browser differs from one of an English desktop. */
export type Setting = Pick<
  BrowserContextOptions,
  'viewport' | 'locale' | 'colorScheme' | 'hasTouch' | 'isMobile' | 'permissions' | 'serviceWorkers'
>;

const desktop: Setting = { viewport: { width: 1200, height: 800 }, locale: 'en-US', colorScheme: 'light' };

/** Real gateways that serve the built pages, and browsers to open them in. */
export class Site {
  private readonly contexts: BrowserContext[] = [];
  private readonly problems: string[] = [];

  private constructor(
    readonly gateways: readonly GatewayProcess[],
    private readonly browser: Browser,
  ) {}

  /** Gateways on one store; one of them has SQLite, several share a MariaDB and a Redis. */
  static async start({ gateways: count = 1, env = {} }: { gateways?: number; env?: Readonly<Record<string, string>> } = {}): Promise<Site> {
    const shared: Readonly<Record<string, string>> =
      count === 1
        ? {}
        : { DATABASE_URL: await sharedMysql(), REDIS_URL: sharedRedis(), REDIS_PREFIX: `web${randomBytes(4).toString('hex')}` };
    const gateways: GatewayProcess[] = [];
    for (let index = 0; index < count; index++) gateways.push(await GatewayProcess.start({ env: { ...shared, ...env } }));
    return new Site(gateways, await startChromium());
  }

  /** The address of a gateway. Not by number: only `localhost` may have a service worker without HTTPS. */
  address(gateway = 0): string {
    return `http://localhost:${this.gateways[gateway]!.port}`;
  }

  /** The same gateway as a browser elsewhere sees it, by plain HTTP: without service workers, locks, a clipboard and random UUIDs. */
  plainAddress(gateway = 0): string {
    return `http://parley.test:${this.gateways[gateway]!.port}`;
  }

  /** A page of a browser that knows nothing yet. What it reports as an error is kept, for `complaints`. */
  async visit(setting: Setting = {}): Promise<Page> {
    const context = await this.browser.newContext({ ...desktop, ...setting });
    this.contexts.push(context);
    return this.page(context);
  }

  /** Another tab of the same browser. */
  tab(page: Page): Promise<Page> {
    return this.page(page.context());
  }

  /** What pages threw, and what their policy forbade, since the last time. A connection that fails is none of it. */
  complaints(): readonly string[] {
    return this.problems.splice(0);
  }

  /** Closes the browsers, so that the next test begins with none. */
  async leave(): Promise<void> {
    for (const context of this.contexts.splice(0)) await context.close();
  }

  async remove(): Promise<void> {
    await this.browser.close();
    for (const gateway of this.gateways) await gateway.remove();
  }

  private async page(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => this.problems.push(message));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !/ERR_|status of|WebSocket connection/.test(text)) this.problems.push(text);
    });
    return page;
  }
}
