import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RedisServer, eventually, sharedRedis, withSeed } from '@app/testing';
import { Redis } from 'ioredis';
import { Gateway, patient } from './gateway.contract';
import { rateLimiterContract } from './rate-limiter.contract';
import { limiterConnector } from './redis-connector';
import type { RedisRateLimiter } from './redis.rate-limiter';

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const freshPrefix = (): string => `test:${randomBytes(6).toString('hex')}:`;
rateLimiterContract('RedisRateLimiter', async () => {
  const { limiter } = await new Gateway(sharedRedis(), { prefix: freshPrefix() }).joined();
  // A script is told the time at which Redis began to look at its sockets, which is some milliseconds ago on a busy machine.
  return { limiter, pass: (ms) => pass(ms + 20) };
});

rateLimiterContract('RedisRateLimiter without a Redis', async () => {
  const { limiter } = new Gateway(`redis://127.0.0.1:${await deadPort()}`);
  return { limiter, pass: (ms) => pass(ms + 2) };
});

describe('limiters on one Redis', () => {
  const slow = { perSecond: 0.001, burst: 40 };
  const inLots = { ...slow, lot: 10 };
  let redis: Redis;
  let prefix: string;
  const gateways: Gateway[] = [];

  beforeAll(() => void (redis = new Redis(sharedRedis())));
  afterAll(() => redis.quit());
  beforeEach(() => void (prefix = freshPrefix()));
  afterEach(() => Promise.all(gateways.splice(0).map(({ limiter }) => limiter.close())));

  const join = async (count: number): Promise<RedisRateLimiter[]> => {
    const made = await Promise.all(Array.from({ length: count }, () => new Gateway(sharedRedis(), { prefix }).joined()));
    gateways.push(...made);
    return made.map(({ limiter }) => limiter);
  };
  /** Takes one token at a time until it is refused. */
  const drain = async (limiter: RedisRateLimiter, limit: typeof slow, key = 'key'): Promise<number> => {
    for (let taken = 0; ; taken++) if ((await limiter.take(key, limit)) > 0) return taken;
  };
  const levelOf = async (key: string): Promise<number> => Number((await redis.get(prefix + key))?.split(' ')[0] ?? Infinity) / 1000;

  it('count together, exactly', async () => {
    const limiters = await join(3);
    const passed = await Promise.all(limiters.map((limiter) => drain(limiter, slow)));
    expect(passed.reduce((sum, taken) => sum + taken)).toBe(slow.burst);
    const [fourth] = await join(1);
    expect(await fourth?.take('key', slow)).toBeGreaterThan(900_000);
  });

  it('tell a wait that the shared bucket keeps, and ask nobody again before it is over', async () => {
    const [a, b] = await join(2);
    await a?.take('key', { perSecond: 1, burst: 3 }, 3);
    const wait = await b?.take('key', { perSecond: 1, burst: 3 }, 2);
    expect(wait).toBeGreaterThan(1_000);
    expect(wait).toBeLessThanOrEqual(2_000);
    // At once, without a promise.
    const again = b?.take('key', { perSecond: 1, burst: 3 }, 2);
    expect(again).toBeLessThanOrEqual(wait ?? 0);
    expect(again).toBeGreaterThan(0);
  });

  it('keep a key exactly until its bucket would be full', async () => {
    const [limiter] = await join(1);
    await limiter?.take('key', { perSecond: 2, burst: 100 }, 10);
    const left = await redis.pttl(`${prefix}key`);
    expect(left).toBeLessThanOrEqual(5_000);
    expect(left).toBeGreaterThan(2_000);
    await limiter?.giveBack('key', { perSecond: 2, burst: 100 }, 10);
    expect(await redis.exists(`${prefix}key`)).toBe(0);
  });

  it('count whole numbers exactly, and fractions to the last bit', async () => {
    const [limiter] = await join(1);
    const odd = { perSecond: 1 / 3600, burst: 3 };
    await limiter?.take('odd', odd);
    const before = (await redis.get(`${prefix}odd`))?.split(' ') ?? [];
    await limiter?.take('odd', odd);
    const after = (await redis.get(`${prefix}odd`))?.split(' ') ?? [];
    const passed = Number(after[1]) - Number(before[1]);
    expect(Number(after[0])).toBe(Math.min(3000, Number(before[0]) + passed / 3600) - 1000);
    await limiter?.take('whole', { perSecond: 7, burst: 5 }, 2);
    expect((await redis.get(`${prefix}whole`))?.split(' ')[0]).toBe('3000');
  });

  it('give back what of several keys was taken for nothing', async () => {
    const [a, b] = await join(2);
    await a?.take('short', slow, slow.burst);
    const requests = ['one', 'short', 'two'].map((key) => ({ key, limit: slow }));
    expect(await b?.takeAll(requests)).toBeGreaterThan(900_000);
    expect(await redis.exists(`${prefix}one`, `${prefix}two`)).toBe(0);
  });

  it('bring their script to a Redis that has forgotten it', async () => {
    const [limiter] = await join(1);
    await redis.script('FLUSH');
    expect(await limiter?.take('key', slow, slow.burst)).toBe(0);
    expect(await levelOf('key')).toBeCloseTo(0, 1);
    expect(gateways.map(({ fallbacks }) => fallbacks)).toEqual([0]);
  });

  it('keep to the database that the URL names, and to its prefix', async () => {
    const url = new URL(sharedRedis());
    url.pathname = '/2';
    const gateway = await new Gateway(url.href, { prefix }).joined();
    gateways.push(gateway);
    await gateway.limiter.take('key', slow);
    const second = new Redis(url.href);
    expect([await redis.exists(`${prefix}key`), await second.exists(`${prefix}key`)]).toEqual([0, 1]);
    await second.quit();
  });

  describe('with lots', () => {
    it('take one token for who comes once, and then mostly answer at once', async () => {
      const [limiter] = await join(1);
      await limiter?.take('key', inLots);
      expect(await levelOf('key')).toBeCloseTo(39, 1);
      const answers: (Promise<number> | number)[] = [];
      for (let i = 0; i < 11; i++) {
        const answer = limiter?.take('key', inLots) ?? NaN;
        answers.push(answer);
        expect(await answer).toBe(0);
      }
      expect(answers.map((answer) => typeof answer)).toEqual(['object', ...Array<string>(9).fill('number'), 'object']);
    });

    it('pass the burst and no more, and stop at once', async () => {
      const limiters = await join(3);
      const passed = await Promise.all(limiters.map((limiter) => drain(limiter, inLots)));
      const total = passed.reduce((sum, taken) => sum + taken);
      // What one holds when another is refused is used by itself: each takes until nothing is at hand.
      expect(total).toBe(inLots.burst);
    });

    it('give a device that goes from one to the next no fresh burst, and cost it at most a lot each', async () => {
      const limiters = await join(4);
      let passed = 0;
      for (const limiter of limiters) for (let i = 0; i < 15; i++) if ((await limiter.take('key', inLots)) === 0) passed++;
      expect(passed).toBeLessThanOrEqual(inLots.burst);
      expect(passed).toBeGreaterThanOrEqual(inLots.burst - 3 * inLots.lot);
    });

    it('take less ahead where less is left', async () => {
      const [limiter] = await join(1);
      await limiter?.take('key', inLots, 30);
      await limiter?.take('key', inLots);
      // 10 were left, one was wanted, and of the 9 others a quarter.
      expect(await levelOf('key')).toBeCloseTo(7, 1);
    });

    it('give back what nobody used for a while, and at their end', async () => {
      const [limiter] = await join(1);
      for (const key of ['idle', 'last']) for (let i = 0; i < 2; i++) await limiter?.take(key, inLots);
      expect(await levelOf('idle')).toBeCloseTo(29, 1);
      await eventually(
        async () => (await levelOf('idle')) > 37.9,
        () => 'what is idle to be given back',
      );
      for (let i = 0; i < 2; i++) await limiter?.take('last', inLots);
      await limiter?.close();
      expect(await levelOf('last')).toBeCloseTo(36, 1);
    });

    it('keep what is at hand of one key when another is short', async () => {
      const [a, b] = await join(2);
      const user = { key: 'user', limit: slow };
      const requests = [{ key: 'device', limit: inLots }, user];
      for (let i = 0; i < 2; i++) expect(await a?.takeAll(requests)).toBe(0);
      await b?.take('user', slow, 38);
      expect(await a?.takeAll(requests)).toBeGreaterThan(900_000);
      expect(await levelOf('device')).toBeCloseTo(29, 1);
      await a?.giveBack('user', slow);
      expect(await a?.takeAll(requests)).toBe(0);
      expect(await levelOf('device')).toBeCloseTo(29, 1);
    });

    it('lose no token and make none, whatever comes in which order', () =>
      withSeed(async (random) => {
        const limiters = await join(3);
        const user = { key: 'user', limit: { perSecond: 0.001, burst: 90, lot: 7 } };
        const devices = ['a', 'b', 'c', 'd'].map((key) => ({ key, limit: inLots }));
        const passed = new Map([['user', 0], ...devices.map(({ key }) => [key, 0] as const)]);
        const send = async (): Promise<void> => {
          const device = random.pick(devices);
          if ((await random.pick(limiters).takeAll([device, user])) > 0) return;
          for (const key of ['user', device.key]) passed.set(key, (passed.get(key) ?? 0) + 1);
        };
        for (let left = 150; left > 0;) {
          const together = 1 + random.below(8);
          left -= together;
          await Promise.all(Array.from({ length: together }, send));
        }
        await Promise.all(gateways.splice(0).map(({ limiter }) => limiter.close()));
        for (const { key, limit } of [user, ...devices]) {
          expect(Math.min(limit.burst, await levelOf(key))).toBeCloseTo(limit.burst - (passed.get(key) ?? 0), 1);
        }
        expect(passed.get('user')).toBeGreaterThan(60);
      }));

    it('many sends at once ask for one lot, not for one each', async () => {
      const [limiter] = await join(1);
      await limiter?.take('key', inLots);
      await Promise.all(Array.from({ length: 8 }, async () => limiter?.take('key', inLots)));
      // One and eight that were wanted, and at most a lot ahead.
      expect(await levelOf('key')).toBeGreaterThanOrEqual(40 - 9 - 10);
    });
  });
});

