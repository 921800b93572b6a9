import { randomBytes } from 'node:crypto';
import { RedisServer, eventually, sharedRedis } from '@app/testing';
import { Redis } from 'ioredis';
import { presenceContract } from './presence.contract';
import { Station, longTimings, pass, slowTimings } from './station.contract';

const freshPrefix = (): string => `test:${randomBytes(6).toString('hex')}:`;

presenceContract('RedisPresence', slowTimings, async (timings) => {
  const { presence } = await new Station(sharedRedis(), freshPrefix(), timings).joined();
  return { presence, pass };
});

const phone = { userId: 'ada', deviceId: 'phone' };
const laptop = { userId: 'ada', deviceId: 'laptop' };

describe('gateways on one Redis', () => {
  let redis: Redis;
  let prefix: string;
  const stations: Station[] = [];

  beforeAll(() => void (redis = new Redis(sharedRedis())));
  afterAll(() => redis.quit());
  beforeEach(() => void (prefix = freshPrefix()));
  afterEach(() => Promise.all(stations.splice(0).map(({ presence }) => presence.close())));

  const join = async (timings = longTimings): Promise<Station> => {
    const station = await new Station(sharedRedis(), prefix, timings).joined();
    stations.push(station);
    return station;
  };
  const pair = async (timings = longTimings): Promise<readonly [Station, Station]> => [await join(timings), await join(timings)];

  it('see the devices of each other, and one of them is told who came', async () => {
    const [a, b] = await pair();
    expect(await a.presence.hold([phone])).toEqual(['ada']);
    expect(await b.presence.hold([laptop])).toEqual([]);
    for (const one of [a, b]) expect(await one.devicesOf('ada')).toEqual(['laptop', 'phone']);
  });

  it('keep a device that has moved from one to the other, when the first lets go of it', async () => {
    const [a, b] = await pair();
    await a.presence.hold([phone]);
    await b.presence.hold([phone]);
    expect(await a.devicesOf('ada')).toEqual(['phone']);
    await a.presence.release([phone]);
    for (const one of [a, b]) expect(await one.devicesOf('ada')).toEqual(['phone']);
    await b.presence.release([phone]);
    for (const one of [a, b]) expect(await one.devicesOf('ada')).toEqual([]);
  });

  it('tell one of them who has gone, however many ask', async () => {
    const all = [...(await pair({ ttlMs: 600_000, graceMs: 50 })), await join({ ttlMs: 600_000, graceMs: 50 })];
    const users = Array.from({ length: 500 }, (_, i) => ({ userId: `user-${i}`, deviceId: 'phone' }));
    await all[0]?.presence.hold(users);
    await all[0]?.presence.release(users);
    const told: string[] = [];
    await eventually(
      async () => {
        const answers = await Promise.all(all.map(({ presence }) => presence.takeGone()));
        told.push(...answers.flat().map(({ userId }) => userId));
        return told.length >= users.length;
      },
      () => `all to be told gone, not ${told.length}`,
    );
    expect(new Set(told).size).toBe(users.length);
    expect(told).toHaveLength(users.length);
  });

  it('have no ghost of one that was killed after the TTL, not even a key, and are told that its users have gone', async () => {
    const [killed, other] = await pair(slowTimings);
    await killed.presence.hold([phone, { userId: 'bob', deviceId: 'phone' }]);
    await other.presence.hold([{ userId: 'bob', deviceId: 'laptop' }]);
    await killed.presence.close();
    expect(await other.devicesOf('ada')).toEqual(['phone']);
    await eventually(
      async () => {
        await other.presence.hold([{ userId: 'bob', deviceId: 'laptop' }]);
        const devices = await Promise.all([other.devicesOf('ada'), other.devicesOf('bob')]);
        // Users are held one after the other, so they also end at different milliseconds.
        return JSON.stringify(devices) === '[[],["laptop"]]';
      },
      () => 'the ghosts to go',
    );
    const keys = async (): Promise<string[]> => (await redis.keys(`${prefix}*:user:*`)).map((key) => key.replace(/.*:/, ''));
    // Redis lets a key go a moment after the time that ends it for whoever looks.
    await eventually(
      async () => (await keys()).join() === 'bob',
      () => 'the key to go',
    );
    const told: string[] = [];
    await eventually(
      async () => {
        await other.presence.hold([{ userId: 'bob', deviceId: 'laptop' }]);
        told.push(...(await other.presence.takeGone()).map(({ userId }) => userId));
        return told.length > 0;
      },
      () => 'somebody to be told gone',
    );
    expect(told).toEqual(['ada']);
  });

  it('bring their scripts to a Redis that has forgotten them', async () => {
    const [a, b] = await pair();
    await redis.script('FLUSH');
    expect(await a.presence.hold([phone])).toEqual(['ada']);
    expect(await b.devicesOf('ada')).toEqual(['phone']);
    expect(a.troubles).toEqual([]);
  });

  it('keep to their prefix', async () => {
    const a = await join();
    await a.presence.hold([phone]);
    prefix = freshPrefix();
    const stranger = await join();
    expect(await stranger.devicesOf('ada')).toEqual([]);
    expect(await stranger.presence.hold([phone])).toEqual(['ada']);
  });
});

describe('a gateway whose Redis fails', () => {
  let server: RedisServer;
  const stations: Station[] = [];

  beforeEach(async () => void (server = await RedisServer.start()));
  afterEach(async () => {
    await Promise.all(stations.splice(0).map(({ presence }) => presence.close()));
    await server.remove();
  });

  const station = (): Station => {
    const made = new Station(server.url, 'test:');
    stations.push(made);
    return made;
  };

  it('tells what is connected to itself, and of nobody that they came or went', async () => {
    const [a, b] = [await station().joined(), await station().joined()];
    await a.presence.hold([phone]);
    await b.presence.hold([laptop]);
    await server.kill();
    expect(await a.devicesOf('ada')).toEqual(['phone']);
    expect(await a.presence.hold([{ userId: 'bob', deviceId: 'phone' }])).toEqual([]);
    expect(await a.devicesOf('bob')).toEqual(['phone']);
    await a.presence.release([phone]);
    expect(await a.devicesOf('ada')).toEqual([]);
    expect(await a.presence.takeGone()).toEqual([]);
  });

  it('is seen by the others again once Redis is back and it holds its devices again', async () => {
    const [a, b] = [await station().joined(), await station().joined()];
    await a.presence.hold([phone]);
    await server.restart();
    await Promise.all([a.joined(), b.joined()]);
    expect(await b.devicesOf('ada')).toEqual([]);
    expect(await a.presence.hold([phone])).toEqual(['ada']);
    expect(await b.devicesOf('ada')).toEqual(['phone']);
  });

  it('starts without Redis, and joins it once it is there', async () => {
    await server.kill();
    const a = station();
    await a.presence.hold([phone]);
    expect(await a.devicesOf('ada')).toEqual(['phone']);
    await server.start();
    await a.joined();
    expect(await a.presence.hold([phone])).toEqual(['ada']);
  });
});
