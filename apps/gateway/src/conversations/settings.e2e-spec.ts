import { type Conversation, type EventData, c2cConversation } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('what a user sets in a conversation', () => {
  let world: World;
  let people = 0;
  let offsetMs = 0;
  let frozenAt: number | undefined;
  let ada: Somebody, bob: Somebody, groupId: string, convId: string;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => frozenAt ?? Date.now() + offsetMs } });
  });
  afterAll(() => world.close());
  afterEach(() => {
    offsetMs = 0;
    frozenAt = undefined;
  });

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const set = (person: Person, what: 'pin' | 'mute' | 'draft', body: Record<string, unknown>, id = convId) =>
    world.post<EventData<'conversation_settings'>>(`/api/conversations/${id}/${what}`, body, person);
  const remove = (person: Person, id = convId) =>
    world.post<{ convId: string; hiddenSeq: number }>('/api/conversations/delete', { convId: id }, person);
  const list = async (person: Person, query = '') =>
    (await world.get<{ conversations: Conversation[]; next: string | null }>(`/api/conversations?${query}`, person)).body;
  const lines = async ({ client }: Somebody, since?: string) =>
    (await client.call('sync', since === undefined ? {} : { since })).conversations;
  const texts = (messages: readonly { payload?: Record<string, unknown> | undefined }[]) => messages.map(({ payload }) => payload?.text);

  beforeEach(async () => {
    [ada, bob] = [await someone('ada'), await someone('bob')];
    groupId = await world.group(ada, [bob]);
    convId = `group:${groupId}`;
  });

  describe('pins, mutes and drafts', () => {
    it('are answered, told to the own devices, and stand in the line; nobody else sees them', async () => {
      const phone = await world.connect(bob, { deviceId: 'phone' });
      const pinned = await set(bob, 'pin', { pinned: true });
      expect(pinned.body).toEqual({ convId, pinned: true, pinnedAt: expect.any(Number) as unknown, muted: false, draft: null });
      const muted = await set(bob, 'mute', { muted: true });
      const drafted = await set(bob, 'draft', { text: 'dear 🍣' });
      expect(drafted.body).toEqual({ ...pinned.body, muted: true, draft: 'dear 🍣' });
      for (const device of [bob.client, phone]) {
        await device.until(() => device.all('conversation_settings').length === 3);
        expect(device.all('conversation_settings')).toEqual([pinned.body, muted.body, drafted.body]);
      }
      expect(await lines(bob)).toMatchObject([drafted.body]);
      expect(await lines(ada)).toMatchObject([{ convId, pinned: false, muted: false, draft: null }]);
      await ada.client.settled();
      expect(ada.client.all('conversation_settings')).toEqual([]);
    });

    it('end as they began', async () => {
      await set(bob, 'pin', { pinned: true });
      await set(bob, 'mute', { muted: true });
      await set(bob, 'draft', { text: 'dear' });
      await set(bob, 'pin', { pinned: false });
      await set(bob, 'mute', { muted: false });
      const { body } = await set(bob, 'draft', { text: null });
      expect(body).toEqual({ convId, pinned: false, muted: false, draft: null });
      expect((await list(bob)).conversations).toMatchObject([body]);
      expect((await list(bob)).conversations[0]).not.toHaveProperty('pinnedAt');
    });

    it('that are as they were tell nobody', async () => {
      const { body } = await set(bob, 'pin', { pinned: true });
      await set(bob, 'mute', { muted: false });
      offsetMs = 60_000;
      expect((await set(bob, 'pin', { pinned: true })).body).toEqual(body);
      await bob.client.settled();
      expect(bob.client.all('conversation_settings')).toEqual([body]);
    });

    it('come with a sync since then', async () => {
      offsetMs = 60_000;
      const { next } = await bob.client.call('sync', {});
      offsetMs = 120_000;
      expect(await lines(bob, next)).toEqual([]);
      await set(bob, 'draft', { text: 'dear' });
      expect(await lines(bob, next)).toMatchObject([{ convId, draft: 'dear' }]);
      expect(await lines(ada, next)).toEqual([]);
    });

    it('of several devices at once leave what one of them said, and no other field', async () => {
      await set(bob, 'mute', { muted: true });
      const drafts = Array.from({ length: 8 }, (_, i) => `draft ${i}`);
      await Promise.all([...drafts.map((text) => set(bob, 'draft', { text })), set(bob, 'pin', { pinned: true })]);
      const [line] = await lines(bob);
      expect(line).toMatchObject({ muted: true, pinned: true });
      expect(drafts).toContain(line?.draft);
    });

    it('are for members, of a c2c from its first message on, and of a bearable length', async () => {
      const c2c = c2cConversation(ada.id, bob.id).convId;
      expect(World.codeOf(await set(bob, 'pin', { pinned: true }, c2c))).toBe('NOT_FOUND');
      await ada.client.say({ to: bob.id }, 'hello');
      expect((await set(bob, 'pin', { pinned: true }, c2c)).status).toBe(200);
      expect(World.codeOf(await set(bob, 'draft', { text: 'x'.repeat(4097) }))).toBe('BAD_REQUEST');
      expect((await set(bob, 'draft', { text: 'x'.repeat(4096) })).status).toBe(200);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      for (const [what, body] of [
        ['pin', { pinned: true }],
        ['mute', { muted: true }],
        ['draft', { text: 'x' }],
      ] as const) {
        expect(World.codeOf(await set(bob, what, body))).toBe('NOT_GROUP_MEMBER');
      }
    });

    it('but for the mute end with the membership', async () => {
      await set(bob, 'pin', { pinned: true });
      await set(bob, 'draft', { text: 'dear' });
      await set(bob, 'mute', { muted: true });
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      await world.post(`/api/groups/${groupId}/join`, undefined, bob);
      expect(await lines(bob)).toMatchObject([{ convId, pinned: false, draft: null, muted: true }]);
    });
  });

  describe('deleting a conversation', () => {
    const say = (text: string, who = ada) => who.client.say({ groupId }, text);

    it('takes it out of the list and its messages out of sight, for this user alone', async () => {
      await say('one');
      const { seq } = await say('two');
      expect((await remove(bob)).body).toEqual({ convId, hiddenSeq: seq });
      expect((await list(bob)).conversations).toEqual([]);
      expect(await lines(bob)).toEqual([]);
      expect(await bob.client.call('history', { convId })).toEqual({ messages: [], hasMore: false });
      expect(await bob.client.call('history', { convId, afterSeq: 0 })).toEqual({ messages: [], hasMore: false });
      expect(await bob.client.call('entries', { convId, afterSeq: 0 })).toEqual({ entries: [], lastSeq: seq, hasMore: false });
      expect(await codeOf(bob.client.call('recall', { convId, seq }))).toBe('NOT_FOUND');
      const reply = { convId, type: 'text' as const, payload: { text: 'to that' }, clientMsgId: 'reply', replyTo: seq };
      expect(await codeOf(bob.client.call('send', reply))).toBe('BAD_REQUEST');
      expect((await list(ada)).conversations).toHaveLength(1);
      expect(texts((await ada.client.call('history', { convId })).messages)).toEqual(['one', 'two']);
    });

    it('tells the own devices, with what is set now', async () => {
      const phone = await world.connect(bob, { deviceId: 'phone' });
      await set(bob, 'mute', { muted: true });
      await set(bob, 'pin', { pinned: true });
      await set(bob, 'draft', { text: 'dear' });
      const { body } = await remove(bob);
      for (const device of [bob.client, phone]) {
        const told = await device.next('conversation_settings', ({ hiddenSeq }) => hiddenSeq !== undefined);
        expect(told).toEqual({ convId, pinned: false, muted: true, draft: null, hiddenSeq: body.hiddenSeq });
      }
    });

    it('lets the next message bring it back, with nothing of what was before', async () => {
      await say('one');
      await remove(bob);
      await say('two');
      const [line] = await lines(bob);
      expect(line).toMatchObject({ convId, unread: 1, hiddenSeq: 2, lastMessage: { seq: 3 } });
      expect(line).not.toHaveProperty('hidden');
      expect(texts((await bob.client.call('history', { convId })).messages)).toEqual(['two']);
      await bob.client.call('subscribe_group', { groupId, fromSeq: 0 });
      expect((await bob.client.next('message')).seq).toBe(3);
      await bob.client.settled();
      expect(bob.client.all('message').map(({ seq }) => seq)).toEqual([3]);
    });

    it('is not undone by what is no message', async () => {
      await say('one');
      await remove(bob);
      const carol = await someone('carol');
      await world.post(`/api/groups/${groupId}/join`, undefined, carol);
      expect((await list(bob)).conversations).toEqual([]);
    });

    it('counts as unread what was said since, and leaves the read position where it was', async () => {
      await say('one');
      await say('mine', bob);
      await say('two');
      await remove(bob);
      await say('three');
      await say('mine again', bob);
      await ada.client.call('recall', { groupId, seq: 2 });
      expect(await lines(bob)).toMatchObject([{ readSeq: 1, unread: 1 }]);
      expect(await bob.client.call('read', { groupId, seq: 3 })).toMatchObject({ readSeq: 3, unread: 1 });
      expect(await bob.client.call('read', { groupId, seq: 5 })).toMatchObject({ readSeq: 5, unread: 0 });
      await say('mine too', bob);
      await say('four');
      expect(await lines(bob)).toMatchObject([{ readSeq: 5, unread: 1 }]);
    });

    it('is told by a sync since then, whether or not something was said meanwhile', async () => {
      await say('one');
      offsetMs = 60_000;
      const { next } = await bob.client.call('sync', {});
      offsetMs = 120_000;
      await remove(bob);
      expect(await lines(bob, next)).toMatchObject([{ convId, hidden: true, hiddenSeq: 2, unread: 0, lastMessage: null }]);
      await say('two');
      expect(await lines(bob, next)).toMatchObject([{ convId, hiddenSeq: 2, unread: 1, lastMessage: { seq: 3 } }]);
    });

    it('of a c2c works alike, and again is harmless', async () => {
      const c2c = c2cConversation(ada.id, bob.id).convId;
      expect((await remove(bob, c2c)).body).toEqual({ convId: c2c, hiddenSeq: 0 });
      await ada.client.say({ to: bob.id }, 'one');
      for (let i = 0; i < 2; i++) expect((await remove(bob, c2c)).body).toEqual({ convId: c2c, hiddenSeq: 1 });
      expect(await bob.client.call('history', { to: ada.id })).toEqual({ messages: [], hasMore: false });
      await bob.client.say({ to: ada.id }, 'anew');
      expect(texts((await bob.client.call('history', { to: ada.id })).messages)).toEqual(['anew']);
      expect(texts((await ada.client.call('history', { to: bob.id })).messages)).toEqual(['one', 'anew']);
    });

    it('is for former members too, and a new membership begins anew', async () => {
      await say('one');
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      expect((await remove(bob)).body).toEqual({ convId, hiddenSeq: 3 });
      expect(await bob.client.call('history', { convId })).toEqual({ messages: [], hasMore: false });
      await world.post(`/api/groups/${groupId}/join`, undefined, bob);
      expect((await list(bob)).conversations).toMatchObject([{ convId, unread: 0 }]);
    });
  });

  describe('the order of the list', () => {
    const idsOf = (conversations: readonly Conversation[]) => conversations.map((line) => line.convId);

    it('is pinned ones first, the newest pin before the others, then the last message or joining', async () => {
      const carol = await someone('carol');
      const groups: string[] = [];
      for (let i = 0; i < 5; i++) {
        offsetMs += 1_000;
        groups.push(`group:${await world.group(carol, [])}`);
      }
      const [first, second, third, fourth, fifth] = groups as [string, string, string, string, string];
      expect(idsOf((await list(carol)).conversations)).toEqual([fifth, fourth, third, second, first]);
      offsetMs += 1_000;
      await carol.client.say({ convId: second }, 'hello');
      offsetMs += 1_000;
      await world.post(`/api/groups/${third.slice(6)}/join`, undefined, ada);
      expect(idsOf((await list(carol)).conversations)).toEqual([second, fifth, fourth, third, first]);
      await set(carol, 'pin', { pinned: true }, first);
      offsetMs += 1_000;
      await set(carol, 'pin', { pinned: true }, fourth);
      expect(idsOf((await list(carol)).conversations)).toEqual([fourth, first, second, fifth, third]);
      await set(carol, 'pin', { pinned: false }, fourth);
      expect(idsOf((await list(carol)).conversations)).toEqual([first, second, fifth, fourth, third]);
    });

    it('goes on from page to page, and what does not move meanwhile comes once', async () => {
      const carol = await someone('carol');
      // Many in one millisecond.
      frozenAt = Date.now();
      const groups = await Promise.all(Array.from({ length: 23 }, () => world.group(carol, [])));
      for (const id of groups.slice(0, 4)) await set(carol, 'pin', { pinned: true }, `group:${id}`);
      const whole = idsOf((await list(carol)).conversations);
      expect(whole).toHaveLength(23);
      const paged: string[] = [];
      let cursor: string | null = '';
      for (let page = 0; cursor !== null; page++) {
        const { conversations, next }: { conversations: Conversation[]; next: string | null } = await list(
          carol,
          `limit=3${cursor ? `&cursor=${cursor}` : ''}`,
        );
        paged.push(...idsOf(conversations));
        cursor = next;
        // The last of all goes to the top, where the pages have been already.
        frozenAt += 1_000;
        if (page === 1) await carol.client.say({ convId: whole.at(-1) ?? '' }, 'hello');
      }
      expect(paged).toEqual(whole.slice(0, -1));
    });

    it('does not begin anywhere for a cursor that is none', async () => {
      for (const cursor of ['x', Buffer.from('[1]').toString('base64url'), Buffer.from('[1,2,"3"]').toString('base64url')]) {
        const answer = await world.get(`/api/conversations?cursor=${cursor}`, bob);
        expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
      }
    });
  });
});
