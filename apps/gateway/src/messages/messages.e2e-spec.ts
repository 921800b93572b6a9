import { type ActionOutput, type ActionRequest, type Message, actions, events } from '@app/protocol';
import { Database } from '@app/storage';
import { type Person, type TestClient, World, codeOf, storeKind } from '@app/testing';

type Send = Partial<ActionRequest<'send'>>;

const textsOf = (messages: readonly Message[]) => messages.map(({ payload }) => (payload as { text: string } | undefined)?.text);
const seqsOf = (items: readonly { seq: number }[]) => items.map(({ seq }) => seq);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('messages', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;
  let sent = 0;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  /** Somebody new, connected. */
  const someone = async (name = 'person'): Promise<Person & { client: TestClient }> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const pair = async () => [await someone('ada'), await someone('bob')] as const;
  const message = (more: Send): ActionRequest<'send'> => ({
    type: 'text',
    payload: { text: 'hello' },
    clientMsgId: `m-${++sent}`,
    ...more,
  });
  const send = (client: TestClient, more: Record<string, unknown>) => client.call('send', message(more as Send));
  const post = (person: Person, more: Record<string, unknown>) => world.post<ActionOutput<'send'>>('/api/messages', message(more), person);
  const rows = (sql: string) => world.gateway.app.get(Database).rows<Record<string, unknown>>(sql);

  describe('a send', () => {
    it('names its conversation by to, by groupId or by convId, over WebSocket and REST', async () => {
      const [ada, bob] = await pair();
      const [low, high] = [ada.id, bob.id].sort();
      const c2c = `c2c:${low}:${high}`;
      const groupId = await world.group(ada);
      const ways = [{ to: bob.id }, { convId: c2c }, { to: bob.id, convId: c2c }];
      for (const [i, way] of ways.entries()) expect(await send(ada.client, way)).toMatchObject({ convId: c2c, seq: i + 1 });
      for (const [i, way] of ways.entries()) expect((await post(ada, way)).body).toMatchObject({ convId: c2c, seq: i + 4 });
      expect(await send(bob.client, { to: ada.id })).toMatchObject({ convId: c2c, seq: 7 });
      for (const way of [{ groupId }, { convId: `group:${groupId}` }, { groupId, convId: `group:${groupId}` }]) {
        expect(await send(ada.client, way)).toMatchObject({ convId: `group:${groupId}` });
      }
    });

    it('is seen as it was sent, with what the server knows', async () => {
      const [ada, bob] = await pair();
      const payload = { text: 'naïve 🍣\n‮ \u0001', nested: { list: [1, null, { deep: true }], empty: {} } };
      const ack = await send(ada.client, { to: bob.id, payload, clientMsgId: 'with space ~!' });
      const event = await bob.client.next('message');
      expect(event).toEqual({
        convId: ack.convId,
        convType: 'c2c',
        seq: 1,
        number: 1,
        serverMsgId: ack.serverMsgId,
        clientMsgId: 'with space ~!',
        from: ada.id,
        to: bob.id,
        type: 'text',
        payload,
        timestamp: ack.timestamp,
      });
      expect((await bob.client.call('history', { to: ada.id })).messages).toEqual([event]);
      expect((await bob.client.call('entries', { to: ada.id, afterSeq: 0 })).entries).toEqual([{ kind: 'message', ...event }]);
    });

    it('may be of every type but system', async () => {
      const [ada, bob] = await pair();
      for (const type of ['image', 'voice', 'video', 'file', 'card', 'location', 'custom', 'stream']) {
        expect(await send(ada.client, { to: bob.id, type, payload: {} })).toMatchObject({ convId: expect.any(String) as string });
      }
      expect(await codeOf(send(ada.client, { to: bob.id, type: 'system' }))).toBe('BAD_REQUEST');
      expect(World.codeOf(await post(ada, { to: bob.id, type: 'system' }))).toBe('BAD_REQUEST');
    });

    it('is from whom the token says, whatever the frame says', async () => {
      const [ada, bob] = await pair();
      await send(ada.client, { to: bob.id, from: bob.id, seq: 99, timestamp: 1, number: 7 });
      await post(ada, { to: bob.id, from: bob.id });
      expect((await bob.client.call('history', { to: ada.id })).messages).toMatchObject([
        { from: ada.id, to: bob.id, seq: 1, number: 1 },
        { from: ada.id, to: bob.id, seq: 2, number: 2 },
      ]);
    });

    const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

    it.each([
      ['no target', {}],
      ['targets that disagree', { to: 'x', groupId: 'y' }],
      ['a convId and a to that disagree', { to: 'x', convId: 'group:y' }],
      ['a convId that is not sorted', { convId: 'c2c:z:a' }],
      ['a convId of one user', { convId: 'c2c:a:a' }],
      ['a convId that is none', { convId: 'room:a' }],
      ['a payload that is no object', { to: 'x', payload: 'hello' }],
      ['a payload that is a list', { to: 'x', payload: ['hello'] }],
      ['a text message without a text', { to: 'x', payload: {} }],
      ['an empty text', { to: 'x', payload: { text: '' } }],
      ['NUL in a text', { to: 'x', payload: { text: 'a\0b' } }],
      ['NUL in a key', { to: 'x', payload: { text: 'a', 'k\0': 1 } }],
      ['a lone surrogate', { to: 'x', payload: { text: 'a\ud800b' } }],
      ['a lone surrogate deep inside', { to: 'x', payload: { text: 'a', list: [{ a: ['\udc00'] }] } }],
      ['a payload that is nested too deep', { to: 'x', payload: { text: 'a', deep: deep(70) } }],
      ['no clientMsgId', { to: 'x', clientMsgId: undefined }],
      ['an empty clientMsgId', { to: 'x', clientMsgId: '' }],
      ['a clientMsgId that is too long', { to: 'x', clientMsgId: 'm'.repeat(65) }],
      ['a clientMsgId of other letters', { to: 'x', clientMsgId: 'é' }],
      ['an unknown type', { to: 'x', type: 'telepathy' }],
      ['a replyTo that is no seq', { to: 'x', replyTo: 0 }],
      ['too many mentions', { to: 'x', mentions: Array(51).fill('x') }],
    ])('with %s is BAD_REQUEST', async (_, more) => {
      const ada = await someone();
      expect(await codeOf(send(ada.client, more))).toBe('BAD_REQUEST');
      expect(World.codeOf(await post(ada, more))).toBe('BAD_REQUEST');
    });

    it.each([
      ['objects', '{"a":', '}', 10_000],
      ['lists', '[', ']', 30_000],
    ])('with %s nested as deep as a frame can hold is BAD_REQUEST and harms nobody', async (_, open, close, levels) => {
      const [ada, bob] = await pair();
      const data = `{"to":"${bob.id}","type":"custom","clientMsgId":"deep","payload":{"deep":${open.repeat(levels)}1${close.repeat(levels)}}}`;
      ada.client.raw(`{"action":"send","ref":"deep","data":${data}}`);
      await ada.client.until(() => ada.client.replies.length > 0, 'a reply');
      expect(ada.client.replies).toMatchObject([{ action: 'error', ref: 'deep', data: { code: 'BAD_REQUEST' } }]);
      const answer = await world.request('POST', '/api/messages', data, ada);
      expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    });

    it('to oneself is BAD_REQUEST, to nobody NOT_FOUND, and neither leaves a trace', async () => {
      const ada = await someone();
      expect(await codeOf(send(ada.client, { to: ada.id }))).toBe('BAD_REQUEST');
      expect(await codeOf(send(ada.client, { to: 'nobody' }))).toBe('NOT_FOUND');
      expect(World.codeOf(await post(ada, { to: 'nobody' }))).toBe('NOT_FOUND');
      expect((await ada.client.call('sync', {})).conversations).toEqual([]);
    });

    it('may carry exactly 32 KiB of payload as JSON, and not a byte more', async () => {
      const [ada, bob] = await pair();
      const frame = JSON.stringify({ text: '' }).length;
      const fits = { text: 'é' + 'x'.repeat(32_768 - frame - 2) };
      expect(Buffer.byteLength(JSON.stringify(fits))).toBe(32_768);
      await send(ada.client, { to: bob.id, payload: fits });
      expect((await post(ada, { to: bob.id, payload: fits })).status).toBe(200);
      const large = { text: `${fits.text}x` };
      expect(await codeOf(send(ada.client, { to: bob.id, payload: large }))).toBe('TOO_LARGE');
      const refused = await post(ada, { to: bob.id, payload: large });
      expect([refused.status, World.codeOf(refused)]).toEqual([413, 'TOO_LARGE']);
    });
  });

  describe('a retried send', () => {
    it('is acked with the first seq on the same connection, another one and over REST, and the first payload wins', async () => {
      const [ada, bob] = await pair();
      const again = { to: bob.id, clientMsgId: 'once' };
      const first = await send(ada.client, { ...again, payload: { text: 'first' } });
      expect(first.duplicate).toBeUndefined();
      const other = await world.connect(ada, { deviceId: 'other' });
      const expected = { ...first, duplicate: true };
      expect(await send(ada.client, { ...again, payload: { text: 'second' } })).toEqual(expected);
      expect(await send(other, { ...again, payload: { text: 'third' }, type: 'custom' })).toEqual(expected);
      expect((await post(ada, { ...again, payload: { text: 'fourth' } })).body).toEqual(expected);
      await bob.client.settled();
      expect(textsOf(bob.client.all('message'))).toEqual(['first']);
      expect(textsOf((await bob.client.call('history', { to: ada.id })).messages)).toEqual(['first']);
    });

    it('is stored once however many of it are on their way at once', async () => {
      const [ada, bob] = await pair();
      const other = await world.connect(ada, { deviceId: 'other' });
      const again = { to: bob.id, clientMsgId: 'at once' };
      const acks = await Promise.all([
        ...upTo(10).flatMap(() => [send(ada.client, again), send(other, again)]),
        post(ada, again).then(({ body }) => body),
      ]);
      expect(new Set(acks.map(({ seq, serverMsgId }) => `${seq} ${serverMsgId}`)).size).toBe(1);
      expect(acks.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    });

    it("is another one's own: the same clientMsgId of another user or in another conversation is another message", async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const same = { clientMsgId: 'same' };
      for (const ack of [
        await send(ada.client, { ...same, to: bob.id }),
        await send(bob.client, { ...same, to: ada.id }),
        await send(ada.client, { ...same, to: eve.id }),
        await send(ada.client, { ...same, to: bob.id, clientMsgId: 'SAME' }),
        await send(ada.client, { ...same, to: bob.id, clientMsgId: 'same ' }),
      ]) {
        expect(ack.duplicate).toBeUndefined();
      }
    });

    it('of a message that was recalled meanwhile is acked and brings nothing back', async () => {
      const [ada, bob] = await pair();
      const again = { to: bob.id, clientMsgId: 'taken back', payload: { text: 'oops' } };
      const { seq } = await send(ada.client, again);
      await ada.client.call('recall', { to: bob.id, seq });
      expect(await send(ada.client, again)).toMatchObject({ seq, duplicate: true });
      const { messages } = await bob.client.call('history', { to: ada.id });
      expect(messages).toMatchObject([{ seq, recalled: true }]);
      expect(messages[0]).not.toHaveProperty('payload');
    });
  });

  describe('replies and mentions', () => {
    it('are carried by the message', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await bob.client.call('subscribe_group', { groupId });
      const { seq } = await send(ada.client, { groupId });
      await send(ada.client, { groupId, replyTo: seq, mentions: [bob.id, ada.id] });
      expect(await bob.client.next('message', ({ replyTo }) => replyTo !== undefined)).toMatchObject({
        replyTo: seq,
        mentions: [bob.id, ada.id],
      });
    });

    it('to an entry that is no message, or to none, are BAD_REQUEST', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      for (const replyTo of [1, 99]) expect(await codeOf(send(ada.client, { groupId, replyTo }))).toBe('BAD_REQUEST');
      expect(await codeOf(send(ada.client, { to: bob.id, replyTo: 1 }))).toBe('BAD_REQUEST');
    });

    it('of somebody who is no member are BAD_REQUEST', async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const groupId = await world.group(ada, [bob]);
      expect(await codeOf(send(ada.client, { groupId, mentions: [bob.id, eve.id] }))).toBe('BAD_REQUEST');
      expect(await codeOf(send(ada.client, { to: bob.id, mentions: [eve.id] }))).toBe('BAD_REQUEST');
      expect((await post(ada, { groupId, mentions: [bob.id] })).status).toBe(200);
    });

    it('of everybody are for those who run the group', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await send(ada.client, { groupId, mentions: ['@all'] });
      expect(await codeOf(send(bob.client, { groupId, mentions: ['@all'] }))).toBe('FORBIDDEN');
      const role = (name: string) => world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { role: name }, ada);
      await role('admin');
      expect(await send(bob.client, { groupId, mentions: ['@all', ada.id] })).not.toHaveProperty('duplicate');
      await role('member');
      expect(await codeOf(send(bob.client, { groupId, mentions: ['@all'] }))).toBe('FORBIDDEN');
      expect(await codeOf(send(ada.client, { to: bob.id, mentions: ['@all'] }))).toBe('FORBIDDEN');
    });

    it('to what is outside of the own window are BAD_REQUEST, to what was taken back inside of it are none', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada);
      const before = await send(ada.client, { groupId });
      const membership = (what: string) => world.post(`/api/groups/${groupId}/${what}`, undefined, bob);
      await membership('join');
      expect(await codeOf(send(bob.client, { groupId, replyTo: before.seq }))).toBe('BAD_REQUEST');
      const seen = await send(ada.client, { groupId });
      await ada.client.call('recall', { groupId, seq: seen.seq });
      // Who writes an answer may not know yet that it was taken back.
      expect(await send(bob.client, { groupId, replyTo: seen.seq })).toMatchObject({ seq: seen.seq + 2 });
      await membership('leave');
      await membership('join');
      expect(await codeOf(send(bob.client, { groupId, replyTo: seen.seq }))).toBe('BAD_REQUEST');
      expect(await send(ada.client, { groupId, replyTo: before.seq })).not.toHaveProperty('duplicate');
    });

    it('to what was said before joining are for those who may see it', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada);
      const before = await send(ada.client, { groupId });
      await world.request('PUT', `/api/groups/${groupId}`, { historyFromStart: true }, ada);
      await world.post(`/api/groups/${groupId}/join`, undefined, bob);
      const { seq } = await send(bob.client, { groupId, replyTo: before.seq });
      await world.post('/api/conversations/delete', { convId: `group:${groupId}` }, bob);
      for (const replyTo of [before.seq, seq]) expect(await codeOf(send(bob.client, { groupId, replyTo }))).toBe('BAD_REQUEST');
    });

    it('of somebody who was a member are BAD_REQUEST, of fifty members are not', async () => {
      const [ada, bob] = await pair();
      const others = await Promise.all(upTo(49).map((i) => world.person(`crowd-${i}`)));
      const groupId = await world.group(ada, [bob, ...others]);
      const mentions = [bob, ...others].map(({ id }) => id);
      expect(await send(ada.client, { groupId, mentions })).toMatchObject({ seq: 2 });
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      expect(await codeOf(send(ada.client, { groupId, mentions }))).toBe('BAD_REQUEST');
    });

    it('tell a former member nothing of the group', async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const groupId = await world.group(ada, [bob]);
      await send(bob.client, { groupId });
      await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
      const { seq } = await send(ada.client, { groupId });
      for (const more of [{ mentions: [eve.id] }, { replyTo: seq + 1 }, { mentions: ['@all'] }, { mentions: [ada.id] }, { replyTo: seq }]) {
        expect([more, await codeOf(send(bob.client, { groupId, ...more }))]).toEqual([more, 'NOT_GROUP_MEMBER']);
      }
    });

    it('keep the order of sends on one connection', async () => {
      const [ada, bob] = await pair();
      await send(ada.client, { to: bob.id });
      const acks = await Promise.all(
        upTo(30).map((i) => send(ada.client, { to: bob.id, ...(i % 3 ? {} : { replyTo: 1 }), ...(i % 5 ? {} : { mentions: [bob.id] }) })),
      );
      expect(seqsOf(acks)).toEqual(upTo(31, 2));
    });
  });

  describe('pages', () => {
    let ada: Person & { client: TestClient }, bob: Person & { client: TestClient }, groupId: string;

    beforeAll(async () => {
      [ada, bob] = await pair();
      groupId = await world.group(ada, [bob]);
      // Seq 1 made the group; 2 to 11 are messages; 12 is a recall; 13 and 14 are messages.
      for (const i of upTo(10)) await ada.client.say({ groupId }, `${i}`);
      await ada.client.call('recall', { groupId, seq: 5 });
      for (const i of [11, 12]) await bob.client.say({ groupId }, `${i}`);
    });

    it.each([
      [{}, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14], false],
      [{ limit: 3 }, [11, 13, 14], true],
      [{ limit: 12 }, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14], false],
      [{ limit: 11 }, [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14], true],
      [{ beforeSeq: 13, limit: 2 }, [10, 11], true],
      [{ beforeSeq: 4, limit: 2 }, [2, 3], false],
      [{ beforeSeq: 4, limit: 1 }, [3], true],
      [{ beforeSeq: 2 }, [], false],
      [{ beforeSeq: 1 }, [], false],
      [{ beforeSeq: 999, limit: 1 }, [14], true],
      [{ afterSeq: 0, limit: 2 }, [2, 3], true],
      [{ afterSeq: 11, limit: 2 }, [13, 14], false],
      [{ afterSeq: 11, limit: 1 }, [13], true],
      [{ afterSeq: 14 }, [], false],
      [{ afterSeq: 999 }, [], false],
    ])('of history %j', async (query, seqs, hasMore) => {
      const answer = await bob.client.call('history', { groupId, ...query });
      expect([seqsOf(answer.messages), answer.hasMore]).toEqual([seqs, hasMore]);
      const text = new URLSearchParams({
        convId: `group:${groupId}`,
        ...Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])),
      });
      expect((await world.get(`/api/messages/history?${text.toString()}`, bob)).body).toEqual(answer);
    });

    it.each([
      [{ afterSeq: 0 }, upTo(14), false],
      [{ afterSeq: 0, limit: 13 }, upTo(13), true],
      [{ afterSeq: 0, limit: 14 }, upTo(14), false],
      [{ afterSeq: 11, limit: 2 }, [12, 13], true],
      [{ afterSeq: 14 }, [], false],
      [{ afterSeq: 99 }, [], false],
    ])('of entries %j', async (query, seqs, hasMore) => {
      const answer = await bob.client.call('entries', { groupId, ...query });
      expect([seqsOf(answer.entries), answer.hasMore, answer.lastSeq]).toEqual([seqs, hasMore, 14]);
      const text = new URLSearchParams({
        convId: `group:${groupId}`,
        ...Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])),
      });
      expect((await world.get(`/api/messages/entries?${text.toString()}`, bob)).body).toEqual(answer);
    });

    it.each([{ limit: 0 }, { limit: 201 }, { beforeSeq: 0 }, { afterSeq: -1 }, { beforeSeq: 5, afterSeq: 1 }, { limit: 1.5 }])(
      'of history %j are BAD_REQUEST',
      async (query) => {
        expect(await codeOf(bob.client.call('history', { groupId, ...query }))).toBe('BAD_REQUEST');
        const text = Object.entries(query)
          .map(([key, value]) => `${key}=${value}`)
          .join('&');
        expect(World.codeOf(await world.get(`/api/messages/history?convId=group:${groupId}&${text}`, bob))).toBe('BAD_REQUEST');
      },
    );

    it('of a conversation in which nothing was said are empty', async () => {
      const [carol, dave] = await pair();
      expect(await carol.client.call('history', { to: dave.id })).toEqual({ messages: [], hasMore: false });
      expect(await carol.client.call('entries', { to: dave.id, afterSeq: 0 })).toEqual({ entries: [], lastSeq: 0, hasMore: false });
      expect(await codeOf(carol.client.call('history', { to: 'nobody' }))).toBe('NOT_FOUND');
    });

    it('end early when their messages are large, and still lead through all of them', async () => {
      const [carol, dave] = await pair();
      for (const i of upTo(20)) await send(carol.client, { to: dave.id, payload: { text: `${i} ${'x'.repeat(30_000)}` } });
      const target = { to: carol.id };
      const forward: number[] = [];
      for (let more = true; more;) {
        const page = await dave.client.call('history', { ...target, afterSeq: forward.at(-1) ?? 0, limit: 200 });
        expect(JSON.stringify(page).length).toBeLessThan(300_000);
        expect(page.messages.length).toBeGreaterThan(0);
        forward.push(...seqsOf(page.messages));
        more = page.hasMore;
      }
      expect(forward).toEqual(upTo(20));
      const backward: number[] = [];
      for (let more = true; more;) {
        const page = await dave.client.call('history', { ...target, ...(backward[0] ? { beforeSeq: backward[0] } : {}), limit: 200 });
        backward.unshift(...seqsOf(page.messages));
        more = page.hasMore;
      }
      expect(backward).toEqual(upTo(20));
      const entries = await dave.client.call('entries', { ...target, afterSeq: 0, limit: 500 });
      expect([entries.hasMore, entries.lastSeq]).toEqual([true, 20]);
    });
  });

  it('mentions everybody in no place behind the one where its sender stopped running the group', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const give = (role: string) => world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { role }, ada);
    for (let round = 0; round < 5; round++) {
      await give('admin');
      await Promise.allSettled([send(bob.client, { groupId, mentions: ['@all'] }), give('member')]);
      const { entries } = await ada.client.call('entries', { groupId, afterSeq: 0, limit: 500 });
      expect(entries.at(-1)).toMatchObject({ kind: 'member_updated', role: 'member' });
    }
  });

  describe('a recall', () => {
    it('is told without its reason where who takes back may not write', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { role: 'admin' }, ada);
      const inGroup = await bob.client.say({ groupId }, 'one');
      const inC2c = await bob.client.say({ to: ada.id }, 'two');
      await world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { mutedUntil: Date.now() + 3_600_000 }, ada);
      await world.post('/api/blocks', { userId: bob.id }, ada);
      for (const { convId, seq } of [inGroup, inC2c]) {
        await bob.client.call('recall', { convId, seq, reason: 'you will hear me' });
        const { entries } = await ada.client.call('entries', { convId, afterSeq: seq });
        expect(entries.filter(({ kind }) => kind === 'recalled')).toEqual([
          expect.not.objectContaining({ reason: expect.anything() as unknown }),
        ]);
      }
    });

    it('erases the message for everybody, everywhere, and is an entry', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await bob.client.call('subscribe_group', { groupId });
      const secret = `secret-${Math.random()}`;
      const { seq, serverMsgId, convId } = await send(ada.client, {
        groupId,
        payload: { text: secret },
        mentions: [bob.id],
        replyTo: undefined,
      });
      expect(await ada.client.call('recall', { groupId, seq, reason: 'a slip' })).toEqual({ convId, seq });
      expect(await bob.client.next('entry', ({ kind }) => kind === 'recalled')).toMatchObject({
        seq: seq + 1,
        targetSeq: seq,
        from: ada.id,
        reason: 'a slip',
      });

      const tombstone = { seq, serverMsgId, from: ada.id, recalled: true };
      const answers = [
        (await bob.client.call('history', { groupId })).messages[0],
        (await bob.client.call('entries', { groupId, afterSeq: 1 })).entries[0],
        (await bob.client.call('sync', {})).conversations[0]?.lastMessage,
        (await world.get<{ messages: Message[] }>(`/api/messages/history?convId=${convId}`, bob)).body.messages[0],
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject(tombstone);
        expect(answer).not.toHaveProperty('payload');
        expect(answer).not.toHaveProperty('mentions');
      }
      const stored = await rows(
        `SELECT e.body, e.mentions FROM entries e JOIN conversations c ON c.id = e.conversation_id WHERE c.conv_id = '${convId}' AND e.seq = ${seq}`,
      );
      expect(stored).toEqual([{ body: null, mentions: null }]);
      const tables = await rows(
        storeKind() === 'sqlite'
          ? `SELECT name FROM sqlite_master WHERE type = 'table'`
          : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
      );
      for (const { name } of tables) expect(JSON.stringify(await rows(`SELECT * FROM \`${String(name)}\``))).not.toContain(secret);
    });

    it('is not undone by catching up: who subscribes later hears a tombstone', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await ada.client.call('subscribe_group', { groupId });
      await send(ada.client, { groupId });
      const { seq } = await send(ada.client, { groupId, payload: { text: 'taken back' } });
      await send(ada.client, { groupId });
      await ada.client.call('recall', { groupId, seq });
      await ada.client.next('entry', ({ kind }) => kind === 'recalled');

      await bob.client.call('subscribe_group', { groupId, fromSeq: 1 });
      await bob.client.next('entry', ({ kind }) => kind === 'recalled');
      const heard = bob.client.all('message');
      expect(heard.map((message) => [message.seq, message.recalled ?? false])).toEqual([
        [seq - 1, false],
        [seq, true],
        [seq + 1, false],
      ]);
      expect(JSON.stringify(bob.client.events)).not.toContain('taken back');
    });

    it('may name the message by its serverMsgId; a forged one is NOT_FOUND', async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const { seq, serverMsgId, convId } = await send(ada.client, { to: bob.id });
      const elsewhere = await send(ada.client, { to: eve.id });
      const [row, place, at] = serverMsgId.split('-') as [string, string, string];
      const forged = [
        elsewhere.serverMsgId,
        `${row}-${place}-${(parseInt(at, 36) + 1).toString(36)}`,
        `${row}-zz-${at}`,
        '1-2',
        'nonsense',
        `${row}-${place}-${at}-1`,
      ];
      for (const name of forged) expect(await codeOf(ada.client.call('recall', { to: bob.id, serverMsgId: name }))).toBe('NOT_FOUND');
      expect(await ada.client.call('recall', { to: bob.id, serverMsgId })).toEqual({ convId, seq });
    });

    it('twice, by whatever name, is one entry', async () => {
      const [ada, bob] = await pair();
      const { seq, serverMsgId, convId } = await send(ada.client, { to: bob.id });
      const answers = await Promise.all([
        ada.client.call('recall', { to: bob.id, seq }),
        ada.client.call('recall', { to: bob.id, serverMsgId }),
        world.post('/api/messages/recall', { to: bob.id, seq }, ada).then(({ body }) => body),
      ]);
      expect(answers).toEqual(Array(3).fill({ convId, seq }));
      expect((await ada.client.call('entries', { to: bob.id, afterSeq: 0 })).lastSeq).toBe(2);
    });

    it("of another one's message is FORBIDDEN, but not to who runs the group", async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      const [c2c, mine, his] = [
        await send(ada.client, { to: bob.id }),
        await send(ada.client, { groupId }),
        await send(bob.client, { groupId }),
      ];
      expect(await codeOf(bob.client.call('recall', { to: ada.id, seq: c2c.seq }))).toBe('FORBIDDEN');
      expect(await codeOf(bob.client.call('recall', { groupId, seq: mine.seq }))).toBe('FORBIDDEN');
      expect(World.codeOf(await world.post('/api/messages/recall', { groupId, seq: mine.seq }, bob))).toBe('FORBIDDEN');
      offsetMs = 3_600_000;
      await ada.client.call('recall', { groupId, seq: his.seq });
      expect((await bob.client.call('history', { groupId })).messages).toMatchObject([{ seq: mine.seq }, { seq: his.seq, recalled: true }]);
    });

    it('is possible for as long as configured', async () => {
      const [ada, bob] = await pair();
      const first = await send(ada.client, { to: bob.id });
      const second = await send(ada.client, { to: bob.id });
      const start = offsetMs;
      offsetMs = start + (world.config.recallWindowSeconds - 2) * 1000;
      await ada.client.call('recall', { to: bob.id, seq: first.seq });
      offsetMs = start + (world.config.recallWindowSeconds + 2) * 1000;
      expect(await codeOf(ada.client.call('recall', { to: bob.id, seq: second.seq }))).toBe('RECALL_EXPIRED');
      // What is recalled already stays so: a retry is no new recall.
      await ada.client.call('recall', { to: bob.id, seq: first.seq });
    });

    it('of what is no message is NOT_FOUND', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      for (const seq of [1, 99]) expect(await codeOf(ada.client.call('recall', { groupId, seq }))).toBe('NOT_FOUND');
      expect(await codeOf(ada.client.call('recall', { to: bob.id, seq: 1 }))).toBe('NOT_FOUND');
      expect(await codeOf(ada.client.call('recall', { groupId }))).toBe('BAD_REQUEST');
      expect(await codeOf(ada.client.call('recall', { groupId, seq: 1, serverMsgId: '1-1-1' }))).toBe('BAD_REQUEST');
    });
  });

  describe('events of a c2c', () => {
    it('reach all devices of both without subscribing, and nobody else', async () => {
      const [ada, bob] = await pair();
      const eve = await someone('eve');
      const devices = [ada.client, await world.connect(ada, { deviceId: 'a2' }), bob.client, await world.connect(bob, { deviceId: 'b2' })];
      await ada.client.say({ to: bob.id }, 'by socket');
      await post(bob, { to: ada.id, payload: { text: 'by REST' } });
      await ada.client.call('recall', { to: bob.id, seq: 1 });
      for (const device of devices) {
        await device.next('entry');
        expect(textsOf(device.all('message'))).toEqual(['by socket', 'by REST']);
        expect(device.all('entry')).toMatchObject([{ kind: 'recalled', targetSeq: 1, seq: 3 }]);
      }
      await eve.client.settled();
      expect(eve.client.events.map(({ action }) => action)).toEqual(['connected']);
    });
  });

  it('and everything told about them fit their schemas to the letter', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const convId = `group:${groupId}`;
    const answers: { [A in keyof typeof actions]: () => Promise<unknown> } = {
      ping: () => ada.client.call('ping', {}),
      subscribe_group: () => ada.client.call('subscribe_group', { groupId }),
      send: () => send(ada.client, { groupId, mentions: [bob.id] }),
      history: () => ada.client.call('history', { convId }),
      edit: () => ada.client.call('edit', { convId, seq: 2, payload: { text: 'changed' } }),
      typing: () => ada.client.call('typing', { convId, typing: true }),
      presence: () => ada.client.call('presence', { userIds: [ada.id, bob.id] }),
      recall: () => ada.client.call('recall', { convId, seq: 2 }),
      entries: () => ada.client.call('entries', { convId, afterSeq: 0 }),
      read: () => ada.client.call('read', { convId, seq: 2 }),
      delivered: () => ada.client.call('delivered', { to: bob.id, seq: 1 }),
      sync: () => ada.client.call('sync', {}),
      unsubscribe_group: () => ada.client.call('unsubscribe_group', { groupId }),
    };
    for (const [name, ask] of Object.entries(answers)) {
      const answer = await ask();
      expect(actions[name as keyof typeof actions].output.parse(answer)).toEqual(answer);
    }
    expect(Object.keys(answers).sort()).toEqual(Object.keys(actions).sort());
    await ada.client.settled();
    expect(new Set(ada.client.events.map(({ action }) => action))).toEqual(
      new Set(['connected', 'group_joined', 'message', 'entry', 'read']),
    );
    for (const { action, data } of ada.client.events) expect(events[action as keyof typeof events].data.parse(data)).toEqual(data);
  });
});
