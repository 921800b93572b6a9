import type { EventData } from '@app/protocol';
import { type Person, RedisServer, World, dropDatabase, eventually, sharedMysql } from '@app/testing';

const heartbeatMs = 2_000;

describe('presence over two gateways on one Redis', () => {
  let redis: RedisServer;
  let databaseUrl: string;
  let worlds: readonly [World, World];
  let people = 0;

  beforeAll(async () => {
    [redis, databaseUrl] = await Promise.all([RedisServer.start(), sharedMysql()]);
    const start = () => World.start({ databaseUrl, redisUrl: redis.url, heartbeatMs });
    worlds = [await start(), await start()];
    await allHeard();
  });
  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.close()));
    await Promise.all([redis.remove(), dropDatabase(databaseUrl)]);
  });

  /** Waits until each gateway hears the other, and what one says of a device the other is told. */
  async function allHeard(): Promise<void> {
    const [here, there] = worlds;
    const probe = await here.person(`probe-${++people}`);
    const client = await here.connect(probe, { deviceId: 'probe' });
    await eventually(
      async () => (await devicesAt(there, probe)).includes('probe'),
      () => 'Redis to know of a device',
    );
    await client.close();
  }

  const devicesAt = async (world: World, who: Person): Promise<string[]> => {
    const { body } = await world.get<{ devices: { deviceId: string; online: boolean }[] }>('/api/users/me/devices', who);
    return body.devices.filter(({ online }) => online).map(({ deviceId }) => deviceId);
  };
  const friends = async (): Promise<readonly [ada: Person, bob: Person]> => {
    const [world] = worlds;
    const [ada, bob] = [await world.person(`ada-${++people}`), await world.person(`bob-${people}`)];
    await world.post('/api/friends', { friendId: bob.id }, ada);
    await world.post('/api/friends', { friendId: ada.id }, bob);
    return [ada, bob];
  };
  const of = (id: string) => (event: EventData<'presence'>) => event.userId === id;

  it('tells of friends on the other one, and they hear of each other', async () => {
    const [ada, bob] = await friends();
    const [here, there] = worlds;
    const told = await there.connect(bob);
    const client = await here.connect(ada, { deviceId: 'phone' });
    expect(await told.next('presence', of(ada.id))).toMatchObject({ online: true });
    const laptop = await there.connect(ada, { deviceId: 'laptop' });
    await eventually(
      async () => (await devicesAt(here, ada)).length === 2,
      () => 'both devices to be known',
    );
    expect((await told.call('presence', { userIds: [ada.id] })).users).toMatchObject([{ online: true, devices: 2 }]);
    await Promise.all([client.close(), laptop.close()]);
    expect(await told.next('presence', of(ada.id))).toMatchObject({ online: false });
    await told.settled();
    expect(told.all('presence').filter(of(ada.id))).toHaveLength(2);
  });

  it('keeps a device online that connects to the other one, where its old connection is replaced', async () => {
    const [ada, bob] = await friends();
    const [here, there] = worlds;
    const told = await here.connect(bob);
    const old = await here.connect(ada, { deviceId: 'phone' });
    await told.next('presence', of(ada.id));
    await there.connect(ada, { deviceId: 'phone' });
    expect(await old.closed).toMatchObject({ code: 4502 });
    // The first gateway has let go of the device by when it has told the same of one that left it later.
    const probe = await here.connect(ada, { deviceId: 'probe' });
    await eventually(
      async () => (await devicesAt(there, ada)).includes('probe'),
      () => 'the probe to be known',
    );
    await probe.close();
    await eventually(
      async () => !(await devicesAt(there, ada)).includes('probe'),
      () => 'the probe to be gone',
    );
    for (const world of worlds) expect(await devicesAt(world, ada)).toEqual(['phone']);
    await told.settled();
    expect(told.all('presence').filter(of(ada.id))).toHaveLength(1);
  });

  it('tells what each gateway knows itself while Redis is away, chat goes on, and all of it once Redis is back', async () => {
    const [ada, bob] = await friends();
    const [here, there] = worlds;
    const [client, other] = [await here.connect(ada, { deviceId: 'phone' }), await there.connect(bob, { deviceId: 'phone' })];
    await client.next('presence', of(bob.id));
    await redis.kill();
    expect((await client.call('presence', { userIds: [ada.id, bob.id] })).users).toMatchObject([{ online: true }, { online: false }]);
    await client.say({ to: bob.id }, 'Redis is away');
    expect((await other.next('message')).payload).toEqual({ text: 'Redis is away' });
    const laptop = await here.connect(bob, { deviceId: 'laptop' });
    expect((await client.call('presence', { userIds: [bob.id] })).users).toMatchObject([{ online: true, devices: 1 }]);
    await redis.start();
    await eventually(
      async () => (await client.call('presence', { userIds: [bob.id] })).users[0]?.devices === 2,
      () => 'the devices of both gateways to be known again',
    );
    await laptop.close();
  });
});

it('a Redis that comes back empty is told again who is connected, long before that is due', async () => {
  const [redis, databaseUrl] = await Promise.all([RedisServer.start(), sharedMysql()]);
  const worlds = await Promise.all([0, 1].map(() => World.start({ databaseUrl, redisUrl: redis.url, heartbeatMs: 60_000 })));
  try {
    const [here, there] = worlds as [World, World];
    const ada = await here.person('ada');
    await here.connect(ada, { deviceId: 'phone' });
    const known = async (): Promise<boolean> => {
      const { body } = await there.get<{ devices: { deviceId: string; online: boolean }[] }>('/api/users/me/devices', ada);
      return body.devices.some(({ online }) => online);
    };
    await eventually(known, () => 'Redis to know of the device');
    await redis.restart();
    await eventually(known, () => 'Redis to be told of it again');
  } finally {
    await Promise.all(worlds.map((world) => world.close()));
    await Promise.all([redis.remove(), dropDatabase(databaseUrl)]);
  }
}, 60_000);
