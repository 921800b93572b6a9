import { randomBytes } from 'node:crypto';
import { RedisCluster, RedisSentinels, type RedisServer, eventually } from '@app/testing';
import { Gateway, patient } from './gateway.contract';
import { rateLimiterContract } from './rate-limiter.contract';

const password = 'p/ss w@rd';
const slow = { perSecond: 0.001, burst: 5 };
const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`);
/** Of the deadlines only that of an answer, which a busy machine may miss, is not as in production. */
const timings = { ...patient, pauseMs: 100 };
const gateways: Gateway[] = [];

afterEach(() => Promise.all(gateways.splice(0).map(({ limiter }) => limiter.close())));

function gateway(url: string): Gateway {
  const made = new Gateway(url, { timings });
  gateways.push(made);
  return made;
}

/** A contract's limiter, whose keys nobody else has. */
async function underTest(url: string) {
  const made = new Gateway(url, { prefix: `test:${randomBytes(6).toString('hex')}:` });
  const { limiter } = await made.joined();
  // A script is told the time at which Redis began to look at its sockets, which is some milliseconds ago on a busy machine.
  return { limiter, pass: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms + 20)) };
}

/** Takes of every key until Redis decides about all of them, and answers how many decisions were made without it before. */
async function untilAllDecided(one: Gateway): Promise<number> {
  const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
  let alone = 0;
  await eventually(
    async () => {
      const before = one.fallbacks;
      for (const key of keys) expect(await one.limiter.take(`plenty ${key}`, plenty)).toBe(0);
      alone += one.fallbacks - before;
      return one.fallbacks === before;
    },
    () => 'Redis to decide',
  );
  return alone;
}

const wrong = (url: string): string => url.replace(/:\/\/:[^@]*@/, '://:hunter2@');

/** Why a limiter at a URL decides by itself. */
async function troubleAt(url: string): Promise<string> {
  const one = gateway(url);
  expect(await one.limiter.take('key', slow)).toBe(0);
  await eventually(
    () => one.opened > 2,
    () => 'it to be opened again',
  );
  expect(one.fallbacks).toBe(1);
  return one.troubles.join();
}

describe('with Sentinels', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start({ password })));
  afterAll(() => sentinels.remove());

  rateLimiterContract('RedisRateLimiter with Sentinels', () => underTest(sentinels.url));

  it('says without a secret why it decides by itself', async () => {
    expect(await troubleAt(sentinels.url.replace('parley-master', 'no-such-master'))).toMatch(/No such master with that name/);
    const unheard = sentinels.url.replace(/sentinelPassword=.*/, 'sentinelPassword=hunter2');
    for (const url of [wrong(sentinels.url), unheard]) {
      const told = await troubleAt(url);
      expect(told).toMatch(/WRONGPASS/);
      expect(told).not.toContain('hunter2');
    }
  });

  it('decides by itself when the master is killed, by what it has let pass, and by the replica when that is the master', async () => {
    const one = await gateway(sentinels.url).joined();
    expect(await one.limiter.take('key', slow, 3)).toBe(0);
    await sentinels.killMaster();
    expect(await one.limiter.take('key', slow, 2)).toBe(0);
    expect(await one.limiter.take('key', slow)).toBeGreaterThan(0);
    expect(await untilAllDecided(one)).toBeGreaterThan(0);
    expect(await one.limiter.take('other', slow)).toBe(0);
    expect(await (await sentinels.master()).command('EXISTS', 'test:other')).toBe(1);
  });
});

describe('with a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start({ replicas: 1, password })));
  afterAll(() => cluster.remove());

  rateLimiterContract('RedisRateLimiter with a Cluster', () => underTest(cluster.url));

  const bucketsOn = async (node: RedisServer): Promise<number> => ((await node.command('KEYS', 'test:*')) as string[]).length;

  it('says without a secret why it decides by itself', async () => {
    const told = await troubleAt(wrong(cluster.url));
    expect(told).toMatch(/WRONGPASS/);
    expect(told).not.toContain('hunter2');
  });

  it('asks every master about many keys at once, from the first', async () => {
    const one = await gateway(cluster.url).joined();
    const all = keys.flatMap((key) => [key, key]).map((key) => `many ${key}`);
    expect(await Promise.all(all.map(async (key) => one.limiter.take(key, slow)))).toEqual(all.map(() => 0));
    expect([one.fallbacks, one.opened, one.troubles]).toEqual([0, 1, []]);
  });

  it('counts each key at its master, and follows one that is given to another', async () => {
    const one = await gateway(cluster.url).joined();
    for (const key of keys) expect(await one.limiter.take(key, slow)).toBe(0);
    const masters = await Promise.all(['a', 'b', 'c'].map((key) => cluster.masterOf(key)));
    for (const master of masters) expect(await bucketsOn(master)).toBeGreaterThan(0);
    const to = await cluster.move('test:key 7');
    expect(await one.limiter.take('key 7', slow, 4)).toBe(0);
    expect(await one.limiter.take('key 7', slow)).toBeGreaterThan(0);
    expect(await to.command('EXISTS', 'test:key 7')).toBe(1);
    expect([one.fallbacks, one.opened, one.troubles]).toEqual([0, 1, []]);
  });

  it('decides by itself when a master is killed, by what it has let pass, and by its replica when that is the master', async () => {
    const one = await gateway(cluster.url).joined();
    expect(await one.limiter.take('last', slow, 3)).toBe(0);
    const killed = await cluster.masterOf('test:last');
    await killed.kill();
    expect(await one.limiter.take('last', slow, 2)).toBe(0);
    expect(await one.limiter.take('last', slow)).toBeGreaterThan(0);
    expect(await untilAllDecided(one)).toBeGreaterThan(0);
    expect(await cluster.masterOf('test:last')).not.toBe(killed);
  });
});
