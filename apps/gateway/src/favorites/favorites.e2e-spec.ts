import type { Favorite } from '@app/protocol';
import { type Answer, type Person, type TestClient, World } from '@app/testing';

type Somebody = Person & { client: TestClient };
interface Page {
  readonly favorites: Favorite[];
  readonly next: string | null;
}

describe('a favorite', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const pair = async () => [await someone('ada'), await someone('bob')] as const;
  const keep = (by: Person, convId: string, seq: number, labels: Record<string, unknown> = {}) =>
    world.post<Favorite>('/api/favorites/message', { convId, seq, ...labels }, by);
  const make = (by: Person, payload: object, labels: Record<string, unknown> = {}) =>
    world.post<Favorite>('/api/favorites/custom', { payload, ...labels }, by);
  const change = (by: Person, { id }: { id: string }, labels: object) => world.request<Favorite>('PUT', `/api/favorites/${id}`, labels, by);
  const drop = (by: Person, { id }: { id: string }) => world.request('DELETE', `/api/favorites/${id}`, undefined, by);
  const page = async (by: Person, query: Record<string, string> = {}, path = '/api/favorites'): Promise<Page> => {
    const { status, body } = await world.get<Page>(`${path}?${new URLSearchParams(query).toString()}`, by);
    expect(status).toBe(200);
    return body;
  };
  const kept = async (by: Person, query?: Record<string, string>) => (await page(by, query)).favorites;
  const found = async (by: Person, keyword: string) => (await page(by, { keyword }, '/api/favorites/search')).favorites;
  const stats = async (by: Person) => (await world.get('/api/favorites/stats', by)).body;
  const ended = (answer: Answer<unknown>) => [answer.status, World.codeOf(answer)];
  const texts = (favorites: readonly Favorite[]) => favorites.map(({ payload }) => payload.text);

  describe('of a message', () => {
    it('is a copy of what could be read, with the tags and the note that were given', async () => {
      const [ada, bob] = await pair();
      const { convId, seq, timestamp } = await ada.client.say({ to: bob.id }, 'meet me at noon');
      const { status, body } = await keep(bob, convId, seq, { tags: ['plans', 'plans'], note: 'do not forget' });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String) as string,
        type: 'text',
        convId,
        seq,
        from: ada.id,
        timestamp,
        payload: { text: 'meet me at noon' },
        tags: ['plans'],
        note: 'do not forget',
        createdAt: expect.any(Number) as number,
      });
      expect(await kept(bob)).toEqual([body]);
      expect(await kept(ada)).toEqual([]);
    });

    it('is heard of by nobody', async () => {
      const [ada, bob] = await pair();
      const { convId, seq } = await ada.client.say({ to: bob.id }, 'hello');
      await bob.client.next('message');
      const heard = [ada, bob].map(({ client }) => client.events.length);
      await keep(bob, convId, seq);
      for (const { client } of [ada, bob]) await client.settled();
      expect([ada, bob].map(({ client }) => client.events.length)).toEqual(heard);
    });

    it('stays as it was when the message is edited, taken back, and its conversation deleted', async () => {
      const [ada, bob] = await pair();
      const { convId, seq } = await ada.client.say({ to: bob.id }, 'first words');
      const { body: first } = await keep(bob, convId, seq);
      await ada.client.call('edit', { convId, seq, payload: { text: 'other words' } });
      const { body: own } = await keep(ada, convId, seq);
      expect([await kept(bob), texts(await kept(ada))]).toEqual([[first], ['other words']]);
      await ada.client.call('recall', { convId, seq });
      await world.post('/api/conversations/delete', { convId }, bob);
      expect([await kept(bob), await kept(ada)]).toEqual([[first], [own]]);
    });

    it('stays when its owner is removed from the group, who keeps nothing that was said later', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      const convId = `group:${groupId}`;
      const { seq } = await ada.client.say({ groupId }, 'while you were here');
      const { seq: another } = await ada.client.say({ groupId }, 'this too');
      const { seq: third } = await ada.client.say({ groupId }, 'and this');
      const { body: copy } = await keep(bob, convId, seq);
      await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
      const { seq: later } = await ada.client.say({ groupId }, 'behind your back');
      await ada.client.call('edit', { groupId, seq: third, payload: { text: 'behind your back as well' } });
      expect(await kept(bob)).toEqual([copy]);
      expect(texts([(await keep(bob, convId, another)).body])).toEqual(['this too']);
      for (const seqOf of [later, third]) expect(ended(await keep(bob, convId, seqOf))).toEqual([404, 'NOT_FOUND']);
    });

    it('cannot be made of what the caller cannot read', async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const groupId = await world.group(ada, [bob]);
      const convId = `group:${groupId}`;
      const { seq } = await ada.client.say({ groupId }, 'hello');
      const { seq: recalled } = await ada.client.say({ groupId }, 'oops');
      await ada.client.call('recall', { groupId, seq: recalled });
      await world.post(`/api/groups/${groupId}/members`, { userIds: [eve.id] }, ada);
      const outside = await someone('out');
      const c2c = (await ada.client.say({ to: bob.id }, 'between us')).convId;
      const nothingYet = `c2c:${[ada.id, outside.id].sort().join(':')}`;
      for (const [who, where, place] of [
        [outside, convId, seq],
        [outside, c2c, 1],
        [outside, 'group:no-such-group', 1],
        // Before she came.
        [eve, convId, seq],
        [bob, convId, recalled],
        // No message, and nothing at all.
        [bob, convId, 1],
        [bob, convId, 1_000],
        [bob, convId, Number.MAX_SAFE_INTEGER],
        [ada, nothingYet, 1],
      ] as const) {
        expect([who.id, where, place, ...ended(await keep(who, where, place))]).toEqual([who.id, where, place, 404, 'NOT_FOUND']);
      }
      for (const who of [ada, bob, eve, outside]) expect(await kept(who)).toEqual([]);
    });

    it('cannot be made of what is to end by itself, not even by who said it', async () => {
      const [ada, bob] = await pair();
      const text = (clientMsgId: string, more: object) =>
        ada.client.call('send', { to: bob.id, type: 'text', payload: { text: 'psst' }, clientMsgId, ...more });
      const burning = await text('one', { burnAfterRead: true });
      const expiring = await text('two', { expireAtMs: Date.now() + 60_000 });
      for (const { convId, seq } of [burning, expiring]) {
        for (const who of [ada, bob]) expect(ended(await keep(who, convId, seq))).toEqual([403, 'FORBIDDEN']);
      }
      offsetMs = 120_000;
      expect(ended(await keep(bob, expiring.convId, expiring.seq))).toEqual([404, 'NOT_FOUND']);
    });

    it('is the one that is there when it is asked for again: the copy stays, and labels that are given are put on it', async () => {
      const [ada, bob] = await pair();
      const { convId, seq } = await ada.client.say({ to: bob.id }, 'first words');
      const { body: first } = await keep(bob, convId, seq, { tags: ['a'], note: 'n' });
      await ada.client.call('edit', { convId, seq, payload: { text: 'other words' } });
      expect(await keep(bob, convId, seq)).toMatchObject({ status: 201, body: first });
      expect(await keep(bob, convId, seq, { tags: ['b'] })).toMatchObject({ status: 201, body: { ...first, tags: ['b'] } });
      await ada.client.call('recall', { convId, seq });
      expect(await keep(bob, convId, seq, { note: 'm' })).toMatchObject({ status: 201, body: { ...first, tags: ['b'], note: 'm' } });
      expect(await kept(bob)).toHaveLength(1);
      await drop(bob, first);
      expect(ended(await keep(bob, convId, seq))).toEqual([404, 'NOT_FOUND']);
    });

    it('is one when it is asked for twice at once', async () => {
      const [ada, bob] = await pair();
      for (let i = 0; i < 8; i++) {
        const { convId, seq } = await ada.client.say({ to: bob.id }, `hello ${i}`);
        const answers = await Promise.all([keep(bob, convId, seq, { tags: ['t'] }), keep(bob, convId, seq, { note: 'n' })]);
        expect(answers.map(({ status }) => status)).toEqual([201, 201]);
        expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
        expect((await kept(bob, { limit: '1' }))[0]).toMatchObject({ seq, tags: ['t'], note: 'n' });
        expect(await kept(bob)).toHaveLength(i + 1);
      }
    });
  });

  it('that is no message is what its owner made up', async () => {
    const ada = await someone('ada');
    const payload = { title: 'A page', url: 'https://example.org/a?b', list: [{ deep: '🍣' }] };
    const { status, body } = await make(ada, payload, { tags: ['网页'] });
    expect([status, body]).toEqual([201, { id: body.id, type: 'custom', payload, tags: ['网页'], createdAt: body.createdAt }]);
    expect((await make(ada, payload)).body.id).not.toBe(body.id);
    expect(await kept(ada)).toHaveLength(2);
    const large = await make(ada, { text: 'x'.repeat(world.config.maxPayloadBytes) });
    expect(ended(large)).toEqual([413, 'TOO_LARGE']);
  });

  it('is changed and removed by its owner alone', async () => {
    const [ada, bob] = await pair();
    const { body } = await make(ada, { text: 'mine' }, { tags: ['a'], note: 'n' });
    for (const answer of [await change(bob, body, { note: 'x' }), await drop(bob, body), await drop(bob, { id: 'nothing' })]) {
      expect(ended(answer)).toEqual([404, 'NOT_FOUND']);
    }
    expect(await change(ada, body, {})).toMatchObject({ status: 200, body });
    expect((await change(ada, body, { tags: [] })).body).toEqual({ ...body, tags: [] });
    expect((await change(ada, body, { note: null })).body).not.toHaveProperty('note');
    expect(await drop(ada, body)).toMatchObject({ status: 200, body: {} });
    expect(ended(await drop(ada, body))).toEqual([404, 'NOT_FOUND']);
    expect(ended(await change(ada, body, { note: 'x' }))).toEqual([404, 'NOT_FOUND']);
  });

  it('is one of a limited number', () =>
    World.during({ maxFavorites: 2 }, async (small) => {
      const [ada, bob] = [await small.person('ada'), await small.person('bob')];
      const client = await small.connect(ada);
      const { convId, seq } = await client.say({ to: bob.id }, 'hello');
      const asked = { convId, seq };
      expect((await small.post('/api/favorites/message', asked, ada)).status).toBe(201);
      expect((await small.post('/api/favorites/custom', { payload: {} }, ada)).status).toBe(201);
      expect(ended(await small.post('/api/favorites/custom', { payload: {} }, ada))).toEqual([413, 'TOO_LARGE']);
      expect((await small.post('/api/favorites/message', { ...asked, note: 'n' }, ada)).status).toBe(201);
      expect((await small.post('/api/favorites/message', asked, bob)).status).toBe(201);
    }));

  it.each([
    ['with a comma', ['a,b']],
    ['that is empty', ['']],
    ['that begins with a space', [' a']],
    ['that ends with a line end', ['a\n']],
    ['with a line end inside', ['a\nb']],
    ['of 33 characters', ['x'.repeat(33)]],
    ['that is one of 21', Array.from({ length: 21 }, (_, i) => `t${i}`)],
  ])('has no tag %s', async (_, tags) => {
    const ada = await someone('ada');
    const answer = await make(ada, {}, { tags });
    expect(ended(answer)).toEqual([400, 'BAD_REQUEST']);
    expect((answer.body as unknown as { issues: { path: string }[] }).issues[0]?.path).toMatch(/^tags/);
  });

  describe('among others', () => {
    it('is listed by type and by tags, the newest first, in pages that hold each once while others come', async () => {
      const [ada, bob] = await pair();
      const { convId } = await ada.client.say({ to: bob.id }, 'm0');
      for (let i = 1; i < 6; i++) await ada.client.say({ to: bob.id }, `m${i}`);
      for (let i = 0; i < 6; i++) {
        await keep(bob, convId, i + 1, { tags: i % 2 ? ['odd', '单 数'] : ['even'] });
        await make(bob, { text: `c${i}` }, { tags: ['odd'] });
      }
      const newest = (letter: string) => [5, 4, 3, 2, 1, 0].map((i) => `${letter}${i}`);
      expect(texts(await kept(bob, { type: 'text' }))).toEqual(newest('m'));
      expect(texts(await kept(bob, { type: 'custom' }))).toEqual(newest('c'));
      expect(texts(await kept(bob, { tags: 'odd,单 数' }))).toEqual(['m5', 'm3', 'm1']);
      expect(texts(await kept(bob, { tags: 'odd', type: 'text' }))).toEqual(['m5', 'm3', 'm1']);
      expect(await kept(bob, { tags: 'odd,even' })).toEqual([]);
      const seen: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const answer: Page = await page(bob, { type: 'custom', limit: '2', ...(cursor ? { cursor } : {}) });
        seen.push(...texts(answer.favorites));
        cursor = answer.next;
        if (seen.length < 6) await make(bob, { text: 'later' });
      }
      expect(seen).toEqual(newest('c'));
    });

    it('is found by what it says, its tags and its note, and not by what others keep', async () => {
      const [ada, bob] = await pair();
      const { convId } = await ada.client.say({ to: bob.id }, '明天的会议改到下午三点');
      await ada.client.say({ to: bob.id }, '100% sure, a_b');
      await ada.client.say({ to: bob.id }, 'Sushi 🍣 tonight?');
      for (const seq of [1, 2, 3]) await keep(bob, convId, seq);
      await make(bob, { name: 'Report.PDF' }, { tags: ['Geschäft'], note: 'for the Boss' });
      expect(texts(await found(bob, '会议'))).toEqual(['明天的会议改到下午三点']);
      expect(texts(await found(bob, '%'))).toEqual(['100% sure, a_b']);
      expect(texts(await found(bob, 'A_B'))).toEqual(['100% sure, a_b']);
      expect(texts(await found(bob, 'sUSHI 🍣'))).toEqual(['Sushi 🍣 tonight?']);
      for (const keyword of ['report.pdf', 'GESCHÄFT', 'boss']) expect(await found(bob, keyword)).toMatchObject([{ type: 'custom' }]);
      for (const keyword of ['🍺', '__', 'nothing']) expect(await found(bob, keyword)).toEqual([]);
      expect(await found(ada, '会议')).toEqual([]);
      const first = await page(bob, { keyword: 's', limit: '2' }, '/api/favorites/search');
      expect(texts(first.favorites)).toEqual([undefined, 'Sushi 🍣 tonight?']);
      const second = await page(bob, { keyword: 's', limit: '2', cursor: first.next ?? '' }, '/api/favorites/search');
      expect([texts(second.favorites), second.next]).toEqual([['100% sure, a_b'], null]);
    });

    it('is counted', async () => {
      const [ada, bob] = await pair();
      expect(await stats(bob)).toEqual({ total: 0, byType: {}, byTag: {} });
      const { convId } = await ada.client.say({ to: bob.id }, 'hello');
      const { body } = await keep(bob, convId, 1, { tags: ['a', '__proto__'] });
      await make(bob, {}, { tags: ['a'] });
      await make(bob, {});
      const { total, byType, byTag } = await stats(bob);
      expect([total, byType]).toEqual([3, { text: 1, custom: 2 }]);
      expect(Object.entries(byTag as object)).toEqual([
        ['a', 2],
        ['__proto__', 1],
      ]);
      await drop(bob, body);
      expect(await stats(bob)).toEqual({ total: 2, byType: { custom: 2 }, byTag: { a: 1 } });
      expect(await stats(ada)).toEqual({ total: 0, byType: {}, byTag: {} });
    });

    it('is counted under the 200 tags that are used most', async () => {
      const ada = await someone('ada');
      for (let i = 0; i < 11; i++) await make(ada, {}, { tags: ['most', ...Array.from({ length: 19 }, (_, j) => `t${i}-${j}`)] });
      const { byTag } = await stats(ada);
      expect(Object.keys(byTag as object)).toHaveLength(200);
      expect(Object.entries(byTag as object)[0]).toEqual(['most', 11]);
    });
  });
});
