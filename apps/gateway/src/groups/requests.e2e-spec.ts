import type { Group, GroupRequest } from '@app/protocol';
import { type Person, type TestClient, World } from '@app/testing';

const day = 24 * 3_600_000;

describe('coming into a group', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;

  beforeAll(async () => {
    world = await World.start(
      { maxGroupSize: 4, maxListItems: 5, tokenLifetimeSeconds: 8_000_000 },
      { clock: { now: () => Date.now() + offsetMs } },
    );
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = (name = 'person') => world.person(`${name}-${++people}`);
  const three = async () => [await someone('ada'), await someone('bob'), await someone('cy')] as const;
  const join = (groupId: string, person: Person) =>
    world.post<{ status: string; groupId: string }>(`/api/groups/${groupId}/join`, undefined, person);
  const get = (groupId: string, person: Person) => world.get<Group>(`/api/groups/${groupId}`, person);
  const requests = async (groupId: string, person: Person, query = '') =>
    (await world.get<{ requests: GroupRequest[]; next: string | null }>(`/api/groups/${groupId}/requests?${query}`, person)).body;
  const decide = (groupId: string, asker: Person, answer: 'accept' | 'reject', by: Person) =>
    world.post(`/api/groups/${groupId}/requests/${asker.id}/${answer}`, undefined, by);
  const invite = (groupId: string, userIds: readonly string[], by: Person) =>
    world.post<{ invited: string[]; added: string[] }>(`/api/groups/${groupId}/invitations`, { userIds }, by);
  const invitations = async (person: Person, query = '') =>
    (await world.get<{ invitations: GroupRequest[]; next: string | null }>(`/api/groups/invitations?${query}`, person)).body;
  const answer = (id: string, what: 'accept' | 'reject', person: Person) =>
    world.post<Group>(`/api/groups/invitations/${id}/${what}`, undefined, person);
  const joinedIn = async (groupId: string, person: Person) => {
    const { entries } = await (await world.connect(person)).call('entries', { groupId, afterSeq: 0 });
    return entries.filter(({ kind }) => kind === 'member_joined');
  };
  const sync = async (client: TestClient, since?: string) => client.call('sync', since === undefined ? {} : { since });
  const admin = (groupId: string, person: Person, owner: Person) =>
    world.request('PUT', `/api/groups/${groupId}/members/${person.id}`, { role: 'admin' }, owner);

  describe('by asking those who run it', () => {
    const approval = (owner: Person, others: Person[] = []) => world.group(owner, others, { joinPolicy: 'approval' });

    it('waits for them; who asks learns nothing of the group until they are let in', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await approval(ada, [bob]);
      const [a, c] = [await world.connect(ada), await world.connect(cy)];
      await a.call('subscribe_group', { groupId });
      const asked = await join(groupId, cy);
      expect([asked.status, asked.body]).toEqual([200, { status: 'requested', groupId }]);
      expect(World.codeOf(await get(groupId, cy))).toBe('NOT_FOUND');
      const request = await a.next('group_request');
      expect(request).toMatchObject({ groupId, kind: 'request', userId: cy.id, by: cy.id, state: 'pending' });
      expect(request.expiresAt - request.createdAt).toBe(30 * day);
      expect(request).not.toHaveProperty('name');
      expect((await requests(groupId, ada)).requests).toEqual([request]);

      expect((await decide(groupId, cy, 'accept', ada)).body).toEqual({});
      expect(await c.next('group_joined')).toMatchObject({ groupId, role: 'member', memberCount: 3 });
      expect(await c.next('group_request')).toMatchObject({ state: 'accepted' });
      expect(await a.next('entry')).toMatchObject({ kind: 'member_joined', userId: cy.id, from: ada.id });
      expect((await get(groupId, cy)).body).toMatchObject({ memberCount: 3 });
      expect(await requests(groupId, ada)).toEqual({ requests: [], next: null });
      expect((await join(groupId, cy)).body).toMatchObject({ status: 'joined', role: 'member' });
    });

    it('twice is asked once', async () => {
      const [ada, bob] = await three();
      const groupId = await approval(ada);
      const a = await world.connect(ada);
      const answers = await Promise.all([join(groupId, bob), join(groupId, bob), join(groupId, bob)]);
      expect(answers.map(({ body }) => body.status)).toEqual(['requested', 'requested', 'requested']);
      await a.settled();
      expect(a.all('group_request')).toHaveLength(1);
      expect((await requests(groupId, ada)).requests).toHaveLength(1);
    });

    it('comes to nothing when it is turned down, and may be tried again', async () => {
      const [ada, bob] = await three();
      const groupId = await approval(ada);
      const b = await world.connect(bob);
      await join(groupId, bob);
      expect((await decide(groupId, bob, 'reject', ada)).body).toEqual({});
      expect(await b.next('group_request', ({ state }) => state === 'rejected')).toMatchObject({ groupId });
      expect(World.codeOf(await get(groupId, bob))).toBe('NOT_FOUND');
      expect((await decide(groupId, bob, 'reject', ada)).status).toBe(200);
      expect(World.codeOf(await decide(groupId, bob, 'accept', ada))).toBe('CONFLICT');
      expect((await join(groupId, bob)).body.status).toBe('requested');
      expect((await decide(groupId, bob, 'accept', ada)).status).toBe(200);
      expect(World.codeOf(await decide(groupId, bob, 'reject', ada))).toBe('CONFLICT');
      expect((await decide(groupId, bob, 'accept', ada)).status).toBe(200);
      expect(await joinedIn(groupId, ada)).toHaveLength(1);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      expect(World.codeOf(await decide(groupId, bob, 'accept', ada))).toBe('CONFLICT');
    });

    it('of two who decide at once has one outcome', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await approval(ada, [bob]);
      await admin(groupId, bob, ada);
      for (const [first, second] of [
        ['accept', 'accept'],
        ['accept', 'reject'],
        ['reject', 'reject'],
      ] as const) {
        await join(groupId, cy);
        const statuses = (await Promise.all([decide(groupId, cy, first, ada), decide(groupId, cy, second, bob)])).map(
          ({ status }) => status,
        );
        expect(statuses.sort()).toEqual(first === second ? [200, 200] : [200, 409]);
        const { memberCount } = (await get(groupId, ada)).body;
        const isMember = (await get(groupId, cy)).status === 200;
        expect(memberCount).toBe(isMember ? 3 : 2);
        if (isMember) await world.post(`/api/groups/${groupId}/leave`, undefined, cy);
      }
    });

    it('counts no more when nobody answered in time', async () => {
      const [ada, bob] = await three();
      const groupId = await approval(ada);
      await join(groupId, bob);
      offsetMs = 30 * day + 1;
      expect((await requests(groupId, ada)).requests).toEqual([]);
      expect(World.codeOf(await decide(groupId, bob, 'accept', ada))).toBe('CONFLICT');
      expect((await join(groupId, bob)).body.status).toBe('requested');
      expect((await decide(groupId, bob, 'accept', ada)).status).toBe(200);
    });

    it('is settled when somebody becomes a member in another way', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await approval(ada);
      for (const person of [bob, cy]) await join(groupId, person);
      await world.post(`/api/groups/${groupId}/members`, { userIds: [bob.id] }, ada);
      expect((await invite(groupId, [cy.id], ada)).body).toEqual({ invited: [], added: [cy.id] });
      expect((await requests(groupId, ada)).requests).toEqual([]);
      for (const person of [bob, cy]) expect((await decide(groupId, person, 'accept', ada)).status).toBe(200);
      expect(await joinedIn(groupId, ada)).toHaveLength(2);
    });

    it('is NOT_FOUND for those who never asked, and TOO_LARGE for a group that is full', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await approval(ada, [bob, await someone()]);
      expect(World.codeOf(await decide(groupId, cy, 'accept', ada))).toBe('NOT_FOUND');
      const dan = await someone('dan');
      for (const person of [cy, dan]) await join(groupId, person);
      const statuses = (await Promise.all([cy, dan].map((person) => decide(groupId, person, 'accept', ada)))).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 413]);
      expect((await requests(groupId, ada)).requests).toHaveLength(1);
    });

    it('comes in pages, oldest first', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await approval(ada);
      const askers = [bob, cy, await someone('dan')];
      for (const asker of askers) {
        offsetMs += 10;
        await join(groupId, asker);
      }
      const first = await requests(groupId, ada, 'limit=2');
      const second = await requests(groupId, ada, `limit=2&cursor=${first.next}`);
      expect([...first.requests, ...second.requests].map(({ userId }) => userId)).toEqual(askers.map(({ id }) => id));
      expect(second.next).toBeNull();
      expect(World.codeOf(await world.get(`/api/groups/${groupId}/requests?cursor=nonsense`, ada))).toBe('BAD_REQUEST');
    });
  });

  describe('by invitation', () => {
    const closed = (owner: Person, others: Person[] = []) =>
      world.group(owner, others, { joinPolicy: 'invite', name: 'The secret society' });
    const invitedTo = async (groupId: string, person: Person, by: Person) => {
      await invite(groupId, [person.id], by);
      return (await invitations(person)).invitations.find((one) => one.groupId === groupId)?.id ?? '';
    };

    it('tells whom it is for, and makes them a member when they accept', async () => {
      const [ada, bob] = await three();
      const groupId = await closed(ada);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      expect((await invite(groupId, [bob.id, bob.id, ada.id], ada)).body).toEqual({ invited: [bob.id], added: [] });
      const invitation = await b.next('group_request');
      expect(invitation).toMatchObject({
        groupId,
        name: 'The secret society',
        kind: 'invitation',
        userId: bob.id,
        by: ada.id,
        state: 'pending',
      });
      expect(await invitations(bob)).toEqual({ invitations: [invitation], next: null });
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
      const accepted = await answer(invitation.id, 'accept', bob);
      expect([accepted.status, accepted.body]).toMatchObject([200, { groupId, role: 'member', memberCount: 2 }]);
      expect(await b.next('group_joined')).toMatchObject({ groupId });
      expect(await a.next('group_request', ({ state }) => state === 'accepted')).toMatchObject({ userId: bob.id });
      expect(await joinedIn(groupId, ada)).toMatchObject([{ userId: bob.id, from: bob.id }]);
      expect((await invitations(bob)).invitations).toEqual([]);
      expect((await answer(invitation.id, 'accept', bob)).body).toMatchObject({ memberCount: 2 });
      expect(World.codeOf(await answer(invitation.id, 'reject', bob))).toBe('CONFLICT');
    });

    it('works by joining too, whatever the policy of the group', async () => {
      const [ada, bob, cy] = await three();
      for (const joinPolicy of ['invite', 'approval']) {
        const groupId = await world.group(ada, [], { joinPolicy });
        await invite(groupId, [bob.id], ada);
        expect((await join(groupId, bob)).body).toMatchObject({ status: 'joined', memberCount: 2 });
      }
      const groupId = await closed(ada);
      await invite(groupId, [bob.id], ada);
      expect(World.codeOf(await join(groupId, cy))).toBe('NOT_FOUND');
    });

    it('is nobody else’s: for others it is not there', async () => {
      const [ada, bob, cy] = await three();
      const id = await invitedTo(await closed(ada), bob, ada);
      for (const person of [ada, cy]) {
        for (const what of ['accept', 'reject'] as const) {
          const [theirs, none] = [await answer(id, what, person), await answer('no-such-invitation', what, person)];
          expect([theirs.status, theirs.body]).toEqual([404, none.body]);
        }
      }
      const groupId = await world.group(ada, [], { joinPolicy: 'approval' });
      await join(groupId, cy);
      const [request] = (await requests(groupId, ada)).requests;
      expect(World.codeOf(await answer(request?.id ?? '', 'accept', cy))).toBe('NOT_FOUND');
    });

    it('may be turned down, and made again', async () => {
      const [ada, bob] = await three();
      const groupId = await closed(ada);
      const a = await world.connect(ada);
      const id = await invitedTo(groupId, bob, ada);
      expect((await answer(id, 'reject', bob)).body).toEqual({});
      expect(await a.next('group_request', ({ state }) => state === 'rejected')).toMatchObject({ id, userId: bob.id });
      expect((await answer(id, 'reject', bob)).status).toBe(200);
      expect(World.codeOf(await answer(id, 'accept', bob))).toBe('CONFLICT');
      expect(World.codeOf(await join(groupId, bob))).toBe('NOT_FOUND');
      expect(await invitedTo(groupId, bob, ada)).toBe(id);
      expect((await answer(id, 'accept', bob)).status).toBe(200);
    });

    it('accepted several times at once makes one member', async () => {
      const [ada, bob] = await three();
      const groupId = await closed(ada);
      const id = await invitedTo(groupId, bob, ada);
      const answers = await Promise.all([answer(id, 'accept', bob), join(groupId, bob), answer(id, 'accept', bob), join(groupId, bob)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(await joinedIn(groupId, ada)).toHaveLength(1);
      expect((await get(groupId, bob)).body.memberCount).toBe(2);
    });

    it('is worth nothing when it has expired, when who invited may not any more, or when the group has ended', async () => {
      const [ada, bob, cy] = await three();
      const late = await invitedTo(await closed(ada), cy, ada);
      offsetMs = 30 * day + 1;
      expect((await invitations(cy)).invitations).toEqual([]);
      expect(World.codeOf(await answer(late, 'accept', cy))).toBe('CONFLICT');

      const gone = await closed(ada, [bob]);
      await admin(gone, bob, ada);
      const byBob = await invitedTo(gone, cy, bob);
      await world.request('DELETE', `/api/groups/${gone}/members/${bob.id}`, undefined, ada);
      expect(World.codeOf(await answer(byBob, 'accept', cy))).toBe('CONFLICT');
      expect(World.codeOf(await join(gone, cy))).toBe('NOT_FOUND');
      expect(await invitedTo(gone, cy, ada)).toBe(byBob);
      expect((await answer(byBob, 'accept', cy)).status).toBe(200);

      const ended = await closed(ada);
      const id = await invitedTo(ended, cy, ada);
      await world.request('DELETE', `/api/groups/${ended}`, undefined, ada);
      expect((await invitations(cy)).invitations).toEqual([]);
      expect(World.codeOf(await answer(id, 'accept', cy))).toBe('CONFLICT');
      expect(World.codeOf(await join(ended, cy))).toBe('NOT_FOUND');
    });

    it('is for users alone, and not for more than a list may have', async () => {
      const [ada, bob] = await three();
      const groupId = await closed(ada);
      expect(World.codeOf(await invite(groupId, [bob.id, 'nobody'], ada))).toBe('NOT_FOUND');
      expect(World.codeOf(await invite(groupId, Array<string>(6).fill(bob.id), ada))).toBe('TOO_LARGE');
      expect(World.codeOf(await invite(groupId, [], ada))).toBe('BAD_REQUEST');
      expect((await invitations(bob)).invitations).toEqual([]);
    });

    it('comes in pages, newest first', async () => {
      const [ada, bob] = await three();
      const groups: string[] = [];
      for (let i = 0; i < 3; i++) {
        offsetMs += 10;
        const groupId = await closed(ada);
        await invite(groupId, [bob.id], ada);
        groups.unshift(groupId);
      }
      const first = await invitations(bob, 'limit=2');
      const second = await invitations(bob, `limit=2&cursor=${first.next}`);
      expect([...first.invitations, ...second.invitations].map(({ groupId }) => groupId)).toEqual(groups);
      expect(second.next).toBeNull();
    });
  });

  it('is told by sync: what waits, and what became of it, the end of the group included', async () => {
    const [ada, bob] = await three();
    const b = await world.connect(bob);
    const [invited, asked, ended] = [
      await world.group(ada, [], { joinPolicy: 'invite' }),
      await world.group(ada, [], { joinPolicy: 'approval' }),
      await world.group(ada, [], { joinPolicy: 'invite' }),
    ];
    for (const groupId of [invited, ended]) await invite(groupId, [bob.id], ada);
    await join(asked, bob);
    const states = ({ groupRequests }: { groupRequests: GroupRequest[] }) =>
      Object.fromEntries(groupRequests.map(({ groupId, state }) => [groupId, state]));
    const first = await sync(b);
    expect(states(first)).toEqual({ [invited]: 'pending', [asked]: 'pending', [ended]: 'pending' });
    offsetMs = 60_000;
    const { next } = await sync(b, first.next);
    expect(states(await sync(b, next))).toEqual({});
    offsetMs = 120_000;
    await join(invited, bob);
    await decide(asked, bob, 'reject', ada);
    await world.request('DELETE', `/api/groups/${ended}`, undefined, ada);
    expect(states(await sync(b, next))).toEqual({ [invited]: 'accepted', [asked]: 'rejected', [ended]: 'void' });
    expect(states(await sync(b))).toEqual({});
  });

  it('is told by sync again while it waits and its group gets another name', async () => {
    const [ada, bob] = await three();
    const groupId = await world.group(ada, [], { joinPolicy: 'invite' });
    await invite(groupId, [bob.id], ada);
    const b = await world.connect(bob);
    offsetMs = 60_000;
    const { next } = await sync(b);
    offsetMs = 120_000;
    await world.request('PUT', `/api/groups/${groupId}`, { name: 'The open society' }, ada);
    expect((await sync(b, next)).groupRequests).toMatchObject([{ groupId, name: 'The open society', state: 'pending' }]);
  });

  describe('where one blocks the other', () => {
    it('an invitation of somebody who blocks the invited by now lets nobody in', async () => {
      const [ada, bob] = await three();
      const groupId = await world.group(ada, [], { joinPolicy: 'invite' });
      await invite(groupId, [bob.id], ada);
      const [invitation] = (await invitations(bob)).invitations as [GroupRequest];
      await world.post('/api/blocks', { userId: bob.id }, ada);
      expect(World.codeOf(await answer(invitation.id, 'accept', bob))).toBe('CONFLICT');
      expect(World.codeOf(await join(groupId, bob))).toBe('NOT_FOUND');
      await world.request('DELETE', `/api/blocks/${bob.id}`, undefined, ada);
      expect((await answer(invitation.id, 'accept', bob)).status).toBe(200);
    });

    it('nobody is put into a group, and an invitation is not heard of', async () => {
      const [ada, bob, cy] = await three();
      const groupId = await world.group(ada, [], { joinPolicy: 'invite' });
      await world.post('/api/blocks', { userId: ada.id }, bob);
      await world.post('/api/blocks', { userId: cy.id }, ada);
      const [a, b] = [await world.connect(ada), await world.connect(bob)];
      for (const person of [bob, cy]) {
        expect(World.codeOf(await world.post(`/api/groups/${groupId}/members`, { userIds: [person.id] }, ada))).toBe('BLOCKED');
        expect(World.codeOf(await world.post('/api/groups', { name: 'us', memberIds: [person.id] }, ada))).toBe('BLOCKED');
      }
      expect((await invite(groupId, [bob.id], ada)).body).toEqual({ invited: [bob.id], added: [] });
      expect((await invitations(bob)).invitations).toEqual([]);
      expect(World.codeOf(await join(groupId, bob))).toBe('NOT_FOUND');
      // Who invites is told no more of somebody who hears of it.
      const dan = await world.person(`dan-${bob.id}`);
      await invite(groupId, [dan.id], ada);
      await Promise.all([a, b].map((client) => client.settled()));
      expect([a.all('group_request'), b.all('group_request')]).toEqual([[], []]);
      expect(World.codeOf(await invite(groupId, [cy.id], ada))).toBe('BLOCKED');
      expect((await get(groupId, ada)).body.memberCount).toBe(1);
    });
  });
});
