import { type Person, type TestClient, World, codeOf } from '@app/testing';

describe('read positions', () => {
  let world: World;
  let people = 0;
  let ada: Person & { client: TestClient }, bob: Person & { client: TestClient }, groupId: string;

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Person & { client: TestClient }> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };

  beforeEach(async () => {
    [ada, bob] = [await someone('ada'), await someone('bob')];
    groupId = await world.group(ada, [bob]);
  });

  /** What `sync` says of the group, and the list of REST says the same. */
  const line = async (person: Person & { client: TestClient }) => {
    const { conversations } = await person.client.call('sync', {});
    expect((await world.get('/api/conversations', person)).body).toEqual({ conversations, next: null });
    const found = conversations.find(({ convId }) => convId === `group:${groupId}`);
    return { readSeq: found?.readSeq, unread: found?.unread };
  };
  const say = async (who: Person & { client: TestClient }, count = 1) => {
    let last = 0;
    for (let i = 0; i < count; i++) ({ seq: last } = await who.client.say({ groupId }, 'hello'));
    return last;
  };
  const read = (who: Person & { client: TestClient }, seq: number) => who.client.call('read', { groupId, seq });

  it('begin at the entry by which one became a member, with nothing unread', async () => {
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 0 });
    const carol = await someone('carol');
    await say(ada, 3);
    await world.post(`/api/groups/${groupId}/join`, undefined, carol);
    expect(await line(carol)).toEqual({ readSeq: 5, unread: 0 });
    await say(ada);
    expect(await line(carol)).toEqual({ readSeq: 5, unread: 1 });
  });

  it('count what others said above them, and not what one said oneself', async () => {
    await say(ada, 3);
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 3 });
    await say(bob, 2);
    await say(ada);
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 4 });
    expect(await line(ada)).toEqual({ readSeq: 1, unread: 2 });
    // Seq 2 to 4 are of ada, 5 and 6 of bob, 7 of ada.
    expect(await read(bob, 3)).toMatchObject({ readSeq: 3, unread: 2 });
    expect(await read(bob, 5)).toMatchObject({ readSeq: 5, unread: 1 });
    expect(await line(bob)).toEqual({ readSeq: 5, unread: 1 });
    expect(await read(ada, 4)).toMatchObject({ readSeq: 4, unread: 2 });
    expect(await read(ada, 6)).toMatchObject({ readSeq: 6, unread: 0 });
  });

  it('are not moved by sending', async () => {
    await say(ada);
    await say(bob);
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 1 });
  });

  it('do not count entries that are no messages', async () => {
    const carol = await someone('carol');
    await world.post(`/api/groups/${groupId}/join`, undefined, carol);
    await world.post(`/api/groups/${groupId}/leave`, undefined, carol);
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 0 });
    expect(await read(bob, 3)).toMatchObject({ readSeq: 3, unread: 0 });
  });

  it('do not count what was recalled, above or below them, by whomever', async () => {
    await say(ada, 4);
    const own = await say(bob);
    await ada.client.call('recall', { groupId, seq: 3 });
    await bob.client.call('recall', { groupId, seq: own });
    expect(await line(bob)).toEqual({ readSeq: 1, unread: 3 });
    expect(await line(ada)).toEqual({ readSeq: 1, unread: 0 });
    expect(await read(bob, 2)).toMatchObject({ readSeq: 2, unread: 2 });
    expect(await read(bob, 4)).toMatchObject({ readSeq: 4, unread: 1 });
    await ada.client.call('recall', { groupId, seq: 2 });
    expect(await line(bob)).toEqual({ readSeq: 4, unread: 1 });
    await ada.client.call('recall', { groupId, seq: 5 });
    expect(await line(bob)).toEqual({ readSeq: 4, unread: 0 });
    await say(ada);
    expect(await line(bob)).toEqual({ readSeq: 4, unread: 1 });
  });

  it('never move backwards', async () => {
    await say(ada, 4);
    await read(bob, 4);
    for (const seq of [1, 3, 4]) expect(await read(bob, seq)).toMatchObject({ readSeq: 4, unread: 1 });
    expect(await line(bob)).toEqual({ readSeq: 4, unread: 1 });
  });

  it('never move past the end, so that what comes later is unread', async () => {
    const last = await say(ada, 2);
    expect(await read(bob, 1_000_000)).toMatchObject({ readSeq: last, unread: 0 });
    await say(ada);
    expect(await line(bob)).toEqual({ readSeq: last, unread: 1 });
  });

  it('end at the furthest of several that are asked for at once', async () => {
    await say(ada, 9);
    const other = await world.connect(bob, { deviceId: 'other' });
    await Promise.all([5, 9, 2, 7, 10].flatMap((seq) => [read(bob, seq), other.call('read', { groupId, seq })]));
    expect(await line(bob)).toEqual({ readSeq: 10, unread: 0 });
  });

  it('stay right while both talk, read and recall at once', async () => {
    const steps = Array.from({ length: 60 }, (_, i) => {
      const who = i % 2 ? ada : bob;
      if (i % 7 === 6) return read(who, i);
      return say(who).then((seq) => (i % 5 === 4 ? who.client.call('recall', { groupId, seq }) : undefined));
    });
    await Promise.all(steps);
    const { entries } = await ada.client.call('entries', { groupId, afterSeq: 0, limit: 500 });
    for (const who of [ada, bob]) {
      const { readSeq, unread } = await line(who);
      const expected = entries.filter(
        (entry) => entry.kind === 'message' && entry.seq > (readSeq ?? 0) && entry.from !== who.id && !entry.recalled,
      );
      expect(unread).toBe(expected.length);
    }
  });

  it('are told to all devices of the user when they move, and to nobody else', async () => {
    const phone = await world.connect(bob, { deviceId: 'phone' });
    const last = await say(ada, 3);
    const answer = await read(bob, 3);
    for (const device of [bob.client, phone]) expect(await device.next('read')).toEqual(answer);
    await read(bob, 2);
    const { body } = await world.post('/api/messages/read', { groupId, seq: last }, bob);
    expect(body).toEqual({ convId: `group:${groupId}`, readSeq: last, unread: 0, mentionedUnread: 0 });
    for (const device of [bob.client, phone]) expect(await device.next('read')).toEqual(body);
    await ada.client.settled();
    expect(ada.client.all('read')).toEqual([]);
  });

  it('of a c2c work alike', async () => {
    await ada.client.say({ to: bob.id }, 'one');
    await ada.client.say({ to: bob.id }, 'two');
    expect(await bob.client.call('read', { to: ada.id, seq: 1 })).toMatchObject({ readSeq: 1, unread: 1 });
    await bob.client.say({ to: ada.id }, 'three');
    expect(await bob.client.call('read', { to: ada.id, seq: 9 })).toMatchObject({ readSeq: 3, unread: 0 });
    expect(await ada.client.call('read', { to: bob.id, seq: 2 })).toMatchObject({ readSeq: 2, unread: 1 });
  });

  it('of a c2c in which nothing was said are 0', async () => {
    expect(await ada.client.call('read', { to: bob.id, seq: 5 })).toMatchObject({ readSeq: 0, unread: 0 });
    expect(await codeOf(ada.client.call('read', { to: 'nobody', seq: 5 }))).toBe('NOT_FOUND');
    expect(await codeOf(ada.client.call('read', { to: ada.id, seq: 5 }))).toBe('BAD_REQUEST');
    expect(await codeOf(ada.client.call('read', { to: bob.id, seq: 0 }))).toBe('BAD_REQUEST');
  });
});
