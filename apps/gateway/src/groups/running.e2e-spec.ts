import type { Conversation, Group, GroupMember, Notice } from '@app/protocol';
import { type Person, World, codeOf } from '@app/testing';

const textsOf = (messages: readonly { payload?: unknown }[]) =>
  messages.map(({ payload }) => (payload as { text: string } | undefined)?.text);

describe('running a group', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({ maxGroupSize: 6, maxListItems: 8 });
  });
  afterAll(() => world.close());

  const someone = (name = 'person') => world.person(`${name}-${++people}`);
  const several = (count: number) => Promise.all(Array.from({ length: count }, () => someone()));
  const get = async (groupId: string, person: Person) => (await world.get<Group>(`/api/groups/${groupId}`, person)).body;
  const put = (groupId: string, body: unknown, person: Person) => world.request<Group>('PUT', `/api/groups/${groupId}`, body, person);
  const add = (groupId: string, userIds: readonly string[], person: Person) =>
    world.post<{ added: string[] }>(`/api/groups/${groupId}/members`, { userIds }, person);
  const setMember = (groupId: string, userId: string, body: unknown, person: Person) =>
    world.request<GroupMember>('PUT', `/api/groups/${groupId}/members/${userId}`, body, person);
  const transfer = (groupId: string, userId: string, person: Person) =>
    world.post<Group>(`/api/groups/${groupId}/transfer`, { userId }, person);
  const dissolve = (groupId: string, person: Person) => world.request('DELETE', `/api/groups/${groupId}`, undefined, person);
  const join = (groupId: string, person: Person) => world.post<Group>(`/api/groups/${groupId}/join`, undefined, person);
  const rolesIn = async (groupId: string, person: Person) => {
    const { members } = (await world.get<{ members: GroupMember[] }>(`/api/groups/${groupId}/members`, person)).body;
    return Object.fromEntries(members.map(({ userId, role }) => [userId, role]));
  };
  const entriesOf = async (groupId: string, person: Person) =>
    (await (await world.connect(person)).call('entries', { groupId, afterSeq: 0 })).entries;

  describe('its settings', () => {
    it('change for everybody, and the entry tells what changed', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      const listener = await world.connect(bob);
      await listener.call('subscribe_group', { groupId });
      const changed = { name: 'Analysts 🍣', joinPolicy: 'approval', historyFromStart: true };
      const { status, body } = await put(groupId, changed, ada);
      expect([status, body]).toMatchObject([200, { ...changed, muteAll: false, role: 'owner' }]);
      expect(await listener.next('entry')).toMatchObject({ kind: 'group_updated', from: ada.id, ...changed });
      expect(await get(groupId, bob)).toMatchObject({ ...changed, muteAll: false, role: 'member' });
      const { conversations } = await listener.call('sync', {});
      expect(conversations).toMatchObject([{ name: 'Analysts 🍣' }]);
    });

    it('that stay as they are, are not told', async () => {
      const ada = await someone('ada');
      const groupId = await world.group(ada);
      await put(groupId, { name: 'a group', joinPolicy: 'open', muteAll: false, historyFromStart: false }, ada);
      await put(groupId, { name: 'another', joinPolicy: 'open' }, ada);
      const [, updated, ...more] = await entriesOf(groupId, ada);
      expect(more).toEqual([]);
      expect(updated).toMatchObject({ kind: 'group_updated', name: 'another' });
      expect(updated).not.toHaveProperty('joinPolicy');
    });

    it.each([
      {},
      { name: '' },
      { name: 'n'.repeat(101) },
      { joinPolicy: 'secret' },
      { muteAll: 1 },
      { historyFromStart: null },
      { minSecondsBetweenMessages: null },
    ])('refuse %j', async (body) => {
      const ada = await someone('ada');
      expect(World.codeOf(await put(await world.group(ada), body, ada))).toBe('BAD_REQUEST');
    });

    it('may let new members see what was said before they came, which counts as read', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada);
      const a = await world.connect(ada);
      await a.say({ groupId }, 'long ago');
      await join(groupId, bob);
      await put(groupId, { historyFromStart: true }, ada);
      await a.say({ groupId }, 'before');
      await join(groupId, cy);
      await a.say({ groupId }, 'after');
      const [b, c] = [await world.connect(bob), await world.connect(cy)];
      expect(textsOf((await c.call('history', { groupId })).messages)).toEqual(['long ago', 'before', 'after']);
      expect((await c.call('sync', {})).conversations).toMatchObject([{ unread: 1 }]);
      await c.call('subscribe_group', { groupId, fromSeq: 0 });
      await c.next('message', ({ payload }) => (payload as { text: string }).text === 'after');
      expect(c.all('message').map(({ seq }) => seq)).toEqual([2, 5, 7]);
      // Who was there before keeps the window that they had.
      expect(textsOf((await b.call('history', { groupId })).messages)).toEqual(['before', 'after']);
    });

    it('may let somebody who comes back see what was said while they were gone; their old connection hears the group again', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      await put(groupId, { historyFromStart: true }, ada);
      await b.call('subscribe_group', { groupId });
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      await a.say({ groupId }, 'while bob was gone');
      await join(groupId, bob);
      await b.call('subscribe_group', { groupId, fromSeq: 0 });
      await a.say({ groupId }, 'welcome back');
      await b.next('message', ({ payload }) => (payload as { text: string }).text === 'welcome back');
      expect(textsOf(b.all('message'))).toEqual(['while bob was gone', 'welcome back']);
    });
  });

  describe('while everybody is muted', () => {
    it('only the owner and admins write, also who had written before', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada, [bob, cy]);
      await setMember(groupId, bob.id, { role: 'admin' }, ada);
      const [a, b, c] = [await world.connect(ada), await world.connect(bob), await world.connect(cy)];
      await c.say({ groupId }, 'before', 'first');
      await put(groupId, { muteAll: true }, bob);
      expect(await codeOf(c.say({ groupId }, 'after'))).toBe('MUTED');
      expect(await c.say({ groupId }, 'before', 'first')).toMatchObject({ duplicate: true });
      await a.say({ groupId }, 'from the owner');
      await b.say({ groupId }, 'from an admin');
      await setMember(groupId, bob.id, { role: 'member' }, ada);
      expect(await codeOf(b.say({ groupId }, 'no admin any more'))).toBe('MUTED');
      await put(groupId, { muteAll: false }, ada);
      await c.say({ groupId }, 'again');
    });

    it('who was muted for themselves stays so afterwards', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      await setMember(groupId, bob.id, { mutedUntil: Date.now() + 3_600_000 }, ada);
      await put(groupId, { muteAll: true }, ada);
      await put(groupId, { muteAll: false }, ada);
      expect(await codeOf((await world.connect(bob)).say({ groupId }, 'now?'))).toBe('MUTED');
    });
  });

  describe('a role', () => {
    it('is given by the owner, told as an entry, and counts at once', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada, [bob, cy]);
      const listener = await world.connect(cy);
      await listener.call('subscribe_group', { groupId });
      expect((await setMember(groupId, bob.id, { role: 'admin' }, ada)).body).toMatchObject({ userId: bob.id, role: 'admin' });
      expect(await listener.next('entry')).toMatchObject({ kind: 'member_updated', userId: bob.id, role: 'admin', from: ada.id });
      expect(await rolesIn(groupId, cy)).toEqual({ [ada.id]: 'owner', [bob.id]: 'admin', [cy.id]: 'member' });
      expect(await get(groupId, bob)).toMatchObject({ role: 'admin' });
      const { seq } = await listener.say({ groupId }, 'to be recalled');
      await world.post('/api/messages/recall', { groupId, seq }, bob);
      await setMember(groupId, bob.id, { role: 'member' }, ada);
      expect(World.codeOf(await put(groupId, { name: 'mine' }, bob))).toBe('FORBIDDEN');
    });

    it('and a mute may be given at once; what they are already is not told', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      const until = Date.now() + 3_600_000;
      for (const body of [{ role: 'admin', mutedUntil: until }, { role: 'admin', mutedUntil: until }, { mutedUntil: until }]) {
        expect((await setMember(groupId, bob.id, body, ada)).body).toMatchObject({ role: 'admin', mutedUntil: until });
      }
      const entries = await entriesOf(groupId, ada);
      expect(entries.slice(1)).toMatchObject([{ kind: 'member_updated', userId: bob.id, role: 'admin', mutedUntil: until }]);
      expect(entries).toHaveLength(2);
    });

    it('ends with the membership', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      await setMember(groupId, bob.id, { role: 'admin' }, ada);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      expect((await join(groupId, bob)).body).toMatchObject({ status: 'joined', role: 'member' });
      expect(await rolesIn(groupId, ada)).toMatchObject({ [bob.id]: 'member' });
    });

    it.each([{}, { role: 'owner' }, { role: null }, { mutedUntil: 'soon' }, { mutedUntil: -1 }])('is not %j', async (body) => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      expect(World.codeOf(await setMember(groupId, bob.id, body, ada))).toBe('BAD_REQUEST');
    });
  });

  describe('handing it over', () => {
    it('makes the other the owner and the owner an admin, who may leave then', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      const listener = await world.connect(bob);
      await listener.call('subscribe_group', { groupId });
      expect((await transfer(groupId, bob.id, ada)).body).toMatchObject({ ownerId: bob.id, role: 'admin' });
      expect(await listener.next('entry')).toMatchObject({ kind: 'group_updated', ownerId: bob.id, from: ada.id });
      expect(await rolesIn(groupId, ada)).toEqual({ [ada.id]: 'admin', [bob.id]: 'owner' });
      expect(World.codeOf(await transfer(groupId, ada.id, ada))).toBe('FORBIDDEN');
      expect(World.codeOf(await world.post(`/api/groups/${groupId}/leave`, undefined, bob))).toBe('FORBIDDEN');
      expect((await world.post(`/api/groups/${groupId}/leave`, undefined, ada)).status).toBe(200);
      expect(await get(groupId, bob)).toMatchObject({ ownerId: bob.id, memberCount: 1, role: 'owner' });
    });

    it('lets an heir who was muted write', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      await setMember(groupId, bob.id, { mutedUntil: Date.now() + 3_600_000 }, ada);
      await transfer(groupId, bob.id, ada);
      await (await world.connect(bob)).say({ groupId }, 'mine now');
    });

    it('to somebody who is not there, or never was, is NOT_FOUND', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      for (const userId of [bob.id, 'nobody']) expect(World.codeOf(await transfer(groupId, userId, ada))).toBe('NOT_FOUND');
      expect(await get(groupId, ada)).toMatchObject({ ownerId: ada.id, role: 'owner' });
    });
  });

  describe('members who are added', () => {
    it('are told, hear what comes, and see nothing of before; who is one stays one', async () => {
      const [ada, bob, cy, dan] = [await someone('ada'), await someone('bob'), await someone('cy'), await someone('dan')];
      const groupId = await world.group(ada, [bob], { joinPolicy: 'invite' });
      const [a, c] = [await world.connect(ada), await world.connect(cy)];
      await a.call('subscribe_group', { groupId });
      await a.say({ groupId }, 'before');
      expect((await add(groupId, [cy.id, bob.id, dan.id, cy.id], ada)).body).toEqual({ added: [cy.id, dan.id] });
      expect(await c.next('group_joined')).toMatchObject({ groupId, role: 'member', memberCount: 4 });
      for (const { id } of [cy, dan]) {
        expect(await a.next('entry')).toMatchObject({ kind: 'member_joined', userId: id, from: ada.id });
      }
      await c.call('subscribe_group', { groupId });
      await a.say({ groupId }, 'welcome');
      expect(await c.next('message')).toMatchObject({ payload: { text: 'welcome' } });
      expect(textsOf((await c.call('history', { groupId })).messages)).toEqual(['welcome']);
      expect(await get(groupId, dan)).toMatchObject({ memberCount: 4 });
      expect((await add(groupId, [cy.id], ada)).body).toEqual({ added: [] });
      expect((await entriesOf(groupId, ada)).filter(({ kind }) => kind === 'member_joined')).toHaveLength(2);
    });

    it('may be former ones, whose mute and old window are as they were', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada, [bob]);
      const a = await world.connect(ada);
      await setMember(groupId, bob.id, { role: 'admin', mutedUntil: Date.now() + 3_600_000 }, ada);
      await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
      await a.say({ groupId }, 'about bob');
      expect((await add(groupId, [bob.id, cy.id], ada)).body.added).toHaveLength(2);
      const b = await world.connect(bob);
      expect((await b.call('history', { groupId })).messages).toEqual([]);
      expect(await codeOf(b.say({ groupId }, 'back'))).toBe('MUTED');
      expect(await rolesIn(groupId, ada)).toMatchObject({ [bob.id]: 'member', [cy.id]: 'member' });
    });

    it('must be users, and fit in, all of them or none', async () => {
      const [ada, ...others] = await several(7);
      if (!ada) throw new Error('nobody');
      const ids = others.map(({ id }) => id);
      const groupId = await world.group(ada);
      expect(World.codeOf(await add(groupId, [...ids.slice(0, 2), 'nobody'], ada))).toBe('NOT_FOUND');
      expect(World.codeOf(await add(groupId, ids, ada))).toBe('TOO_LARGE');
      expect(World.codeOf(await add(groupId, Array<string>(9).fill(ids[0] ?? ''), ada))).toBe('TOO_LARGE');
      for (const userIds of [[], ['no id!'], 'bob']) {
        expect(World.codeOf(await world.post(`/api/groups/${groupId}/members`, { userIds }, ada))).toBe('BAD_REQUEST');
      }
      expect(await get(groupId, ada)).toMatchObject({ memberCount: 1 });
      expect((await add(groupId, ids.slice(0, 5), ada)).status).toBe(200);
      expect(World.codeOf(await add(groupId, ids.slice(5), ada))).toBe('TOO_LARGE');
    });
  });

  it('tells the devices of those who join, leave and are removed', async () => {
    const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
    const [b, c] = [await world.connect(bob), await world.connect(cy)];
    const groupId = await world.group(ada, [bob]);
    expect(await b.next('group_joined')).toMatchObject({ groupId, ownerId: ada.id, role: 'member' });
    await join(groupId, cy);
    expect(await c.next('group_joined')).toMatchObject({ groupId, memberCount: 3 });
    await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
    expect(await b.next('group_removed')).toEqual({ groupId, reason: 'left' });
    await world.request('DELETE', `/api/groups/${groupId}/members/${cy.id}`, undefined, ada);
    expect(await c.next('group_removed')).toEqual({ groupId, reason: 'removed' });
    await c.settled();
    expect(c.all('group_joined')).toHaveLength(1);
  });

  describe('notices', () => {
    const post = (groupId: string, text: string, person: Person) => world.post<Notice>(`/api/groups/${groupId}/notices`, { text }, person);
    const list = async (groupId: string, person: Person, query = '') =>
      (await world.get<{ notices: Notice[]; next: string | null }>(`/api/groups/${groupId}/notices?${query}`, person)).body;

    it('are told as an entry, and come newest first, a page at a time, to new members too', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada);
      await post(await world.group(ada), 'in another group', ada);
      const listener = await world.connect(ada);
      await listener.call('subscribe_group', { groupId });
      const { status, body } = await post(groupId, 'No fishing 🎣', ada);
      expect([status, body]).toMatchObject([201, { authorId: ada.id, text: 'No fishing 🎣' }]);
      expect(await listener.next('entry')).toMatchObject({ kind: 'group_updated', notice: body });
      await post(groupId, 'two', ada);
      await post(groupId, 'three', ada);
      await join(groupId, bob);
      const first = await list(groupId, bob, 'limit=2');
      const second = await list(groupId, bob, `limit=2&cursor=${first.next}`);
      expect([...first.notices, ...second.notices].map(({ text }) => text)).toEqual(['three', 'two', 'No fishing 🎣']);
      expect([second.notices[0], second.next]).toEqual([body, null]);
    });

    it.each(['', 'x'.repeat(4001), 'a\0b', 7])('refuse %#', async (text) => {
      const ada = await someone('ada');
      expect(World.codeOf(await post(await world.group(ada), text as string, ada))).toBe('BAD_REQUEST');
    });
  });

  describe('its end', () => {
    it('is the last entry that anybody hears; what was said stays readable, and nothing more is done', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada, [bob]);
      const [a, b, late] = [await world.connect(ada), await world.connect(bob), await world.connect(bob, { deviceId: 'late' })];
      for (const client of [a, b]) await client.call('subscribe_group', { groupId });
      await b.say({ groupId }, 'last words', 'kept');
      expect((await dissolve(groupId, ada)).body).toEqual({});
      for (const client of [a, b]) {
        expect(await client.next('entry')).toMatchObject({ kind: 'group_dissolved', from: ada.id, seq: 3 });
      }
      expect(await a.next('group_removed')).toEqual({ groupId, reason: 'dissolved' });
      for (const client of [a, b, late]) {
        expect(await codeOf(client.say({ groupId }, 'still?'))).toBe('NOT_GROUP_MEMBER');
        expect(await codeOf(client.call('subscribe_group', { groupId, fromSeq: 0 }))).toBe('NOT_GROUP_MEMBER');
        expect(await codeOf(client.call('read', { groupId, seq: 3 }))).toBe('NOT_GROUP_MEMBER');
        expect(await codeOf(client.call('recall', { groupId, seq: 2 }))).toBe('NOT_GROUP_MEMBER');
      }
      expect(await b.say({ groupId }, 'last words', 'kept')).toMatchObject({ seq: 2, duplicate: true });
      expect(textsOf((await b.call('history', { groupId })).messages)).toEqual(['last words']);
      expect(await b.call('entries', { groupId, afterSeq: 0 })).toMatchObject({ lastSeq: 3, hasMore: false, entries: { length: 3 } });
      expect(World.codeOf(await join(groupId, cy))).toBe('NOT_FOUND');
      expect(World.codeOf(await join(groupId, bob))).toBe('NOT_FOUND');
      expect(World.codeOf(await dissolve(groupId, ada))).toBe('NOT_GROUP_MEMBER');
      expect((await world.get('/api/groups', bob)).body).toEqual({ groups: [], next: null });
    });

    it('is told by sync to those who were there, once, and to nobody who had left', async () => {
      const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
      const groupId = await world.group(ada, [bob, cy]);
      await world.post(`/api/groups/${groupId}/leave`, undefined, cy);
      const [b, c] = [await world.connect(bob), await world.connect(cy)];
      const { next } = await b.call('sync', {});
      await dissolve(groupId, ada);
      const convId = `group:${groupId}`;
      const line = ({ conversations }: { conversations: Conversation[] }) => conversations.find((one) => one.convId === convId);
      expect(line(await b.call('sync', { since: next }))).toMatchObject({ left: true, lastSeq: 3, unread: 0 });
      expect(line(await c.call('sync', { since: next }))).toMatchObject({ left: true, lastSeq: 2 });
      expect(line(await b.call('sync', {}))).toBeUndefined();
      expect((await world.get<{ conversations: Conversation[] }>('/api/conversations', bob)).body.conversations).toEqual([]);
    });

    it('ends the window of members, not of those who had left before', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const groupId = await world.group(ada, [bob]);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      await dissolve(groupId, ada);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      expect((await a.call('entries', { groupId, afterSeq: 0 })).lastSeq).toBe(3);
      expect((await b.call('entries', { groupId, afterSeq: 0 })).lastSeq).toBe(2);
    });
  });
});
