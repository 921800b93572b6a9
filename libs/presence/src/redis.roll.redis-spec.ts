import { randomBytes } from 'node:crypto';
import { RedisCluster, RedisSentinels, RedisServer, eventually, sharedRedis } from '@app/testing';
import { Redis } from 'ioredis';
import { partOf } from './parts';
import type { RedisRoll } from './redis.roll';
import { chunks, people, phone, rollContract, told } from './roll.contract';
import { Station, longTimings, openRoll, pass, slowTimings } from './station.contract';

const password = 'p/ss w@rd';
const unavailable = { name: 'ImError', code: 'UNAVAILABLE' };
const freshPrefix = (): string => `test:${randomBytes(6).toString('hex')}:`;

let prefix: string;
const open: { close(): Promise<void> }[] = [];
beforeEach(() => void (prefix = freshPrefix()));
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

/** A gateway, and a roll that tells of it, among those that share the prefix of the test. */
async function gateway(url: string, id: string, timings = longTimings): Promise<Station> {
  const station = await new Station(url, prefix, timings, id).joined();
  open.push(station.presence);
  return station;
}
async function rollOf(url: string): Promise<RedisRoll> {
  const roll = await openRoll(url, prefix);
  open.push(roll);
  return roll;
}

const underTest = (url: () => string) => async (timings: typeof longTimings) => {
  const { presence } = await new Station(url(), prefix, timings, 'here').joined();
  return { presence, roll: await openRoll(url(), prefix), pass };
};

/** What only several gateways show. */
function manyGateways(url: () => string): void {
  it('tells of a user on two gateways with both, until one lets go', async () => {
    const [a, b, roll] = [await gateway(url(), 'a'), await gateway(url(), 'b'), await rollOf(url())];
    await a.presence.hold([phone('ada'), { userId: 'ada', deviceId: 'laptop' }, phone('bob')]);
    await b.presence.hold([{ userId: 'ada', deviceId: 'watch' }, phone('eve')]);
    const where = async () => new Map((await roll.locate(['ada', 'bob', 'eve'])).map((one) => [one.userId, [...one.gateways].sort()]));
    const all = [
      ['ada', ['a', 'b']],
      ['bob', ['a']],
      ['eve', ['b']],
    ];
    expect([...(await where())].sort()).toEqual(all);
    const walked = (await chunks(roll, 10)).flat().map(({ userId, gateways }) => [userId, [...gateways].sort()]);
    expect(walked.sort()).toEqual(all);
    // The same device, for a moment at two gateways.
    await b.presence.hold([phone('bob')]);
    expect((await where()).get('bob')).toEqual(['a', 'b']);
    await a.presence.release([phone('ada'), { userId: 'ada', deviceId: 'laptop' }, phone('bob')]);
    expect([(await where()).get('ada'), (await where()).get('bob')]).toEqual([['b'], ['b']]);
  });

  it('does not tell of the users of a gateway that was killed, after the TTL', async () => {
    const [killed, other] = [await gateway(url(), 'killed', slowTimings), await gateway(url(), 'other', slowTimings)];
    const roll = await rollOf(url());
    const users = people(300, 'user');
    await other.presence.hold([phone('ada')]);
    await killed.presence.hold([phone('ada'), ...users.map(phone)]);
    expect(await told(roll, 100)).toEqual(['ada', ...users]);
    await killed.presence.close();
    await eventually(
      async () => {
        await other.presence.hold([phone('ada')]);
        return (await told(roll, 100)).length === 1;
      },
      () => 'the ghosts to go',
    );
    expect(await roll.locate(['ada', ...users])).toEqual([{ userId: 'ada', gateways: ['other'] }]);
  });
}

describe('on one Redis', () => {
  rollContract('RedisRoll', slowTimings, underTest(sharedRedis));
  manyGateways(sharedRedis);

  it('brings its scripts to a Redis that has forgotten them, and keeps to its prefix', async () => {
    const [a, roll] = [await gateway(sharedRedis(), 'a'), await rollOf(sharedRedis())];
    await a.presence.hold([phone('ada')]);
    const redis = new Redis(sharedRedis());
    await redis.script('FLUSH');
    await redis.quit();
    expect([await roll.count(), await told(roll, 10)]).toEqual([1, ['ada']]);
    prefix = freshPrefix();
    const stranger = await rollOf(sharedRedis());
    expect([await stranger.count(), await told(stranger, 10), await stranger.locate(['ada'])]).toEqual([0, [], []]);
  });
});

describe('when Redis fails', () => {
  let server: RedisServer;
  beforeEach(async () => void (server = await RedisServer.start()));
  afterEach(() => server.remove());

  it('throws UNAVAILABLE, also in a walk that has begun, and tells again once it is back', async () => {
    const [a, roll] = [await gateway(server.url, 'a'), await rollOf(server.url)];
    const users = people(500, 'user');
    await a.presence.hold(users.map(phone));
    const walk = roll.walk(50)[Symbol.asyncIterator]();
    expect((await walk.next()).done).toBe(false);
    await server.kill();
    await expect(walk.next()).rejects.toMatchObject(unavailable);
    await expect(roll.count()).rejects.toMatchObject(unavailable);
    await expect(roll.locate(users)).rejects.toMatchObject(unavailable);
    await expect(told(roll, 50)).rejects.toMatchObject(unavailable);
    await server.start();
    await eventually(
      async () => {
        await a.presence.hold(users.map(phone));
        return (await told(roll, 50).catch(() => [])).length === users.length;
      },
      () => 'the roll to tell of everybody again',
    );
    expect([await roll.count(), (await roll.locate(users)).length]).toEqual([users.length, users.length]);
  });
});

describe('with Sentinels', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start({ password })));
  afterAll(() => sentinels.remove());
  const url = (): string => sentinels.url;

  rollContract('RedisRoll with Sentinels', slowTimings, underTest(url));
  manyGateways(url);

  it('tells of everybody by the replica when the master is killed', () => survives(url(), () => sentinels.killMaster()));
});

describe('with a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start({ replicas: 1, password })));
  afterAll(() => cluster.remove());
  const url = (): string => cluster.url;

  rollContract('RedisRoll with a Cluster', slowTimings, underTest(url));
  manyGateways(url);

  it('misses nobody when a part moves to another master while it is walked through', async () => {
    const [a, roll] = [await gateway(url(), 'a'), await rollOf(url())];
    const users = people(20_000, 'user').filter((userId) => partOf(userId) === 7);
    await a.presence.hold(users.map(phone));
    const seen = new Set<string>();
    let moved = false;
    for await (const some of roll.walk(100)) {
      for (const { userId } of some) seen.add(userId);
      if (!moved) await cluster.move('{7}');
      moved = true;
    }
    expect(users.filter((userId) => !seen.has(userId))).toEqual([]);
  });

  it('tells of everybody by the replica when a master is killed', () =>
    survives(url(), async () => {
      await (await cluster.masterOf('{7}')).kill();
    }));
});

/** A roll that tells of everybody before `fail`, and again when Redis goes on. Until then it may refuse, and never tells half of them. */
async function survives(url: string, fail: () => Promise<unknown>): Promise<void> {
  const [a, roll] = [await gateway(url, 'a'), await rollOf(url)];
  const users = people(1_000, 'user');
  await a.presence.hold(users.map(phone));
  expect(await told(roll, 100)).toEqual(users);
  await fail();
  await eventually(
    async () => {
      await a.presence.hold(users.map(phone));
      return (await told(roll, 100).catch(() => [])).length === users.length;
    },
    () => 'the roll to tell of everybody again',
  );
  expect((await roll.locate(users)).length).toBe(users.length);
}