describe('a limiter whose Redis fails', () => {
  const slow = { perSecond: 0.001, burst: 5 };
  let server: RedisServer;
  let gateway: Gateway | undefined;

  beforeEach(async () => void (server = await RedisServer.start()));
  afterEach(async () => {
    await gateway?.limiter.close();
    gateway = undefined;
    await server.remove();
  });

  it('decides by itself while Redis is away, by what it has let pass, and together again when it is back', async () => {
    gateway = await new Gateway(server.url, { timings: { ...patient, pauseMs: 20 } }).joined();
    const { limiter } = gateway;
    expect(await limiter.take('key', slow, 3)).toBe(0);
    await server.kill();
    expect(await limiter.take('key', slow, 2)).toBe(0);
    expect(await limiter.take('key', slow)).toBeGreaterThan(0);
    expect(gateway.fallbacks).toBeGreaterThan(0);
    await server.start();
    await gateway.joined();
    expect(await server.command('EXISTS', 'test:key')).toBe(0);
    expect(await limiter.take('other', slow)).toBe(0);
    expect(await server.command('EXISTS', 'test:other')).toBe(1);
  });

  it('waits no longer than its deadline for a Redis that hangs, and then asks nobody for a while', async () => {
    gateway = await new Gateway(server.url, { timings: { ...patient, answerMs: 1_000, pauseMs: 60_000 } }).joined();
    const { limiter } = gateway;
    server.pause();
    const answers = await Promise.all(['a', 'b', 'c'].map(async (key) => limiter.take(key, slow)));
    expect(answers).toEqual([0, 0, 0]);
    expect(gateway.fallbacks).toBe(3);
    // At once, without a promise, and without a new connection.
    expect(limiter.take('d', slow)).toBe(0);
    expect(gateway.fallbacks).toBe(4);
    expect(gateway.opened).toBe(1);
    expect(gateway.troubles).toEqual(['Redis does not answer in time']);
    server.resume();
  });

  it('answers what is under way when the connection is lost', async () => {
    gateway = await new Gateway(server.url).joined();
    server.pause();
    const { limiter } = gateway;
    const answers = [1, 2, 3].map(async (n) => limiter.take('key', slow, n));
    await server.kill();
    expect(await Promise.all(answers)).toEqual([0, 0, expect.any(Number)]);
  });

  it('starts without Redis, and joins it once it is there', async () => {
    await server.kill();
    gateway = new Gateway(server.url, { timings: { ...patient, pauseMs: 20 } });
    expect(await gateway.limiter.take('key', slow)).toBe(0);
    await server.start();
    await gateway.joined();
    await gateway.limiter.take('key', slow);
    expect(await server.command('EXISTS', 'test:key')).toBe(1);
  });

  it('tells why it decides by itself once, and never a password', async () => {
    await server.command('CONFIG', 'SET', 'requirepass', 'the right secret');
    const url = new URL(server.url);
    url.password = 'hunter2';
    gateway = new Gateway(url.href, { timings: { ...patient, pauseMs: 5 } });
    const { opened } = gateway;
    await eventually(
      () => (gateway?.opened ?? 0) > opened + 2,
      () => 'it to be opened again',
    );
    const told = gateway.troubles.join(' ');
    expect(told).toMatch(/WRONGPASS|NOAUTH/);
    expect(told).not.toContain('hunter2');
    expect(new Set(gateway.troubles).size).toBe(gateway.troubles.length);
    expect(() => limiterConnector('redis://:hunter2@[')).toThrow('the URL of Redis cannot be read');
  });
});

/** A port at which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
