import { Database } from '@app/storage';
import { holdFlushes, type Person, type ServerFrame, type TestClient, World } from '@app/testing';

const told = ({ ref, action, data }: ServerFrame): string => `${ref ?? '-'} ${action === 'ack' ? 'ack' : (data as { code: string }).code}`;
const frame = (action: string, ref: string, data?: unknown): string => JSON.stringify({ action, ref, data });
const message = (target: object, i: number, bytes = 10) => ({
  ...target,
  type: 'text',
  payload: { text: 'x'.repeat(bytes) },
  clientMsgId: `${i}-${bytes}`,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The value of a metric, summed over those labels that are not given. */
async function metric(world: World, name: string, labels: Record<string, string> = {}): Promise<number> {
  const found = await world.metrics.registry.getSingleMetric(`parley_${name}`)?.get();
  const fitting = found?.values.filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted));
  return fitting?.reduce((sum, { value }) => sum + value, 0) ?? 0;
}

describe('the bucket of frames', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ framesPerSecond: 1, framesBurst: 10, wsSendQPS: 0.5, wsSendBurst: 2 });
  });
  afterAll(() => world.close());

  it('answers what is beyond framesBurst with RATE_LIMIT and when to retry, each frame in its place', async () => {
    const client = await world.connect(await world.person('eager'));
    for (let i = 0; i < 30; i++) client.raw(i === 20 ? 'no JSON' : frame('ping', `${i}`));
    await client.until(() => client.replies.length === 30);
    const replies = client.replies.map(told);
    expect(replies).toEqual(Array.from({ length: 30 }, (_, i) => (i === 20 ? '- RATE_LIMIT' : `${i} ${i < 10 ? 'ack' : 'RATE_LIMIT'}`)));
    for (const { data } of client.replies.slice(10)) expect((data as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    expect(await metric(world, 'rate_limited_total', { limit: 'frames' })).toBe(20);
  });

  it('closes with 4003 beyond ten times as many', async () => {
    const client = await world.connect(await world.person('flood'));
    for (let i = 0; i < 100; i++) client.raw(frame('ping', `${i}`));
    await client.until(() => client.replies.length === 100);
    for (let i = 0; i < 30; i++) client.raw(frame('ping', `${i}`));
    expect(await client.closed).toEqual({ code: 4003, reason: 'TOO_MANY_FRAMES' });
  });
});

describe('the buckets of sends', () => {
  let world: World;
  let bob: Person;
  beforeAll(async () => {
    world = await World.start({ wsSendQPS: 0.01, wsSendBurst: 3 });
    bob = await world.person('bob');
  });
  afterAll(() => world.close());

  /** Sends `count` messages at once and tells what became of them. */
  async function burst(client: TestClient, count: number): Promise<string> {
    const before = client.replies.length;
    for (let i = 0; i < count; i++) client.raw(frame('send', `${i}`, message({ to: bob.id }, i)));
    await client.until(() => client.replies.length === before + count);
    return client.replies
      .slice(before)
      .map(({ action }) => (action === 'ack' ? 'a' : 'e'))
      .join('');
  }

  it('count by user and device: a device has wsSendBurst, and connecting again does not renew it', async () => {
    const person = await world.person('one');
    const phone = await world.connect(person, { deviceId: 'phone' });
    expect(await burst(phone, 5)).toBe('aaaee');
    expect(phone.replies[4]?.data).toMatchObject({ code: 'RATE_LIMIT', retryAfterMs: expect.any(Number) as number });
    expect(await burst(await world.connect(person, { deviceId: 'laptop' }), 5)).toBe('aaaee');
    expect(await burst(await world.connect(person, { deviceId: 'phone' }), 2)).toBe('ee');
  });

  it('count by user: all devices together have four times as much', async () => {
    const person = await world.person('many');
    const clients = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((deviceId) => world.connect(person, { deviceId })));
    const bursts = [];
    for (const client of clients) bursts.push(await burst(client, 4));
    expect(bursts).toEqual(['aaae', 'aaae', 'aaae', 'aaae', 'eeee']);
  });

  it('do not count other actions', async () => {
    const client = await world.connect(await world.person('reader'));
    expect(await burst(client, 4)).toBe('aaae');
    for (let i = 0; i < 20; i++) await client.call('history', { to: bob.id, limit: 1 });
  });
});

