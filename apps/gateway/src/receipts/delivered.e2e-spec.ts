import { type Conversation, c2cConversation } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('receipts of a c2c', () => {
  let world: World;
  let people = 0;
  let offsetMs = 0;
  let ada: Somebody, bob: Somebody, convId: string;

  beforeAll(async () => {
    world = await World.start({}, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  beforeEach(async () => {
    [ada, bob] = [await someone('ada'), await someone('bob')];
    convId = c2cConversation(ada.id, bob.id).convId;
  });
  afterEach(() => (offsetMs = 0));

  const say = async (count = 1) => {
    for (let i = 0; i < count; i++) await ada.client.say({ to: bob.id }, 'hello');
  };
  /** What the line of a person tells of the other side. */
  const receiptAt = async ({ client }: Somebody, since?: string): Promise<Conversation['receipt']> => {
    const { conversations } = await client.call('sync', since === undefined ? {} : { since });
    return conversations.find((line) => line.convId === convId)?.receipt;
  };

  it('are told to every device of the other side when something was delivered, and to nobody else', async () => {
    const phone = await world.connect(ada, { deviceId: 'phone' });
    const eve = await someone('eve');
    await say(3);
    expect(await bob.client.call('delivered', { to: ada.id, seq: 2 })).toEqual({});
    const receipt = { convId, userId: bob.id, readSeq: 0, deliveredSeq: 2 };
    for (const device of [ada.client, phone]) expect(await device.next('receipt')).toEqual(receipt);
    for (const { client } of [bob, eve]) {
      await client.settled();
      expect(client.all('receipt')).toEqual([]);
    }
  });

  it('never go backwards, never past the end, and repeat nothing', async () => {
    await say(3);
    for (const seq of [2, 1, 2, 1_000_000, 3]) await bob.client.call('delivered', { convId, seq });
    await ada.client.settled();
    expect(ada.client.all('receipt').map(({ deliveredSeq }) => deliveredSeq)).toEqual([2, 3]);
    await say();
    await bob.client.call('delivered', { convId, seq: 4 });
    expect(await ada.client.next('receipt', ({ deliveredSeq }) => deliveredSeq === 4)).toMatchObject({ readSeq: 0 });
  });

  it('tell that what was read was delivered', async () => {
    await say(3);
    await bob.client.call('read', { convId, seq: 2 });
    expect(await ada.client.next('receipt')).toEqual({ convId, userId: bob.id, readSeq: 2, deliveredSeq: 2 });
    await bob.client.call('delivered', { convId, seq: 1 });
    await bob.client.call('read', { convId, seq: 1 });
    await bob.client.call('delivered', { convId, seq: 3 });
    expect(await ada.client.next('receipt')).toEqual({ convId, userId: bob.id, readSeq: 2, deliveredSeq: 3 });
    await bob.client.call('read', { convId, seq: 3 });
    expect(await ada.client.next('receipt')).toEqual({ convId, userId: bob.id, readSeq: 3, deliveredSeq: 3 });
    await ada.client.settled();
    expect(ada.client.all('receipt')).toHaveLength(3);
  });

  it('move neither the read position nor what is unread', async () => {
    await say(3);
    await bob.client.call('delivered', { convId, seq: 3 });
    const { conversations } = await bob.client.call('sync', {});
    expect(conversations).toMatchObject([{ readSeq: 0, unread: 3 }]);
    await bob.client.settled();
    expect(bob.client.all('read')).toEqual([]);
  });

  it('stand in the line of the other side, and a sync since then tells that they moved', async () => {
    await say(2);
    expect(await receiptAt(ada)).toEqual({ userId: bob.id, readSeq: 0, deliveredSeq: 0 });
    offsetMs = 60_000;
    const { next } = await ada.client.call('sync', {});
    offsetMs = 120_000;
    expect(await receiptAt(ada, next)).toBeUndefined();
    await bob.client.call('delivered', { convId, seq: 1 });
    expect(await receiptAt(ada, next)).toEqual({ userId: bob.id, readSeq: 0, deliveredSeq: 1 });
    const again = (await ada.client.call('sync', { since: next })).next;
    offsetMs = 180_000;
    await bob.client.call('read', { convId, seq: 2 });
    expect(await receiptAt(ada, again)).toEqual({ userId: bob.id, readSeq: 2, deliveredSeq: 2 });
    expect(await receiptAt(bob)).toEqual({ userId: ada.id, readSeq: 0, deliveredSeq: 0 });
    await say();
    offsetMs = 240_000;
    const third = (await ada.client.call('sync', { since: again })).next;
    offsetMs = 300_000;
    expect(await receiptAt(ada, third)).toBeUndefined();
    await world.post('/api/unread/mark_all_read', undefined, bob);
    expect(await receiptAt(ada, third)).toEqual({ userId: bob.id, readSeq: 3, deliveredSeq: 3 });
  });

  it('come by REST too', async () => {
    await say(2);
    const { status, body } = await world.post('/api/messages/delivered', { convId, seq: 2 }, bob);
    expect([status, body]).toEqual([200, {}]);
    expect(await ada.client.next('receipt')).toMatchObject({ deliveredSeq: 2 });
  });

  it('are right when several devices report at once, on both sides', async () => {
    await say(9);
    const phone = await world.connect(bob, { deviceId: 'phone' });
    await Promise.all(
      [5, 9, 2, 7].flatMap((seq) => [
        bob.client.call('delivered', { convId, seq }),
        phone.call('read', { convId, seq: Math.max(1, seq - 2) }),
        ada.client.call('read', { convId, seq }),
      ]),
    );
    expect(await receiptAt(ada)).toEqual({ userId: bob.id, readSeq: 7, deliveredSeq: 9 });
    expect(await receiptAt(bob)).toEqual({ userId: ada.id, readSeq: 9, deliveredSeq: 9 });
  });

  it('are told to neither across a block, though the positions move; when it is lifted a sync tells where they are', async () => {
    await say(3);
    await world.post('/api/blocks', { userId: bob.id }, ada);
    for (const { client } of [ada, bob]) {
      await client.call('delivered', { convId, seq: 2 });
      await client.call('read', { convId, seq: 1 });
    }
    await world.post('/api/unread/mark_all_read', undefined, bob);
    for (const one of [ada, bob]) {
      await one.client.settled();
      expect(one.client.all('receipt')).toEqual([]);
      expect(await receiptAt(one)).toBeUndefined();
    }
    offsetMs = 60_000;
    const { next } = await ada.client.call('sync', {});
    offsetMs = 120_000;
    await world.request('DELETE', `/api/blocks/${bob.id}`, undefined, ada);
    expect(await receiptAt(ada, next)).toEqual({ userId: bob.id, readSeq: 3, deliveredSeq: 3 });
    expect(await receiptAt(bob)).toEqual({ userId: ada.id, readSeq: 1, deliveredSeq: 2 });
  });

  it('are none before anything was said, and none of groups', async () => {
    expect(await bob.client.call('delivered', { to: ada.id, seq: 7 })).toEqual({});
    const groupId = await world.group(ada, [bob]);
    expect(await codeOf(bob.client.call('delivered', { convId: `group:${groupId}`, seq: 1 }))).toBe('BAD_REQUEST');
    expect(await codeOf(bob.client.call('delivered', { to: 'nobody', seq: 1 }))).toBe('NOT_FOUND');
    await ada.client.say({ groupId }, 'hello');
    await bob.client.call('read', { groupId, seq: 2 });
    await ada.client.settled();
    expect(ada.client.all('receipt')).toEqual([]);
  });
});
