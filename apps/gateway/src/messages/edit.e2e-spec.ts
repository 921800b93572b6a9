import type { ActionOutput, EventData, Message } from '@app/protocol';
import { Database } from '@app/storage';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('an edit', () => {
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
  const edit = ({ client }: Somebody, place: { to: string } | { groupId: string }, seq: number, text = 'better') =>
    client.call('edit', { ...place, seq, payload: { text } });
  const isEdit = ({ kind }: EventData<'entry'>) => kind === 'edited';
  const shown = async ({ client }: Somebody, convId: string, seq: number): Promise<Message | undefined> =>
    (await client.call('history', { convId })).messages.find((message) => message.seq === seq);

  it('shows a new payload in the place of the old one, to everybody and for good', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    await bob.client.call('subscribe_group', { groupId });
    const { convId, seq } = await ada.client.call('send', {
      groupId,
      type: 'text',
      payload: { text: 'good' },
      clientMsgId: 'm',
      mentions: [bob.id],
    });
    const ack = await edit(ada, { groupId }, seq, 'שלום 🍣 better');
    expect(ack).toEqual({ convId, seq, editedAt: expect.any(Number) as number });
    const { editedAt } = ack;
    const told = { convId, seq: seq + 1, kind: 'edited', from: ada.id, targetSeq: seq, payload: { text: 'שלום 🍣 better' }, editedAt };
    expect(await bob.client.next('entry', isEdit)).toEqual({ ...told, timestamp: editedAt });
    expect(await shown(bob, convId, seq)).toMatchObject({ payload: { text: 'שלום 🍣 better' }, editedAt, mentions: [bob.id], number: 1 });
    const { entries } = await bob.client.call('entries', { groupId, afterSeq: seq - 1 });
    expect(entries).toEqual([expect.objectContaining({ seq, payload: told.payload, editedAt }), { ...told, timestamp: editedAt }]);
    const { conversations } = await bob.client.call('sync', {});
    expect(conversations).toMatchObject([{ convId, unread: 1, lastSeq: seq + 1, lastMessage: { seq, payload: told.payload, editedAt } }]);
  });

  it('over REST is the same', async () => {
    const [ada, bob] = await pair();
    const { convId, seq } = await ada.client.say({ to: bob.id }, 'good');
    const { status, body } = await world.post('/api/messages/edit', { to: bob.id, seq, payload: { text: 'better' } }, ada);
    expect([status, body]).toEqual([200, { convId, seq, editedAt: expect.any(Number) as number }]);
    expect(await bob.client.next('entry', isEdit)).toMatchObject({ targetSeq: seq, payload: { text: 'better' } });
  });

  it('that is repeated changes nothing, and a further one is told again', async () => {
    const [ada, bob] = await pair();
    const { convId, seq } = await ada.client.say({ to: bob.id }, 'good');
    const first = await edit(ada, { to: bob.id }, seq);
    offsetMs += 5_000;
    expect(await edit(ada, { to: bob.id }, seq)).toEqual(first);
    expect(await edit(ada, { to: bob.id }, seq, 'best')).not.toEqual(first);
    await bob.client.until(() => bob.client.all('entry').length === 2, 'two edits');
    await bob.client.settled();
    expect(bob.client.all('entry')).toMatchObject([{ payload: { text: 'better' } }, { payload: { text: 'best' } }]);
    expect(await shown(bob, convId, seq)).toMatchObject({ payload: { text: 'best' } });
  });

  it('leaves no earlier text behind: neither in the log nor in the store', async () => {
    const [ada, bob] = await pair();
    const { convId, seq } = await ada.client.say({ to: bob.id }, 'first words');
    await edit(ada, { to: bob.id }, seq, 'second words');
    await edit(ada, { to: bob.id }, seq, 'third words');
    const log = async () => JSON.stringify(await bob.client.call('entries', { convId, afterSeq: 0 }));
    const stored = async () => JSON.stringify(await world.gateway.app.get(Database).rows('SELECT * FROM entries'));
    for (const text of [await log(), await stored()]) {
      expect(text).not.toMatch(/first words|second words/);
      expect(text).toContain('third words');
    }
    await ada.client.call('recall', { to: bob.id, seq });
    for (const text of [await log(), await stored()]) expect(text).not.toContain('third words');
    const { entries } = await bob.client.call('entries', { convId, afterSeq: seq });
    expect(entries.map(({ kind }) => kind)).toEqual(['edited', 'edited', 'recalled']);
  });

  it('is what somebody hears who subscribes from before the message, also when the message was taken back since', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    await ada.client.call('subscribe_group', { groupId });
    const { seq } = await ada.client.say({ groupId }, 'first words');
    await edit(ada, { groupId }, seq, 'second words');
    await ada.client.next('entry', isEdit);
    await bob.client.call('subscribe_group', { groupId, fromSeq: seq - 1 });
    expect(await bob.client.next('message')).toMatchObject({ seq, payload: { text: 'second words' } });
    await bob.client.next('entry', isEdit);
    await ada.client.call('recall', { groupId, seq });
    await ada.client.next('entry', ({ kind }) => kind === 'recalled');
    await bob.client.call('unsubscribe_group', { groupId });
    await bob.client.call('subscribe_group', { groupId, fromSeq: seq - 1 });
    expect(await bob.client.next('message')).toMatchObject({ seq, recalled: true });
    expect(await bob.client.next('entry', isEdit)).not.toHaveProperty('payload');
    expect(await bob.client.next('entry')).toMatchObject({ kind: 'recalled', targetSeq: seq });
    await bob.client.call('unsubscribe_group', { groupId });
    await bob.client.call('subscribe_group', { groupId, fromSeq: seq });
    expect(await bob.client.next('entry', isEdit)).not.toHaveProperty('payload');
  });

  it('is refused to everybody but the sender, admins included', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const [his, c2c] = [await bob.client.say({ groupId }, 'mine'), await ada.client.say({ to: bob.id }, 'mine')];
    expect(await codeOf(edit(ada, { groupId }, his.seq))).toBe('FORBIDDEN');
    expect(await codeOf(edit(bob, { to: ada.id }, c2c.seq))).toBe('FORBIDDEN');
    expect(await shown(ada, his.convId, his.seq)).toMatchObject({ payload: { text: 'mine' } });
  });

  it('is only of text messages that are there', async () => {
    const [ada, bob] = await pair();
    const image = await ada.client.call('send', { to: bob.id, type: 'image', payload: { url: 'x' }, clientMsgId: 'i' });
    const gone = await ada.client.say({ to: bob.id }, 'gone');
    await ada.client.call('recall', { to: bob.id, seq: gone.seq });
    expect(await codeOf(edit(ada, { to: bob.id }, image.seq))).toBe('BAD_REQUEST');
    for (const seq of [gone.seq, gone.seq + 1, 99]) expect(await codeOf(edit(ada, { to: bob.id }, seq))).toBe('NOT_FOUND');
    const groupId = await world.group(ada);
    expect(await codeOf(edit(ada, { groupId }, 1))).toBe('NOT_FOUND');
  });

  it('needs a text that is not larger than a payload may be', async () => {
    const [ada, bob] = await pair();
    const { seq } = await ada.client.say({ to: bob.id }, 'good');
    const call = (payload: Record<string, unknown>) => codeOf(ada.client.call('edit', { to: bob.id, seq, payload }));
    for (const payload of [{}, { text: '' }, { text: 7 }, { text: 'a\0b' }]) expect(await call(payload)).toBe('BAD_REQUEST');
    expect(await call({ text: 'x'.repeat(world.config.maxPayloadBytes) })).toBe('TOO_LARGE');
  });

  it('is possible for a while', async () => {
    const [ada, bob] = await pair();
    const [first, second] = [await ada.client.say({ to: bob.id }, 'one'), await ada.client.say({ to: bob.id }, 'two')];
    offsetMs = (world.config.editWindowSeconds - 2) * 1000;
    const { editedAt } = await edit(ada, { to: bob.id }, first.seq);
    offsetMs = (world.config.editWindowSeconds + 2) * 1000;
    expect(await codeOf(edit(ada, { to: bob.id }, second.seq))).toBe('FORBIDDEN');
    expect(await edit(ada, { to: bob.id }, first.seq)).toMatchObject({ editedAt });
  });

  it('is refused to somebody who may not write any more, and of what was said in an earlier membership', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const { seq } = await bob.client.say({ groupId }, 'mine');
    const path = `/api/groups/${groupId}/members/${bob.id}`;
    await world.request('PUT', path, { mutedUntil: Date.now() + 3_600_000 }, ada);
    expect(await codeOf(edit(bob, { groupId }, seq))).toBe('MUTED');
    await world.request('PUT', path, { mutedUntil: null }, ada);
    await world.request('DELETE', path, undefined, ada);
    expect(await codeOf(edit(bob, { groupId }, seq))).toBe('NOT_GROUP_MEMBER');
    await world.post(`/api/groups/${groupId}/join`, undefined, bob);
    expect(await codeOf(edit(bob, { groupId }, seq))).toBe('NOT_FOUND');
  });

  it('is refused while only those who run the group may write, and across a block; taking back is not', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const [his, hers] = [await bob.client.say({ groupId }, 'his'), await ada.client.say({ groupId }, 'hers')];
    const c2c = await bob.client.say({ to: ada.id }, 'between us');
    await world.request('PUT', `/api/groups/${groupId}`, { muteAll: true }, ada);
    await world.post('/api/blocks', { userId: bob.id }, ada);
    expect(await codeOf(edit(bob, { groupId }, his.seq))).toBe('MUTED');
    expect(await edit(ada, { groupId }, hers.seq)).toMatchObject({ seq: hers.seq });
    expect(await codeOf(edit(bob, { to: ada.id }, c2c.seq))).toBe('BLOCKED');
    expect(await shown(ada, c2c.convId, c2c.seq)).toMatchObject({ payload: { text: 'between us' } });
    expect(await bob.client.call('recall', { groupId, seq: his.seq })).toMatchObject({ seq: his.seq });
    expect(await bob.client.call('recall', { to: ada.id, seq: c2c.seq })).toMatchObject({ seq: c2c.seq });
  });

  it('is not heard by somebody who was a member no more: what it says now was said after they left', async () => {
    const [ada, bob] = await pair();
    const groupId = await world.group(ada, [bob]);
    const early = await ada.client.say({ groupId }, 'first words');
    await edit(ada, { groupId }, early.seq, 'heard words');
    const { convId, seq } = await ada.client.say({ groupId }, 'last words');
    offsetMs += 1_000;
    await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
    const seen = async () => [
      await bob.client.call('history', { convId }),
      await bob.client.call('history', { convId, afterSeq: 0 }),
      await bob.client.call('entries', { convId, afterSeq: 0 }),
      (await bob.client.call('sync', { since: zero })).conversations,
    ];
    const zero = (await bob.client.call('sync', {})).next;
    for (const page of await seen()) expect(JSON.stringify(page)).toMatch(/last words/);
    offsetMs += 1_000;
    for (const target of [early.seq, seq]) await edit(ada, { groupId }, target, 'secret words');
    for (const page of await seen()) expect(JSON.stringify(page)).not.toContain('secret');
    const shownNow = await shown(bob, convId, seq);
    expect(shownNow).toMatchObject({ seq, editedAt: expect.any(Number) as number });
    expect(shownNow).not.toHaveProperty('payload');
    expect(shownNow).not.toHaveProperty('recalled');
    expect(await shown(ada, convId, seq)).toMatchObject({ payload: { text: 'secret words' } });
    const { entries } = await bob.client.call('entries', { convId, afterSeq: early.seq });
    expect(entries[0]).toMatchObject({ kind: 'edited', targetSeq: early.seq });
    expect(entries[0]).not.toHaveProperty('payload');
  });

  it('and a recall at once have one outcome: the message is gone', async () => {
    const [ada, bob] = await pair();
    for (let i = 0; i < 10; i++) {
      const { convId, seq } = await ada.client.say({ to: bob.id }, 'good');
      const both: Promise<unknown>[] = [edit(ada, { to: bob.id }, seq), ada.client.call('recall', { to: bob.id, seq })];
      const [edited] = await Promise.allSettled(i % 2 === 0 ? both : both.reverse());
      if (i % 2 === 0 && edited?.status === 'fulfilled') expect((edited.value as ActionOutput<'edit'>).seq).toBe(seq);
      const message = await shown(bob, convId, seq);
      expect(message).toMatchObject({ recalled: true });
      expect(message).not.toHaveProperty('payload');
    }
  });
});
