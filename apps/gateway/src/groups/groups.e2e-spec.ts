import type { Group } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

const textsOf = (messages: readonly { payload?: unknown }[]) =>
  messages.map(({ payload }) => (payload as { text: string } | undefined)?.text);

describe('groups', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({ maxGroupSize: 4, maxListItems: 6, maxSubscriptionsPerConnection: 3 });
  });
  afterAll(() => world.close());

  /** Somebody new. */
  const someone = (name = 'person') => world.person(`${name}-${++people}`);
  const create = (body: Record<string, unknown>, owner: Person) =>
    world.post<{ groupId: string; convId: string }>('/api/groups', { name: 'a group', ...body }, owner);
  const get = (groupId: string, person: Person) => world.get<Group>(`/api/groups/${groupId}`, person);
  const join = (groupId: string, person: Person) => world.post<Group>(`/api/groups/${groupId}/join`, undefined, person);
  const leave = (groupId: string, person: Person) => world.post(`/api/groups/${groupId}/leave`, undefined, person);
  const members = (groupId: string, person: Person, query = '') =>
    world.get<{ members: { userId: string; role: string; joinedAt: number }[]; next: string | null }>(
      `/api/groups/${groupId}/members?${query}`,
      person,
    );

  describe('creating one', () => {
    it('makes the creator its owner and everybody else named a member, once', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const { status, body } = await create({ name: 'Analysts 🍣', memberIds: [bob.id, ada.id, bob.id] }, ada);
      expect(status).toBe(201);
      expect(body).toEqual({ groupId: expect.any(String) as string, convId: `group:${body.groupId}` });
      const expected = {
        groupId: body.groupId,
        convId: body.convId,
        name: 'Analysts 🍣',
        ownerId: ada.id,
        joinPolicy: 'open',
        memberCount: 2,
      };
      expect((await get(body.groupId, ada)).body).toMatchObject({ ...expected, role: 'owner' });
      expect((await get(body.groupId, bob)).body).toMatchObject({ ...expected, role: 'member' });
      expect((await members(body.groupId, bob)).body.members.map(({ userId, role }) => [userId, role])).toEqual([
        [ada.id, 'owner'],
        [bob.id, 'member'],
      ]);
    });

    it('is told to the devices of everybody in it, those of its maker too', async () => {
      const [ada, bob] = [await someone('ada'), await someone('bob')];
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      const { body } = await create({ memberIds: [bob.id] }, ada);
      expect(await a.next('group_joined')).toMatchObject({ groupId: body.groupId, role: 'owner', memberCount: 2 });
      expect(await b.next('group_joined')).toMatchObject({ groupId: body.groupId, role: 'member', memberCount: 2 });
    });

    it('is the first entry of its log', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const client = await world.connect(bob);
      const { entries } = await client.call('entries', { convId: `group:${groupId}`, afterSeq: 0 });
      expect(entries).toMatchObject([{ seq: 1, kind: 'group_created', from: ada.id, name: 'a group', userIds: [ada.id, bob.id] }]);
    });

    it('with somebody who is no user is NOT_FOUND and makes nothing', async () => {
      const [ada, bob] = [await someone(), await someone()];
      expect(World.codeOf(await create({ memberIds: [bob.id, 'nobody'] }, ada))).toBe('NOT_FOUND');
      for (const person of [ada, bob]) expect((await world.get('/api/groups', person)).body).toEqual({ groups: [], next: null });
    });

    it('with more members than a group may have, or more ids than a list may have, is TOO_LARGE', async () => {
      const owner = await someone();
      const others = await Promise.all([1, 2, 3, 4].map(() => someone()));
      const ids = others.map(({ id }) => id);
      const full = await create({ memberIds: ids }, owner);
      expect([full.status, World.codeOf(full)]).toEqual([413, 'TOO_LARGE']);
      expect((await create({ memberIds: ids.slice(0, 3) }, owner)).status).toBe(201);
      expect(World.codeOf(await create({ memberIds: Array<string>(7).fill(ids[0] ?? '') }, owner))).toBe('TOO_LARGE');
    });

    it.each([
      { name: '' },
      { name: 'n'.repeat(101) },
      { name: 'a\0b' },
      { memberIds: 'bob' },
      { memberIds: ['no id!'] },
      { joinPolicy: 'secret' },
    ])('refuses %#', async (body) => {
      expect(World.codeOf(await create(body, await someone()))).toBe('BAD_REQUEST');
    });
  });

  describe('lists', () => {
    it('of groups come a page at a time, by id, with the own role in each', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const ids = [await world.group(ada), await world.group(ada), await world.group(bob, [ada]), await world.group(bob)];
      await world.group(bob);
      const page = async (query: string) => (await world.get<{ groups: Group[]; next: string | null }>(`/api/groups?${query}`, ada)).body;
      const first = await page('limit=2');
      const second = await page(`limit=2&cursor=${first.next}`);
      expect(second.next).toBeNull();
      const all = [...first.groups, ...second.groups];
      expect(all.map(({ groupId }) => groupId)).toEqual(ids.slice(0, 3).sort());
      expect(all.map(({ ownerId, role }) => (ownerId === ada.id) === (role === 'owner'))).toEqual([true, true, true]);
      expect((await page('limit=3')).next).toBeNull();
    });

    it('of members come a page at a time, by user id, without those who left', async () => {
      const owner = await someone();
      const others = await Promise.all([1, 2, 3].map(() => someone()));
      const groupId = await world.group(owner, others);
      const [gone] = others;
      if (gone) await leave(groupId, gone);
      const first = (await members(groupId, owner, 'limit=2')).body;
      const second = (await members(groupId, owner, `limit=2&cursor=${first.next}`)).body;
      expect([...first.members, ...second.members].map(({ userId }) => userId)).toEqual(
        [owner, ...others.slice(1)].map(({ id }) => id).sort(),
      );
      expect([first.members.length, second.next]).toEqual([2, null]);
    });
  });

  describe('joining one', () => {
    it('is an entry that everybody who listens hears, and counts the member', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada);
      const listener = await world.connect(ada);
      await listener.call('subscribe_group', { groupId });
      const { status, body } = await join(groupId, bob);
      expect([status, body]).toMatchObject([200, { groupId, role: 'member', memberCount: 2 }]);
      expect(await listener.next('entry')).toMatchObject({ kind: 'member_joined', userId: bob.id, from: bob.id, seq: 2 });
    });

    it('again changes nothing', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada);
      const answers = [
        await join(groupId, bob),
        ...(await Promise.all([join(groupId, bob), join(groupId, bob)])),
        await join(groupId, ada),
      ];
      expect(answers.map(({ status, body }) => [status, body.memberCount])).toEqual(Array(4).fill([200, 2]));
      const client = await world.connect(ada);
      expect((await client.call('entries', { convId: `group:${groupId}`, afterSeq: 0 })).lastSeq).toBe(2);
    });

    it('that is by invitation looks as if it did not exist', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [], { joinPolicy: 'invite' });
      const [closed, none] = [await join(groupId, bob), await join('no-such-group', bob)];
      expect([closed.status, closed.body]).toEqual([none.status, none.body]);
      expect([none.status, World.codeOf(none)]).toEqual([404, 'NOT_FOUND']);
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
    });

    it('that is full is TOO_LARGE', async () => {
      const owner = await someone();
      const groupId = await world.group(owner, await Promise.all([1, 2].map(() => someone())));
      const statuses = (await Promise.all([join(groupId, await someone()), join(groupId, await someone())])).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 413]);
      expect((await get(groupId, owner)).body.memberCount).toBe(4);
    });

    it('shows nothing of what was said before', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      await a.say({ groupId }, 'before');
      await join(groupId, bob);
      await a.say({ groupId }, 'after');
      expect(textsOf((await b.call('history', { groupId })).messages)).toEqual(['after']);
      expect((await b.call('sync', {})).conversations).toMatchObject([{ unread: 1 }]);
    });
  });

  describe('leaving one', () => {
    it('is the last entry that the one who leaves hears', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      for (const client of [a, b]) await client.call('subscribe_group', { groupId });
      expect((await leave(groupId, bob)).body).toEqual({});
      for (const client of [a, b])
        expect(await client.next('entry')).toMatchObject({ kind: 'member_left', userId: bob.id, reason: 'left', seq: 2 });
      await a.say({ groupId }, 'is he gone?');
      await a.next('message');
      await b.settled();
      expect(b.all('message')).toEqual([]);
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
      expect((await world.get('/api/groups', bob)).body.groups).toEqual([]);
    });

    it('is not for the owner', async () => {
      const ada = await someone();
      const groupId = await world.group(ada);
      const answer = await leave(groupId, ada);
      expect([answer.status, World.codeOf(answer)]).toEqual([403, 'FORBIDDEN']);
      expect((await get(groupId, ada)).body).toMatchObject({ memberCount: 1, role: 'owner' });
    });

    it('twice is NOT_GROUP_MEMBER, also at once, and counts once', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const answers = await Promise.all([leave(groupId, bob), leave(groupId, bob), leave(groupId, bob)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
      expect(World.codeOf(await leave(groupId, bob))).toBe('NOT_GROUP_MEMBER');
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
    });
  });

  describe('a member who is removed', () => {
    const remove = (groupId: string, member: Person, by: Person) =>
      world.request('DELETE', `/api/groups/${groupId}/members/${member.id}`, undefined, by);

    it('hears so as the last entry, and can neither send nor subscribe', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      for (const client of [a, b]) await client.call('subscribe_group', { groupId });
      await b.say({ groupId }, 'here');
      expect((await remove(groupId, bob, ada)).body).toEqual({});
      for (const client of [a, b])
        expect(await client.next('entry')).toMatchObject({ kind: 'member_left', userId: bob.id, from: ada.id, reason: 'removed', seq: 3 });
      expect(await codeOf(b.say({ groupId }, 'and still?'))).toBe('NOT_GROUP_MEMBER');
      expect(await codeOf(b.call('subscribe_group', { groupId }))).toBe('NOT_GROUP_MEMBER');
      await a.say({ groupId }, 'gone');
      await b.settled();
      expect(b.all('message').map(({ seq }) => seq)).toEqual([2]);
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
    });

    it('is removed by those above them only', async () => {
      const [ada, bob, eve] = [await someone(), await someone(), await someone()];
      const groupId = await world.group(ada, [bob, eve]);
      const answers = [
        await remove(groupId, eve, bob),
        await remove(groupId, ada, bob),
        await remove(groupId, bob, bob),
        await remove(groupId, ada, ada),
      ];
      expect(answers.map((answer) => World.codeOf(answer))).toEqual(Array(4).fill('FORBIDDEN'));
      expect(World.codeOf(await remove(groupId, await someone(), ada))).toBe('NOT_FOUND');
      expect((await get(groupId, ada)).body.memberCount).toBe(3);
    });
  });

  describe('a member who is muted', () => {
    const mute = (groupId: string, member: Person, mutedUntil: number | null, by: Person) =>
      world.request('PUT', `/api/groups/${groupId}/members/${member.id}`, { mutedUntil }, by);
    const hour = 3_600_000;

    it('may not write until then, and everybody is told; what they wrote before is acked again', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      await a.call('subscribe_group', { groupId });
      const first = await b.say({ groupId }, 'before', 'first');
      const until = Date.now() + hour;
      expect((await mute(groupId, bob, until, ada)).body).toMatchObject({ userId: bob.id, mutedUntil: until });
      expect(await a.next('entry')).toMatchObject({ kind: 'member_updated', userId: bob.id, mutedUntil: until });
      expect(await codeOf(b.say({ groupId }, 'after'))).toBe('MUTED');
      expect(await b.say({ groupId }, 'before', 'first')).toEqual({ ...first, duplicate: true });
      expect((await b.call('history', { groupId })).messages).toHaveLength(1);
      expect((await members(groupId, ada)).body.members.find(({ userId }) => userId === bob.id)).toMatchObject({ mutedUntil: until });

      await mute(groupId, bob, null, ada);
      await b.say({ groupId }, 'again');
      await mute(groupId, bob, Date.now() - 1, ada);
      await b.say({ groupId }, 'and again');
    });

    it('is still muted after leaving and coming back', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      await mute(groupId, bob, Date.now() + hour, ada);
      await leave(groupId, bob);
      await join(groupId, bob);
      expect(await codeOf((await world.connect(bob)).say({ groupId }, 'now?'))).toBe('MUTED');
    });

    it('is muted by those above them only', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada, [bob]);
      const answers = [await mute(groupId, ada, hour, bob), await mute(groupId, bob, null, bob)];
      expect(answers.map((answer) => World.codeOf(answer))).toEqual(['FORBIDDEN', 'FORBIDDEN']);
      expect(World.codeOf(await mute(groupId, await someone(), hour, ada))).toBe('NOT_FOUND');
    });
  });

  describe('a former member', () => {
    let ada: Person, bob: Person, groupId: string, convId: string;
    let a: TestClient, b: TestClient;

    beforeEach(async () => {
      [ada, bob] = [await someone('ada'), await someone('bob')];
      groupId = await world.group(ada, [bob]);
      convId = `group:${groupId}`;
      [a, b] = await Promise.all([world.connect(ada), world.connect(bob)]);
      await b.call('subscribe_group', { groupId });
      await b.say({ groupId }, 'mine', 'kept');
      await a.say({ groupId }, 'for bob');
    });

    it('reads up to the leaving and nothing above it, over WebSocket and REST', async () => {
      await leave(groupId, bob);
      await a.say({ groupId }, 'about bob');
      const seqs = [1, 2, 3, 4];
      for (const query of [{}, { beforeSeq: 100 }, { afterSeq: 0 }]) {
        const { messages, hasMore } = await b.call('history', { convId, ...query });
        expect([textsOf(messages), hasMore]).toEqual([['mine', 'for bob'], false]);
      }
      expect(await b.call('history', { convId, afterSeq: 4 })).toEqual({ messages: [], hasMore: false });
      expect(await b.call('entries', { convId, afterSeq: 0 })).toMatchObject({
        entries: seqs.map((seq) => ({ seq })),
        lastSeq: 4,
        hasMore: false,
      });
      const history = await world.get<{ messages: { seq: number }[] }>(`/api/messages/history?convId=${convId}`, bob);
      expect(history.body.messages.map(({ seq }) => seq)).toEqual([2, 3]);
      const entries = await world.get<{ entries: { seq: number }[] }>(`/api/messages/entries?convId=${convId}&afterSeq=0`, bob);
      expect(entries.body).toMatchObject({ entries: seqs.map((seq) => ({ seq })), lastSeq: 4, hasMore: false });
    });

    it('may neither send, read, recall, subscribe nor look at the group, over WebSocket and REST', async () => {
      await leave(groupId, bob);
      const attempts = [
        b.say({ groupId }, 'me again'),
        b.call('read', { convId, seq: 3 }),
        b.call('recall', { convId, seq: 2 }),
        b.call('subscribe_group', { groupId }),
        b.call('subscribe_group', { groupId, fromSeq: 1 }),
      ];
      expect(await Promise.all(attempts.map(codeOf))).toEqual(Array(5).fill('NOT_GROUP_MEMBER'));
      const answers = await Promise.all([
        world.post('/api/messages', { groupId, type: 'text', payload: { text: 'me again' }, clientMsgId: 'again' }, bob),
        world.post('/api/messages/read', { groupId, seq: 3 }, bob),
        world.post('/api/messages/recall', { groupId, seq: 2 }, bob),
        get(groupId, bob),
        members(groupId, bob),
        leave(groupId, bob),
      ]);
      expect(answers.map((answer) => [answer.status, World.codeOf(answer)])).toEqual(Array(6).fill([403, 'NOT_GROUP_MEMBER']));
    });

    it('gets the first ack again for what was stored before, on a connection that remembers the right and on one that does not', async () => {
      const first = (await b.call('history', { convId })).messages[0];
      await leave(groupId, bob);
      const fresh = await world.connect(bob, { deviceId: 'fresh' });
      for (const client of [b, fresh, b]) {
        const retried = await client.say({ groupId }, 'mine', 'kept');
        expect(retried).toMatchObject({ seq: first?.seq, serverMsgId: first?.serverMsgId, timestamp: first?.timestamp, duplicate: true });
      }
      const byRest = await world.post('/api/messages', { groupId, type: 'text', payload: { text: 'mine' }, clientMsgId: 'kept' }, bob);
      expect(byRest.body).toMatchObject({ seq: first?.seq, duplicate: true });
    });

    it('gets the first ack again even if somebody mentioned then is no member now', async () => {
      const eve = await someone('eve');
      await join(groupId, eve);
      const mentioning = { groupId, type: 'text' as const, payload: { text: 'hello eve' }, clientMsgId: 'mention', mentions: [eve.id] };
      const { seq } = await b.call('send', mentioning);
      await leave(groupId, eve);
      expect(await b.call('send', mentioning)).toMatchObject({ seq, duplicate: true });
      await leave(groupId, bob);
      expect(await b.call('send', mentioning)).toMatchObject({ seq, duplicate: true });
    });

    it('cannot use a right that some connection remembers from before', async () => {
      const other = await world.connect(bob, { deviceId: 'other' });
      await other.say({ groupId }, 'the right is known now');
      const left = leave(groupId, bob);
      // Some of these may be stored before the leaving; none after it.
      const attempts = Array.from({ length: 40 }, (_, i) =>
        [b, other].map((client) =>
          client.say({ groupId }, `${i}`).then(
            ({ seq }) => seq,
            () => 0,
          ),
        ),
      ).flat();
      await left;
      const stored = (await Promise.all(attempts)).filter((seq) => seq > 0);
      const { entries, lastSeq } = await a.call('entries', { convId, afterSeq: 0 });
      const leaving = entries.find(({ kind }) => kind === 'member_left')?.seq ?? 0;
      expect(leaving).toBe(lastSeq);
      expect(Math.max(0, ...stored)).toBeLessThan(leaving);
      for (const client of [b, other]) expect(await codeOf(client.say({ groupId }, 'one more'))).toBe('NOT_GROUP_MEMBER');
    });

    it('who joins again has a new window: nothing of before is shown by any way', async () => {
      await leave(groupId, bob);
      await a.say({ groupId }, 'about bob');
      await join(groupId, bob);
      const { seq } = await a.say({ groupId }, 'welcome back');
      const shown = [6, 7];
      expect(seq).toBe(7);

      for (const query of [{}, { beforeSeq: 100 }, { afterSeq: 0 }]) {
        expect(await b.call('history', { convId, ...query })).toMatchObject({ messages: [{ seq: 7 }], hasMore: false });
      }
      expect((await b.call('history', { convId, beforeSeq: 6 })).messages).toEqual([]);
      expect(await b.call('entries', { convId, afterSeq: 0 })).toMatchObject({
        entries: shown.map((seq) => ({ seq })),
        lastSeq: 7,
        hasMore: false,
      });
      const history = await world.get(`/api/messages/history?convId=${convId}&afterSeq=0`, bob);
      expect(history.body).toMatchObject({ messages: [{ seq: 7 }], hasMore: false });
      const entries = await world.get(`/api/messages/entries?convId=${convId}&afterSeq=0`, bob);
      expect(entries.body).toMatchObject({ entries: shown.map((seq) => ({ seq })), hasMore: false });

      const fresh = await world.connect(bob, { deviceId: 'fresh' });
      expect(await fresh.call('subscribe_group', { groupId, fromSeq: 0 })).toMatchObject({ recovered: true, lastSeq: 7 });
      await fresh.next('message');
      expect(fresh.events.map(({ data }) => (data as { seq?: number }).seq).filter((seq) => seq !== undefined)).toEqual(shown);

      expect((await b.call('sync', {})).conversations).toMatchObject([{ unread: 1, lastMessage: { seq: 7 } }]);
      expect(await codeOf(b.call('recall', { convId, seq: 2 }))).toBe('NOT_FOUND');
      const reply = { groupId, type: 'text' as const, payload: { text: 're' }, clientMsgId: 'reply', replyTo: 3 };
      expect(await codeOf(b.call('send', reply))).toBe('BAD_REQUEST');
      await b.say({ groupId }, 'I can speak again');
    });

    it('who joins again on the connection that heard the leaving hears the group again', async () => {
      await leave(groupId, bob);
      await b.next('entry', ({ kind }) => kind === 'member_left');
      await join(groupId, bob);
      await b.call('subscribe_group', { groupId });
      await a.say({ groupId }, 'welcome back');
      expect(await b.next('message', ({ seq }) => seq > 3)).toMatchObject({ payload: { text: 'welcome back' } });
    });
  });

  describe('subscriptions', () => {
    it('beyond what a connection may have are TOO_LARGE', async () => {
      const ada = await someone();
      const groups = [await world.group(ada), await world.group(ada), await world.group(ada), await world.group(ada)] as const;
      const client = await world.connect(ada);
      for (const groupId of groups.slice(0, 3)) await client.call('subscribe_group', { groupId });
      expect(await codeOf(client.call('subscribe_group', { groupId: groups[3] }))).toBe('TOO_LARGE');
      expect(await client.call('subscribe_group', { groupId: groups[0] })).toMatchObject({ recovered: true });
      await client.call('unsubscribe_group', { groupId: groups[0] });
      await client.call('subscribe_group', { groupId: groups[3] });
    });

    it('end without a word on whether there is such a group', async () => {
      const [ada, bob] = [await someone(), await someone()];
      const groupId = await world.group(ada);
      const client = await world.connect(bob);
      expect(await client.call('unsubscribe_group', { groupId })).toEqual({ groupId });
      expect(await client.call('unsubscribe_group', { groupId: 'no-such-group' })).toEqual({ groupId: 'no-such-group' });
    });
  });
});
