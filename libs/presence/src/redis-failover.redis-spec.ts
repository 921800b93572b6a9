import { randomBytes } from 'node:crypto';
import { RedisCluster, RedisSentinels, eventually } from '@app/testing';
import { presenceContract } from './presence.contract';
import { Station, pass, slowTimings } from './station.contract';

const password = 'p/ss w@rd';
const users = Array.from({ length: 60 }, (_, i) => `user-${i}`);
const devices = users.map((userId) => ({ userId, deviceId: 'phone' }));
const stations: Station[] = [];

afterEach(() => Promise.all(stations.splice(0).map(({ presence }) => presence.close())));

/** A gateway among those that share a fresh prefix. */
async function join(url: string, prefix: string): Promise<Station> {
  const station = await new Station(url, prefix).joined();
  stations.push(station);
  return station;
}

async function underTest(url: string, timings: typeof slowTimings) {
  const { presence } = await new Station(url, freshPrefix(), timings).joined();
  return { presence, pass };
}

const freshPrefix = (): string => `test:${randomBytes(6).toString('hex')}:`;

/** Two gateways, of which one sees what the other holds, before and after `fail`. */
async function survives(url: string, fail: () => Promise<unknown>): Promise<void> {
  const prefix = freshPrefix();
  const [a, b] = [await join(url, prefix), await join(url, prefix)];
  await a.presence.hold(devices);
  expect((await b.presence.look(users)).size).toBe(users.length);
  await fail();
  // Whatever Redis says or does not say, what is connected here is known here.
  expect((await a.presence.look(users)).size).toBe(users.length);
  await eventually(
    async () => {
      await a.presence.hold(devices);
      return (await b.presence.look(users)).size === users.length;
    },
    () => 'the other gateway to see them again',
  );
}

describe('with Sentinels', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start({ password })));
  afterAll(() => sentinels.remove());

  presenceContract('RedisPresence with Sentinels', slowTimings, (timings) => underTest(sentinels.url, timings));

  it('goes on by the replica when the master is killed', () => survives(sentinels.url, () => sentinels.killMaster()));
});

describe('with a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start({ replicas: 1, password })));
  afterAll(() => cluster.remove());

  presenceContract('RedisPresence with a Cluster', slowTimings, (timings) => underTest(cluster.url, timings));

  it('goes on by the replica when a master is killed', () =>
    survives(cluster.url, async () => {
      await (await cluster.masterOf('{7}')).kill();
    }));
});