it('a gateway whose Redis is away starts, counts by itself, and says how often', async () => {
  // Nobody listens at this port.
  await World.during({ redisUrl: 'redis://127.0.0.1:1', wsSendQPS: 0.001, wsSendBurst: 8 }, async (world) => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const client = await world.connect(alice, { deviceId: 'phone' });
    for (let i = 0; i < 10; i++) client.raw(frame('send', `${i}`, message({ to: bob.id }, i)));
    await client.until(() => client.replies.length === 10);
    expect(client.replies.map(told)).toEqual(Array.from({ length: 10 }, (_, i) => `${i} ${i < 8 ? 'ack' : 'RATE_LIMIT'}`));
    expect(await metric(world, 'rate_limiter_fallbacks_total')).toBeGreaterThanOrEqual(10);
    expect((await world.get('/readyz')).status).toBe(200);
  });
});

describe('a connection with more in flight than maxFramesInFlight', () => {
  it('is not read from until half of it is done, and every frame is answered in order', async () => {
    const world = await World.start({ maxFramesInFlight: 8, framesBurst: 100_000 });
    try {
      const alice = await world.person('alice');
      const groupId = await world.group(alice);
      const client = await world.connect(alice);
      const other = await world.connect(await world.person('other'));
      await client.say({ groupId }, 'the right to write is known now');
      const release = holdFlushes(world.gateway.app.get(Database));
      const count = 400;
      for (let i = 0; i < count; i++) client.raw(frame('send', `${i}`, message({ groupId }, i, 30_000)));
      for (let i = 0; i < 50; i++) await other.settled();
      // What a single read from the socket brought may be more than eight; the other megabytes have to wait.
      expect(await metric(world, 'frames_total', { action: 'send' })).toBeLessThan(20);
      await release();
      await client.until(() => client.replies.length === count + 1, 'all replies');
      expect(client.replies.slice(1).map(told)).toEqual(Array.from({ length: count }, (_, i) => `${i} ack`));
    } finally {
      await world.close();
    }
  });
});

