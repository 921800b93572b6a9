import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('people in the app', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  it(
    'become friends by a request with some words, and call each other as they like',
    async () => {
      const [alice, bob] = [await Person.signUp(site, 'Alice'), await Person.signUp(site, 'Bob')];
      await alice.go('People');
      await alice.page.getByRole('searchbox').fill(bob.username);
      await alice.page.getByText('Bob', { exact: true }).first().click();
      await alice.page.getByRole('button', { name: 'Add friend' }).click();
      await alice.page.getByRole('dialog').getByRole('textbox').fill('From the chess club');
      await alice.page.getByRole('button', { name: 'Send request' }).click();
      await alice.page.getByText('Bob has your request now.').waitFor();
      await bob.go('People');
      await bob.page.getByRole('link', { name: 'Requests' }).click();
      await bob.page.getByText('From the chess club').waitFor();
      await bob.page.getByRole('button', { name: 'Accept' }).click();
      await alice.page.getByRole('button', { name: 'Change your name for them' }).click();
      await alice.page.getByRole('dialog').getByRole('textbox').fill('Bobby');
      await alice.page.getByRole('button', { name: 'Save' }).click();
      await alice.page.getByRole('heading', { name: 'Bobby' }).first().waitFor();
    },
    patienceMs,
  );

  it(
    'rename a group of theirs, though not to nothing',
    async () => {
      const alice = await Person.signUp(site, 'Alice');
      const { convId } = await alice.rest.request('createGroup', { body: { name: 'Chess', memberIds: [] } });
      await alice.open('Chess');
      await alice.page.goto(`${site.address()}/app/c/${encodeURIComponent(convId)}/details`);
      await alice.page.getByRole('button', { name: 'Rename the group' }).click();
      const line = alice.page.getByRole('dialog').getByRole('textbox');
      await line.fill(' ');
      await alice.page.getByRole('button', { name: 'Save' }).click();
      await alice.page.getByText('Give the group a name.').waitFor();
      await line.fill('Go');
      await alice.page.getByRole('button', { name: 'Save' }).click();
      await alice.line('Go').waitFor();
    },
    patienceMs,
  );
});
