import type { Locator } from 'playwright-core';
import { barriers } from './axe';
import { Person } from './person';
import { Site } from './site';

const patienceMs = 120_000;

describe('people in a group', () => {
  let site: Site;
  // Nobody but who runs a group takes back what was said.
  beforeAll(async () => void (site = await Site.start({ env: { PARLEY_RECALL_WINDOW_SECONDS: '0' } })), patienceMs);
  afterEach(async () => {
    await site.leave();
    expect(site.complaints()).toEqual([]);
  });
  afterAll(() => site?.remove());

  type Policy = 'open' | 'approval' | 'invite';

  /** A group that the first of some people made of them, and that all of them have open with its details. */
  async function together(
    name: string,
    people: readonly Person[],
    joinPolicy: Policy = 'invite',
  ): Promise<{ groupId: string; convId: string }> {
    const [owner, ...others] = people;
    const memberIds = await Promise.all(others.map((person) => person.id()));
    const group = await owner!.rest.request('createGroup', { body: { name, memberIds, joinPolicy } });
    for (const person of people) {
      await person.open(name);
      await person.page.getByTitle('Details', { exact: true }).click();
      await person.page.getByRole('complementary').getByText(`${people.length} members`).waitFor();
    }
    return group;
  }

  /** The details of the group on somebody's screen. */
  const details = ({ page }: Person): Locator => page.getByRole('complementary', { name: 'Details' });
  /** Does something about a member by their menu. */
  async function about({ page }: Person, name: string, what: string): Promise<void> {
    await page.getByRole('button', { name: `What can be done about ${name}` }).click();
    await page.getByRole('menuitem', { name: what }).click();
  }
  /** Says yes to what is asked. */
  const yes = ({ page }: Person, word: string) => page.getByRole('dialog').getByRole('button', { name: word }).click();
  /** Waits until something that happened is to be read. */
  const sees = ({ page }: Person, words: string) => page.getByRole('feed').getByText(words).first().waitFor();

  it(
    'is made with some of them, takes others by invitation, and adds them at once',
    async () => {
      const [olga, ben] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Ben')];
      const [cem, dora] = [await Person.signUp(site, 'Cem'), await Person.signUp(site, 'Dora')];
      const pick = async ({ username, name }: Person) => {
        await olga.page.getByRole('searchbox', { name: 'Search people' }).last().fill(username);
        await olga.page
          .getByRole('button', { name, exact: false })
          .filter({ hasText: `@${username}` })
          .click();
      };
      await olga.go('People');
      await olga.page.getByRole('link', { name: 'New group' }).click();
      await olga.page.getByLabel('Name of the group').fill('Chess');
      await pick(ben);
      await olga.page.getByRole('button', { name: 'Create group' }).click();
      await sees(olga, 'You created the group');
      await ben.line('Chess').waitFor();

      await olga.page.getByTitle('Details', { exact: true }).click();
      await details(olga).getByRole('button', { name: 'Add members' }).click();
      await pick(cem);
      await yes(olga, 'Invite');
      await olga.page.getByText('1 person invited').waitFor();
      await cem.go('People');
      await cem.page.getByRole('link', { name: 'Requests' }).click();
      await cem.page.getByText('invited by Olga').waitFor();
      await cem.page.getByRole('button', { name: 'Accept' }).click();
      await sees(cem, 'You joined');
      await sees(olga, 'Cem joined');

      await details(olga).getByRole('button', { name: 'Add members' }).click();
      await pick(dora);
      await yes(olga, 'Add');
      await dora.line('Chess').waitFor();
      await details(olga).getByText('4 members').waitFor();
    },
    patienceMs,
  );

  it(
    'has admins, who may let others not write; what is over is over without a click',
    async () => {
      const [olga, adam, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Adam'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, adam, mia]);
      expect(await details(adam).getByRole('button', { name: 'Group settings' }).count()).toBe(0);
      await about(olga, 'Adam', 'Make admin');
      await details(adam).getByRole('button', { name: 'Group settings' }).waitFor();
      await sees(mia, 'Olga made Adam an admin');

      await about(adam, 'Mia', 'Mute for an hour');
      await mia.page.getByText(/^You may not write here until/).waitFor();
      await details(olga)
        .getByText(/^muted until/)
        .waitFor();
      await about(adam, 'Mia', 'Let write again');
      await mia.field.waitFor();
      // A menu that is open offers what can be done now.
      const { groupId } = (await mia.rest.request('groups')).groups[0]!;
      await adam.page.getByRole('button', { name: 'What can be done about Mia' }).click();
      await adam.page.getByRole('menuitem', { name: 'Mute for an hour' }).waitFor();
      const params = { id: groupId, userId: await mia.id() };
      await olga.rest.request('updateMember', { params, body: { mutedUntil: Date.now() + 3_600_000 } });
      await mia.page.getByText(/^You may not write here until/).waitFor();
      await adam.page.getByRole('menuitem', { name: 'Let write again' }).click();
      await mia.field.waitFor();
      await adam.rest.request('updateMember', { params, body: { mutedUntil: Date.now() + 5_000 } });
      await mia.page.getByText(/^You may not write here until/).waitFor();
      await mia.field.waitFor();

      await about(olga, 'Adam', 'Make member');
      await details(adam).getByRole('button', { name: 'Group settings' }).waitFor({ state: 'detached' });
      expect(await barriers(olga.page)).toEqual([]);
    },
    patienceMs,
  );

  it(
    'can be kept quiet: only those write who run it, or everybody slowly',
    async () => {
      const [olga, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, mia]);
      await details(olga).getByRole('button', { name: 'Group settings' }).click();
      const onlyThose = olga.page.getByRole('switch', { name: 'Only owner and admins write' });
      await onlyThose.click();
      await mia.page.getByText('Only the owner and admins may write here.').waitFor();
      await olga.say('Quiet, please.');
      await mia.reads('Quiet, please.');
      await onlyThose.click();
      await mia.field.waitFor();

      await olga.page.getByLabel('Slow mode').selectOption({ label: '1 minute' });
      await mia.page.getByPlaceholder('Message (one every 60 seconds)').fill('One');
      await mia.page.keyboard.press('Enter');
      await olga.reads('One');
      await mia.page.getByPlaceholder('Message (one every 60 seconds)').fill('Two');
      await mia.page.keyboard.press('Enter');
      await mia.message('Two').getByText('Too fast. Please wait a moment.').waitFor();
      await olga.page.getByLabel('Slow mode').selectOption({ label: 'Off' });
      await mia.field.waitFor();
      await mia.message('Two').getByRole('button', { name: 'Try again' }).click();
      await olga.reads('Two');
      expect(await barriers(olga.page)).toEqual([]);
    },
    patienceMs,
  );

  it(
    'is called and looks as those like it who run it, and hears their notices',
    async () => {
      const [olga, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, mia]);
      await details(olga).getByRole('button', { name: 'Rename the group' }).click();
      await olga.page.getByRole('dialog').getByRole('textbox').fill('Chess and Go');
      await yes(olga, 'Save');
      await mia.line('Chess and Go').waitFor();
      await mia.page.getByRole('heading', { name: 'Chess and Go' }).waitFor();

      const picture = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
        'base64',
      );
      await details(olga).locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: picture });
      await mia.line('Chess and Go').locator('img').waitFor();
      await details(olga).getByRole('button', { name: 'Remove the picture' }).click();
      await mia.line('Chess and Go').locator('img').waitFor({ state: 'detached' });

      await details(olga).getByRole('link', { name: 'Notices' }).click();
      await olga.page.getByRole('textbox', { name: 'Tell everybody something …' }).fill('We meet on Thursday.');
      await olga.page.getByRole('button', { name: 'Post notice' }).click();
      await sees(mia, 'We meet on Thursday.');
      await details(mia).getByText('We meet on Thursday.').click();
      await details(mia).getByRole('article').getByText('Olga').waitFor();
      expect(await details(mia).getByRole('button', { name: 'Post notice' }).count()).toBe(0);
    },
    patienceMs,
  );

  it(
    'hears who wants to join: the owner at once, an admin who comes back, and who answers decides',
    async () => {
      const [olga, adam, eve] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Adam'), await Person.signUp(site, 'Eve')];
      const { groupId } = await together('Chess', [olga, adam], 'approval');
      await about(olga, 'Adam', 'Make admin');
      const ask = async () => {
        await eve.go('People');
        await eve.page.getByRole('link', { name: 'Join a group' }).click();
        await eve.page.getByLabel('Group id').fill(groupId);
        await eve.page.getByRole('button', { name: 'Join', exact: true }).click();
        await eve.page.getByText('Sent by you').waitFor();
      };
      await ask();
      await olga.page.getByRole('img', { name: '1 person wants to join' }).waitFor();
      await olga.page.getByRole('link', { name: /^People ?1$/ }).waitFor();
      await details(olga).getByRole('button', { name: 'Decline' }).click();
      await olga.page.getByRole('img', { name: '1 person wants to join' }).waitFor({ state: 'detached' });
      await eve.page.getByText('Sent by you').waitFor({ state: 'detached' });

      await ask();
      await adam.page.reload();
      await adam.page.getByRole('link', { name: /^People ?1$/ }).waitFor();
      await details(adam).getByRole('button', { name: 'Accept' }).click();
      await eve.go('Chats');
      await eve.open('Chess');
      // Whoever did not answer is not asked any more either.
      await olga.page.getByRole('link', { name: 'People', exact: true }).waitFor();
      await details(olga).getByText('3 members').waitFor();
    },
    patienceMs,
  );

  it(
    'is closed to who was removed while it was open, and open again to who is back',
    async () => {
      const [olga, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Mia')];
      const { groupId } = await together('Chess', [olga, mia]);
      await olga.say('Welcome.');
      await mia.reads('Welcome.');
      await about(olga, 'Mia', 'Remove from the group');
      await yes(olga, 'Remove from the group');
      await details(mia).getByText('You were removed from this group.').waitFor();
      await mia.page.getByRole('main').getByText('You were removed from this group.').waitFor();
      await mia.line('Chess').waitFor({ state: 'detached' });
      await mia.reads('Welcome.');
      await olga.say('Between ourselves.');
      await olga.message('Between ourselves.').getByLabel('Sent', { exact: true }).waitFor();

      await olga.rest.request('addMembers', { params: { id: groupId }, body: { userIds: [await mia.id()] } });
      await mia.field.waitFor();
      await olga.say('There you are.');
      await mia.reads('There you are.');
      expect(await mia.message('Between ourselves.').count()).toBe(0);
      await details(mia).getByRole('button', { name: 'Leave group' }).waitFor();
    },
    patienceMs,
  );

  it(
    'is left, handed over and ended',
    async () => {
      const [olga, adam, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Adam'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, adam, mia]);
      await details(mia).getByRole('button', { name: 'Leave group' }).click();
      await yes(mia, 'Leave group');
      await mia.page.getByText('Choose a conversation').waitFor();
      await sees(olga, 'Mia left');

      expect(await details(olga).getByRole('button', { name: 'Leave group' }).count()).toBe(0);
      await about(olga, 'Adam', 'Make owner');
      await yes(olga, 'Make owner');
      await details(olga).getByRole('button', { name: 'Leave group' }).waitFor();
      await details(adam).getByRole('button', { name: 'Dissolve group' }).click();
      await yes(adam, 'Dissolve group');
      await adam.page.getByText('Choose a conversation').waitFor();
      await details(olga).getByText('This group has ended.').waitFor();
      await olga.page.getByRole('main').getByText('This group has ended.').waitFor();
    },
    patienceMs,
  );

  it(
    'has what was said taken back by who runs it, and by nobody for whom it is too late',
    async () => {
      const [olga, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, mia]);
      await mia.say('A slip of the tongue');
      await olga.reads('A slip of the tongue');
      const actions = async ({ page }: Person) => {
        await page.getByRole('article').filter({ hasText: 'A slip of the tongue' }).hover();
        await page.getByRole('article').filter({ hasText: 'A slip of the tongue' }).getByRole('button', { name: 'Actions' }).click();
      };
      const takeBack = ({ page }: Person) => page.getByRole('menuitem', { name: 'Take back' });
      await actions(mia);
      await takeBack(mia).click();
      await mia.page.getByText('It is too late to take this back.').waitFor();
      await actions(mia);
      await mia.page.getByRole('menuitem', { name: 'Copy' }).waitFor();
      expect(await takeBack(mia).count()).toBe(0);
      await actions(olga);
      await takeBack(olga).click();
      await mia.message('A slip of the tongue').waitFor({ state: 'detached' });
    },
    patienceMs,
  );

  it(
    'tells who of its members are there',
    async () => {
      const [olga, mia] = [await Person.signUp(site, 'Olga'), await Person.signUp(site, 'Mia')];
      await together('Chess', [olga, mia]);
      await olga.page.getByRole('main').getByText('2 members, 2 online').waitFor();
      await details(olga).getByText('online', { exact: true }).first().waitFor();
    },
    patienceMs,
  );

  it(
    'of hundreds has everybody mentioned who is in it, whoever it is, and nobody else',
    async () => {
      const olga = await Person.signUp(site, 'Olga');
      const [gateway] = site.gateways;
      const named = async (id: string, nickname: string) => {
        const person = await gateway!.person(id);
        await gateway!.request('PUT', '/api/users/me', { nickname }, person);
        return person;
      };
      // Members come by their ids, and these are far behind the others.
      const [wanda, zoe] = [await named('zz-1', 'Wanda'), await named('zz-2', 'Zoe Last')];
      await named('zz-3', 'Zoe Outside');
      const ids = Array.from({ length: 640 }, (_, at) => `crowd-${at}`);
      for (let at = 0; at < ids.length; at += 40) await Promise.all(ids.slice(at, at + 40).map((id) => gateway!.person(id)));
      const { groupId } = await olga.rest.request('createGroup', { body: { name: 'Everybody', memberIds: [wanda.id, zoe.id] } });
      for (let at = 0; at < ids.length; at += 160)
        await olga.rest.request('addMembers', { params: { id: groupId }, body: { userIds: ids.slice(at, at + 160) } });
      const said = { groupId, type: 'text', payload: { text: 'I am here too.' }, clientMsgId: crypto.randomUUID() };
      await gateway!.request('POST', '/api/messages', said, wanda);

      await olga.open('Everybody');
      await olga.reads('I am here too.');
      const offered = olga.page.getByRole('listbox', { name: 'Members to mention' });
      await olga.field.pressSequentially('@wan');
      await offered.getByRole('option', { name: 'Wanda' }).click();
      await olga.field.pressSequentially('and @zz-');
      await offered.getByRole('option', { name: 'Zoe Last' }).waitFor();
      expect(await offered.getByRole('option', { name: 'Zoe Outside' }).count()).toBe(0);
      await offered.getByRole('option', { name: 'Zoe Last' }).click();
      await olga.field.press('Enter');
      await olga.message('@Zoe Last').getByLabel('Sent', { exact: true }).waitFor();
      const { messages } = await olga.rest.request('history', { query: { convId: `group:${groupId}`, limit: 1 } });
      expect(messages[0]?.mentions).toEqual(['zz-1', 'zz-2']);
    },
    patienceMs,
  );
});
