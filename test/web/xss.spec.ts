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
});
