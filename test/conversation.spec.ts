import { type Person, type TestClient, World } from '@app/testing';

/** What a subscriber saw of a group's messages. */
const heard = (client: TestClient) =>
  client.all('message').map(({ seq, from, payload }) => `${seq} ${from} ${(payload as { text: string }).text}`);

describe('two people in a group', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start({ wsSendQPS: 2_000, wsSendBurst: 2_000 });
  });
  afterAll(() => world.close());

  it('say a thousand things each, which arrive once, in order and without holes, and a stranger hears nothing', async () => {
    const [alice, bob, carol] = (await Promise.all(['alice', 'bobby', 'carol'].map((name) => world.register(name)))) as [
      Person,
      Person,
      Person,
    ];
    const groupId = await world.group(alice, [bob]);
    const [a, b, c] = await Promise.all([world.connect(alice), world.connect(bob), world.connect(carol)]);
    const { lastSeq } = await a.call('subscribe_group', { groupId });
    await b.call('subscribe_group', { groupId });
    const count = 1_000;

    const acks = await Promise.all([a, b].flatMap((client) => Array.from({ length: count }, (_, i) => client.say({ groupId }, `${i}`))));
    for (const client of [a, b]) await client.until(() => client.all('message').length >= 2 * count, 'all messages');
    await Promise.all([a.settled(), b.settled(), c.settled()]);

    expect(heard(a)).toEqual(heard(b));
    const seqs = a.all('message').map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 2 * count }, (_, i) => lastSeq + 1 + i));
    expect(acks.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(seqs);
    for (const person of [alice, bob]) {
      const texts = a.all('message').filter(({ from }) => from === person.id);
      expect(texts.map(({ payload }) => (payload as { text: string }).text)).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
    }
    expect(c.events.map(({ action }) => action)).toEqual(['connected']);
  });
});
