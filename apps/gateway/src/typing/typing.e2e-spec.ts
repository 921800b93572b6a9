import { type EventData, typingIntervalMs } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('typing', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({ presenceGroupSize: 3 });
  });
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const trio = async () => [await someone('ada'), await someone('bob'), await someone('cem')] as const;
  const told = ({ client }: Somebody): EventData<'typing'>[] => client.all('typing');
  const group = async (members: readonly Somebody[]): Promise<string> => {
    const [owner, ...others] = members as [Somebody, ...Somebody[]];
    const groupId = await world.group(owner, others);
    for (const { client } of members) await client.call('subscribe_group', { groupId });
    return groupId;
  };

  it("in a c2c is told to the other's devices and to nobody else, over WebSocket and REST", async () => {
    const [ada, bob, cem] = await trio();
    const phone = await world.connect(bob, { deviceId: 'phone' });
    const own = await world.connect(ada, { deviceId: 'phone' });
    expect(await ada.client.call('typing', { to: bob.id, typing: true })).toEqual({});
    const event = { convId: `c2c:${ada.id}:${bob.id}`, userId: ada.id, typing: true };
    for (const client of [bob.client, phone]) expect(await client.next('typing')).toEqual(event);
    expect((await world.post('/api/typing', { to: ada.id, typing: true }, bob)).body).toEqual({});
    expect(await ada.client.next('typing')).toEqual({ ...event, userId: bob.id });
    await Promise.all([own, cem.client].map((client) => client.settled()));
    expect([own.all('typing').map(({ userId }) => userId), told(cem)]).toEqual([[bob.id], []]);
    expect((await bob.client.call('entries', { to: ada.id, afterSeq: 0 })).entries).toEqual([]);
  });

  it('in a group is told to the other subscribers', async () => {
    const [ada, bob, cem] = await trio();
    const groupId = await group([ada, bob]);
    await ada.client.call('typing', { groupId, typing: true });
    expect(await bob.client.next('typing')).toEqual({ convId: `group:${groupId}`, userId: ada.id, typing: true });
    await Promise.all([ada, cem].map(({ client }) => client.settled()));
    expect([told(ada), told(cem)]).toEqual([[], []]);
  });

  it('is told once per interval, and the last word at its end', async () => {
    const [ada, bob] = await trio();
    const began = performance.now();
    for (const typing of [true, true, true, false, true, false]) await ada.client.call('typing', { to: bob.id, typing });
    await bob.client.until(() => told(bob).length === 2, 'the last word');
    expect(told(bob).map(({ typing }) => typing)).toEqual([true, false]);
    // A lower bound: a slow machine can only be later.
    expect(performance.now() - began).toBeGreaterThanOrEqual(typingIntervalMs - 50);
    await bob.client.settled();
    expect(told(bob)).toHaveLength(2);
  });

  it('needs the right to write', async () => {
    const [ada, bob, cem] = await trio();
    const groupId = await group([ada, bob]);
    expect(await codeOf(cem.client.call('typing', { groupId, typing: true }))).toBe('NOT_FOUND');
    expect(await codeOf(cem.client.call('typing', { to: cem.id, typing: true }))).toBe('BAD_REQUEST');
    expect(await codeOf(cem.client.call('typing', { to: 'nobody-at-all', typing: true }))).toBe('NOT_FOUND');
    await world.request('PUT', `/api/groups/${groupId}/members/${bob.id}`, { mutedUntil: Date.now() + 3_600_000 }, ada);
    expect(await codeOf(bob.client.call('typing', { groupId, typing: true }))).toBe('MUTED');
    await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
    expect(await codeOf(bob.client.call('typing', { groupId, typing: true }))).toBe('NOT_GROUP_MEMBER');
    await ada.client.call('typing', { groupId, typing: true });
    await Promise.all([ada, bob].map(({ client }) => client.settled()));
    expect([told(ada), told(bob)]).toEqual([[], []]);
  });

  it('is not told of somebody who could write a moment ago', async () => {
    const [ada, bob] = await trio();
    const groupId = await group([ada, bob]);
    await bob.client.say({ groupId }, 'hello');
    await bob.client.say({ to: ada.id }, 'hello');
    await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
    await world.post('/api/blocks', { userId: bob.id }, ada);
    expect(await codeOf(bob.client.call('typing', { groupId, typing: true }))).toBe('NOT_GROUP_MEMBER');
    expect(await codeOf(bob.client.call('typing', { to: ada.id, typing: true }))).toBe('BLOCKED');
    await ada.client.settled();
    expect(told(ada)).toEqual([]);
  });

  it('is not told at the end of an interval in which the other blocked them', async () => {
    const [ada, bob, cem] = await trio();
    await bob.client.say({ to: ada.id }, 'hello');
    for (const typing of [true, false]) await bob.client.call('typing', { to: ada.id, typing });
    await ada.client.next('typing');
    await world.post('/api/blocks', { userId: bob.id }, ada);
    // What begins later ends later: by then the last word to ada would have been told.
    for (const typing of [true, false]) await cem.client.call('typing', { to: ada.id, typing });
    await ada.client.next('typing', ({ userId, typing }) => userId === cem.id && !typing);
    await ada.client.settled();
    expect(told(ada).filter(({ userId }) => userId === bob.id)).toMatchObject([{ typing: true }]);
  });

  it('is not told in a group above the size that is set', async () => {
    const [ada, bob, cem] = await trio();
    const dan = await someone('dan');
    const groupId = await group([ada, bob, cem, dan]);
    await ada.client.call('typing', { groupId, typing: true });
    await bob.client.settled();
    expect(told(bob)).toEqual([]);
  });
});