describe('a consumer', () => {
  let world: World;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let groupId: string;

  beforeAll(async () => {
    world = await World.start({ framesBurst: 100_000 });
    [alice, bob, carol] = (await Promise.all(['alice', 'bob', 'carol'].map((id) => world.person(id)))) as [Person, Person, Person];
    groupId = await world.group(alice, [bob, carol]);
  });
  afterAll(() => world.close());

  const slow = () => metric(world, 'slow_consumers_total');
  const texts = (client: TestClient) => client.all('message').map(({ seq }) => seq);

  it('that stops to read is closed with 4001, while the others get everything', async () => {
    const [sender, sleeper, reader] = await Promise.all(
      [alice, bob, carol].map((person) => world.connect(person)) as [Promise<TestClient>, Promise<TestClient>, Promise<TestClient>],
    );
    for (const client of [sleeper, reader]) await client.call('subscribe_group', { groupId });
    sleeper.socket.pause();
    const sent: number[] = [];
    for (let i = 0; (await slow()) === 0; i++) sent.push((await sender.call('send', message({ groupId }, i, 30_000) as never)).seq);
    sleeper.socket.resume();
    expect(await sleeper.closed).toEqual({ code: 4001, reason: 'SLOW_CONSUMER' });
    await sender.say({ groupId }, 'the last');
    await reader.next('message', ({ payload }) => payload?.text === 'the last');
    expect(texts(reader).slice(0, -1)).toEqual(sent);
    // What it got is the beginning of the same stream.
    expect(texts(sleeper)).toEqual(sent.slice(0, texts(sleeper).length));
    expect(await slow()).toBe(1);
  });

  it('that never reads again is cut off', async () => {
    const [sender, sleeper] = [await world.connect(alice), await world.connect(bob)];
    await sleeper.call('subscribe_group', { groupId });
    const [before, connections] = [await slow(), await metric(world, 'connections')];
    sleeper.socket.pause();
    for (let i = 1_000; (await slow()) === before; i++) await sender.call('send', message({ groupId }, i, 30_000) as never);
    while ((await metric(world, 'connections')) === connections) await turn();
    sleeper.cut();
  });

  it('that asks for much and does not read is not closed: the server waits for it', async () => {
    const client = await world.connect(alice);
    const before = await slow();
    client.socket.pause();
    const count = 120;
    for (let i = 0; i < count; i++) client.raw(frame('history', `${i}`, { groupId, limit: 200 }));
    const other = await world.connect(carol);
    for (let i = 0; i < 30; i++) await other.settled();
    expect(await metric(world, 'frames_total', { action: 'history' })).toBeLessThan(count);
    client.socket.resume();
    await client.until(() => client.replies.length === count, 'all replies');
    expect(client.replies.map(told)).toEqual(Array.from({ length: count }, (_, i) => `${i} ack`));
    expect(await slow()).toBe(before);
    await client.close();
  });

  it('that subscribes to many groups at once gets megabytes of what it missed without being closed', async () => {
    const sender = await world.connect(alice);
    const groups = await Promise.all(Array.from({ length: 12 }, () => world.group(alice, [bob])));
    for (const id of groups)
      await Promise.all(Array.from({ length: 40 }, (_, i) => sender.call('send', message({ groupId: id }, i, 30_000) as never)));
    const before = await slow();
    const reader = await world.connect(bob);
    const acks = await Promise.all(groups.map((id) => reader.call('subscribe_group', { groupId: id, fromSeq: 1 })));
    expect(acks.every(({ recovered }) => recovered)).toBe(true);
    await reader.until(() => reader.all('message').length === 12 * 40, 'what was missed');
    for (const id of groups)
      expect(
        reader
          .all('message')
          .filter((one) => one.groupId === id)
          .map(({ seq }) => seq),
      ).toEqual(Array.from({ length: 40 }, (_, i) => 2 + i));
    expect(await slow()).toBe(before);
  });

  it('that comes back while megabytes are in the ring of recent frames gets them without being closed', async () => {
    const [sender, listener] = [await world.connect(alice), await world.connect(carol)];
    const id = await world.group(alice, [bob, carol]);
    await listener.call('subscribe_group', { groupId: id });
    for (let i = 0; i < 150; i++) await sender.call('send', message({ groupId: id }, i, 30_000) as never);
    const before = await slow();
    const reader = await world.connect(bob);
    await reader.call('subscribe_group', { groupId: id, fromSeq: 1 });
    await reader.until(() => reader.all('message').length === 150, 'what was missed');
    expect(await slow()).toBe(before);
    await reader.close();
  });

  it('that reads is not closed by the echoes of what it sends itself, however much is in flight', async () => {
    const [sender, before] = [await world.connect(alice), await slow()];
    for (let i = 0; i < 600; i++) sender.raw(frame('send', `${i}`, message({ to: bob.id }, 10_000 + i, 8_000)));
    await sender.until(() => sender.replies.length === 600 && sender.all('message').length === 600, 'acks and echoes');
    expect(sender.replies.map(told)).toEqual(Array.from({ length: 600 }, (_, i) => `${i} ack`));
    expect(await slow()).toBe(before);
    await sender.close();
  });

  it.each([
    ['is cut', (client: TestClient) => client.cut()],
    ['closes', (client: TestClient) => client.socket.close()],
  ])('that sends much, reads nothing and %s holds up nobody', async (_, leave) => {
    const connections = await metric(world, 'connections');
    const [sender, other] = [await world.connect(carol), await world.connect(bob)];
    sender.socket.pause();
    for (let i = 0; i < 900; i++) sender.raw(frame('send', `${i}`, message({ to: alice.id }, 20_000 + i, 8_000)));
    const taken = () => metric(world, 'frames_total', { action: 'send' });
    for (let last = -1; last !== (await taken());) {
      last = await taken();
      for (let i = 0; i < 5; i++) await other.settled();
    }
    leave(sender);
    for (let i = 0; i < 20; i++) await other.settled();
    sender.cut();
    await other.close();
    while ((await metric(world, 'connections')) > connections) await turn();
  });

  it('that reads is not closed when others send 40 large messages at once', async () => {
    const [sender, reader] = [await world.connect(alice), await world.connect(carol)];
    const id = await world.group(alice, [carol]);
    await reader.call('subscribe_group', { groupId: id });
    const before = await slow();
    await Promise.all(Array.from({ length: 40 }, (_, i) => sender.call('send', message({ groupId: id }, i, 32_000) as never)));
    // What the tests before had in flight may still come to her other conversations.
    await reader.until(() => reader.all('message').filter(({ groupId }) => groupId === id).length === 40, 'all messages');
    expect(await slow()).toBe(before);
  });
});
