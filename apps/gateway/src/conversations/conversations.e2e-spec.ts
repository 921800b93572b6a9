import type { Conversation } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

const convIdsOf = (conversations: readonly Conversation[]) => conversations.map(({ convId }) => convId);

describe('the conversation list', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name = 'person'): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  /** A whole sync, page by page. */
  const sync = async ({ client }: Somebody, since?: string) => {
    const conversations: Conversation[] = [];
    let pages = 0;
    let next = since;
    for (let more = true; more; pages++) {
      const page = await client.call('sync', next === undefined ? {} : { since: next });
      conversations.push(...page.conversations);
      [next, more] = [page.next, page.hasMore];
    }
    return { conversations, next, pages };
  };
  const groupsOf = (count: number, owner: Person, others: readonly Person[] = []) =>
    Promise.all(Array.from({ length: count }, () => world.group(owner, others)));
  const list = async (person: Person, query = '') =>
    (await world.get<{ conversations: Conversation[]; next: string | null }>(`/api/conversations?${query}`, person)).body;

  it('is empty for somebody new', async () => {
    const ada = await someone();
    expect((await sync(ada)).conversations).toEqual([]);
    expect(await list(ada)).toEqual({ conversations: [], next: null });
  });

  it('shows groups and c2cs with their last message', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const groupId = await world.group(ada, [bob], { name: 'Analysts' });
    const { convId } = await ada.client.say({ to: bob.id }, 'hello');
    await ada.client.say({ to: bob.id }, 'bob');
    const { conversations } = await sync(bob);
    const unset = { mentionedUnread: 0, activeAt: expect.any(Number) as unknown, pinned: false, muted: false, draft: null };
    expect(conversations).toEqual([
      {
        ...unset,
        convId: `group:${groupId}`,
        convType: 'group',
        groupId,
        name: 'Analysts',
        role: 'member',
        ownerId: ada.id,
        memberCount: 2,
        joinPolicy: 'open',
        muteAll: false,
        minSecondsBetweenMessages: 0,
        avatarUrl: null,
        lastSeq: 1,
        readSeq: 1,
        unread: 0,
        lastMessage: null,
      },
      {
        ...unset,
        convId,
        convType: 'c2c',
        userId: ada.id,
        lastSeq: 2,
        readSeq: 0,
        unread: 2,
        lastMessage: expect.objectContaining({ seq: 2, payload: { text: 'bob' } }) as unknown,
        receipt: { userId: ada.id, readSeq: 0, deliveredSeq: 0 },
      },
    ]);
  });

  it('does not show a c2c in which nothing was said, though somebody looked', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    await ada.client.call('history', { to: bob.id });
    await codeOf(ada.client.call('send', { to: bob.id, type: 'text', payload: { text: 'a' }, clientMsgId: 'a', replyTo: 1 }));
    for (const person of [ada, bob]) expect((await sync(person)).conversations).toEqual([]);
  });

  it('comes in pages; together they hold every conversation once', async () => {
    const ada = await someone('ada');
    const groups = (await groupsOf(205, ada)).map((groupId) => `group:${groupId}`);
    const { conversations, pages } = await sync(ada);
    expect(pages).toBe(3);
    expect(convIdsOf(conversations).sort()).toEqual([...groups].sort());

    const listed: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { conversations: Conversation[]; next: string | null } = await list(ada, `limit=90${cursor ? `&cursor=${cursor}` : ''}`);
      listed.push(...convIdsOf(page.conversations));
      cursor = page.next;
    }
    expect(listed.sort()).toEqual(groups.sort());
  });

  it('comes in smaller pages when last messages are large', async () => {
    const ada = await someone('ada');
    const groups = [];
    for (let i = 0; i < 20; i++) {
      const groupId = await world.group(ada);
      await ada.client.say({ groupId }, 'x'.repeat(30_000));
      groups.push(`group:${groupId}`);
    }
    const first = await ada.client.call('sync', {});
    expect(JSON.stringify(first).length).toBeLessThan(300_000);
    expect(first.hasMore).toBe(true);
    expect(convIdsOf((await sync(ada)).conversations)).toEqual(groups);
    expect((await list(ada, 'limit=200')).next).not.toBeNull();
  });

  describe('since an earlier sync', () => {
    let ada: Somebody, bob: Somebody, quiet: string, busy: string, since: string | undefined;

    beforeEach(async () => {
      [ada, bob] = [await someone('ada'), await someone('bob')];
      quiet = await world.group(ada, [bob]);
      busy = await world.group(ada, [bob]);
      offsetMs = 60_000;
      ({ next: since } = await sync(bob));
      offsetMs = 120_000;
    });

    it('holds nothing when nothing changed, and again with the token that it gave', async () => {
      const first = await sync(bob, since);
      expect(first.conversations).toEqual([]);
      expect((await sync(bob, first.next)).conversations).toEqual([]);
      expect((await sync(bob, since)).conversations).toEqual([]);
    });

    it('holds those in which something was said, read or recalled', async () => {
      const { seq } = await ada.client.say({ groupId: busy }, 'hello');
      const said = await sync(bob, since);
      expect(said.conversations).toMatchObject([{ convId: `group:${busy}`, unread: 1, lastMessage: { seq } }]);
      offsetMs = 180_000;
      const { next } = await sync(bob, said.next);
      offsetMs = 240_000;
      await bob.client.call('read', { groupId: busy, seq });
      expect((await sync(bob, next)).conversations).toMatchObject([{ convId: `group:${busy}`, unread: 0, readSeq: seq }]);
      await world.post('/api/messages/recall', { groupId: busy, seq }, ada);
      expect((await sync(bob, next)).conversations).toMatchObject([{ lastMessage: { seq, recalled: true } }]);
    });

    it('holds new ones: a group that one was taken into, a c2c that somebody began', async () => {
      const groupId = await world.group(ada, [bob]);
      const { convId } = await ada.client.say({ to: bob.id }, 'hello');
      expect(convIdsOf((await sync(bob, since)).conversations)).toEqual([`group:${groupId}`, convId]);
    });

    it('holds those that one left, as left, and not what happens there later', async () => {
      await ada.client.say({ groupId: busy }, 'last words');
      await world.post(`/api/groups/${busy}/leave`, undefined, bob);
      const { conversations, next } = await sync(bob, since);
      expect(conversations).toMatchObject([{ convId: `group:${busy}`, left: true, lastSeq: 3, unread: 0 }]);
      expect(convIdsOf((await sync(bob)).conversations)).toEqual([`group:${quiet}`]);
      expect(convIdsOf((await list(bob)).conversations)).toEqual([`group:${quiet}`]);
      offsetMs = 240_000;
      const later = (await sync(bob, next)).next;
      await ada.client.say({ groupId: busy }, 'about bob');
      offsetMs = 300_000;
      await ada.client.say({ groupId: busy }, 'more about bob');
      expect((await sync(bob, later)).conversations).toEqual([]);
      expect(JSON.stringify((await sync(bob, since)).conversations)).not.toContain('about bob');
    });

    it('holds one that was left and joined again as one that is there', async () => {
      await world.post(`/api/groups/${busy}/leave`, undefined, bob);
      await world.post(`/api/groups/${busy}/join`, undefined, bob);
      const { conversations } = await sync(bob, since);
      expect(conversations).toMatchObject([{ convId: `group:${busy}`, lastSeq: 3, readSeq: 3, unread: 0 }]);
      expect(conversations[0]).not.toHaveProperty('left');
    });

    it('misses nothing that was committed a little late: a token reaches ten seconds back', async () => {
      const { next } = await sync(bob, since);
      offsetMs -= 5_000;
      await ada.client.say({ groupId: busy }, 'with an earlier time');
      offsetMs += 5_000;
      expect(convIdsOf((await sync(bob, next)).conversations)).toEqual([`group:${busy}`]);
    });

    it('holds what changed while its pages were read, in the next one at the latest', async () => {
      const carol = await someone('carol');
      await groupsOf(101, carol, [bob]);
      offsetMs += 60_000;
      const first = await bob.client.call('sync', { since: since ?? '' });
      expect([first.conversations.length, first.hasMore]).toEqual([100, true]);
      offsetMs += 60_000;
      // Its page has been read already.
      const [early = ''] = first.conversations.map(({ groupId }) => groupId);
      await carol.client.say({ groupId: early }, 'meanwhile');
      offsetMs += 60_000;
      const second = await bob.client.call('sync', { since: first.next });
      expect([second.conversations.length, second.hasMore]).toEqual([1, false]);
      expect((await sync(bob, second.next)).conversations).toMatchObject([{ convId: `group:${early}`, unread: 1 }]);
    });
  });

  it.each([
    'nonsense',
    Buffer.from('null').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
    Buffer.from('{"since":-1,"until":0,"cursor":0}').toString('base64url'),
    Buffer.from('{"since":"1","until":0,"cursor":0}').toString('base64url'),
    Buffer.from('{"since":1e300,"until":0,"cursor":0}').toString('base64url'),
    Buffer.from('{"since":1.5,"until":0,"cursor":0}').toString('base64url'),
    'not base64!',
    'A'.repeat(257),
    '',
  ])('refuses the token "%s"', async (since) => {
    const ada = await someone();
    expect(await codeOf(ada.client.call('sync', { since }))).toBe('BAD_REQUEST');
    const answer = await world.get(`/api/conversations?cursor=${encodeURIComponent(since)}`, ada);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
  });

  it("takes another one's token as a time, and shows nothing of the other one", async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    await groupsOf(101, ada);
    const { next } = await ada.client.call('sync', {});
    expect((await bob.client.call('sync', { since: next })).conversations).toEqual([]);
  });
});
