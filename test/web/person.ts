import type { Locator, Page } from 'playwright-core';
import { ParleyRest } from '@app/sdk';
import type { Setting, Site } from './site';

const password = 'correct horse battery';
let people = 0;

/** The API for somebody with an account, in a session of its own. */
function restOf(url: string, username: string): ParleyRest {
  const login = () => new ParleyRest({ url }).request('login', { body: { username, password } });
  let token: Promise<string> | undefined;
  return new ParleyRest({ url, token: () => (token ??= login().then((session) => session.token)) });
}

/** Makes an account without the app. */
export async function register(url: string, username: string, nickname: string): Promise<ParleyRest> {
  await new ParleyRest({ url }).request('register', { body: { username, password, nickname } });
  return restOf(url, username);
}

/** Where and how somebody signs up. */
interface SignUpOptions {
  readonly gateway?: number;
  readonly setting?: Setting;
  /** Another address of the site. */
  readonly at?: string;
  /** Changes what the browser can do, before the app is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Somebody who uses the app, in a browser of their own. */
export class Person {
  /** For what a test does not look at. */
  readonly rest: ParleyRest;

  private constructor(
    readonly page: Page,
    readonly username: string,
    readonly name: string,
    address: string,
  ) {
    this.rest = restOf(address, this.username);
  }

  /** Makes an account in the app, as everybody does. */
  static async signUp(
    site: Site,
    name: string,
    { gateway = 0, setting = {}, at = site.address(gateway), prepare }: SignUpOptions = {},
  ): Promise<Person> {
    const person = new Person(
      await site.visit(setting),
      `${name.toLowerCase().replace(/\W+/g, '-')}-${++people}`,
      name,
      site.address(gateway),
    );
    const { page } = person;
    await prepare?.(page);
    await page.goto(`${at}/app`);
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click();
    await page.getByLabel('User name').fill(person.username);
    await page.getByLabel('Your name, as others see it').fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign up', exact: true }).click();
    // The list is known to be empty: the app is connected.
    await page.getByText('No conversations yet.').waitFor();
    return person;
  }

  /** Signs in with the password, where a page asks for it in whatever language. */
  async enter(page = this.page): Promise<void> {
    await page.locator('[name=username]').fill(this.username);
    await page.locator('[name=password]').fill(password);
    await page.locator('form button[type=submit]').click();
    await page.getByRole('navigation').first().waitFor();
  }

  /** Their id. */
  async id(): Promise<string> {
    return (await this.rest.request('me')).id;
  }

  /** Goes to one of the places of the app. */
  async go(place: 'Chats' | 'People' | 'Saved' | 'Settings'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place }).click();
  }

  /** Finds somebody and opens the conversation with them. */
  async write(to: Person): Promise<void> {
    await this.go('People');
    await this.page.getByRole('searchbox').fill(to.username);
    await this.page.getByText(to.name, { exact: true }).first().click();
    await this.page.getByRole('link', { name: 'Message', exact: true }).click();
    await this.field.waitFor();
  }

  /** Opens a conversation of the list. */
  async open(name: string): Promise<void> {
    await this.line(name).getByRole('link').click();
    await this.field.waitFor();
  }

  /** Where something is said. */
  get field(): Locator {
    return this.page.getByPlaceholder('Message', { exact: true });
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** A conversation in the list. */
  line(name: string): Locator {
    return this.page.getByRole('listitem').filter({ hasText: name });
  }

  /** The messages on the screen with that text. */
  message(text: string): Locator {
    return this.page.getByRole('article').filter({ hasText: text });
  }

  /** Waits until that was said on the screen. */
  async reads(text: string): Promise<void> {
    await this.message(text).waitFor();
  }
}
