import { once } from 'node:events';
import { MariaServer, type Person, RedisServer, TestClient, eventually } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { GatewayProcess } from './process';

const heartbeatMs = 1_000;

beforeAll(build, buildPatienceMs);

describe('of two gateways, one that is killed', () => {
  let maria: MariaServer;
  let redis: RedisServer;
  let killed: GatewayProcess;
  let other: GatewayProcess;

  beforeAll(async () => {
    [maria, redis] = await Promise.all([MariaServer.start(), RedisServer.start()]);
    const env = { DATABASE_URL: await maria.database(), REDIS_URL: redis.url, PARLEY_HEARTBEAT_MS: String(heartbeatMs) };
    [killed, other] = await Promise.all([GatewayProcess.start({ env }), GatewayProcess.start({ env })]);
  }, 60_000);
  afterAll(() => Promise.allSettled([killed.remove(), other.remove(), redis.remove(), maria.remove()]));

  const befriend = async (one: Person, two: Person): Promise<void> => {
    await other.request('POST', '/api/friends', { friendId: two.id }, one);
    await other.request('POST', '/api/friends', { friendId: one.id }, two);
  };
  const userKeys = async (): Promise<string[]> =>
    ((await redis.command('KEYS', '*:presence:*:user:*')) as string[]).map((key) => key.replace(/.*:/, '')).sort();

  it('leaves no ghost after the TTL, and friends are told once, and of nobody who is connected elsewhere too', async () => {
    const [ada, bob, cem] = [await other.person('ada'), await other.person('bob'), await other.person('cem')];
    await befriend(ada, bob);
    await befriend(cem, bob);
    const told = await TestClient.connect(other.ws, { token: bob.token });
    await TestClient.connect(killed.ws, { token: ada.token, deviceId: 'phone' });
    await TestClient.connect(killed.ws, { token: cem.token, deviceId: 'phone' });
    const survivor = await TestClient.connect(other.ws, { token: cem.token, deviceId: 'laptop' });
    const devicesOf = async ({ id }: Person) => (await told.call('presence', { userIds: [id] })).users[0]?.devices;
    await eventually(
      async () => (await devicesOf(ada)) === 1 && (await devicesOf(cem)) === 2,
      () => 'all devices to be known',
    );

    // More heartbeats than a device lives without one: who is connected stays.
    for (let beats = 0; beats < 3; beats++) await once(told.socket, 'ping');
    expect([await devicesOf(ada), await devicesOf(cem)]).toEqual([1, 2]);
    expect(told.all('presence').filter(({ online }) => !online)).toEqual([]);

    const before = Date.now();
    await killed.end('SIGKILL');
    expect(await devicesOf(ada)).toBe(1);
    const gone = await told.next('presence', ({ online }) => !online);
    expect(gone).toMatchObject({ userId: 'ada', online: false });
    expect(gone.lastSeenAt).toBeGreaterThanOrEqual(before - heartbeatMs);
    expect(gone.lastSeenAt).toBeLessThanOrEqual(Date.now());
    expect((await told.call('presence', { userIds: ['ada', 'cem'] })).users).toEqual([
      { userId: 'ada', online: false, lastSeenAt: gone.lastSeenAt, devices: 0 },
      { userId: 'cem', online: true, lastSeenAt: null, devices: 1 },
    ]);
    expect(await userKeys()).toEqual(['bob', 'cem']);

    await killed.start();
    const back = await TestClient.connect(killed.ws, { token: ada.token, deviceId: 'phone' });
    expect(await told.next('presence')).toEqual({ userId: 'ada', online: true, lastSeenAt: gone.lastSeenAt });
    await told.settled();
    expect(told.all('presence').filter(({ online }) => !online)).toHaveLength(1);

    // In good order nobody waits for a TTL.
    await killed.end('SIGTERM');
    await back.closed;
    expect(await devicesOf(ada)).toBe(0);
    for (const client of [told, survivor]) client.cut();
  }, 60_000);
});
