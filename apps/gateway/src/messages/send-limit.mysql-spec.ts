import { randomBytes } from 'node:crypto';
import { type Person, Refused, type TestClient, World, dropDatabase, sharedMysql, sharedRedis } from '@app/testing';

/** Two gateways on one store and one Redis. */
describe('the send buckets of several gateways', () => {
  const wsSendBurst = 16;
  const lot = wsSendBurst / 4;
  let databaseUrl: string;
  let worlds: [World, World];

  beforeAll(async () => {
    databaseUrl = await sharedMysql();
    const shared = { databaseUrl, redisUrl: sharedRedis(), redisPrefix: `${randomBytes(6).toString('hex')}:` };
    const start = () => World.start({ ...shared, wsSendBurst, wsSendQPS: 0.001, heartbeatMs: 60_000 });
    worlds = [await start(), await start()];
    await worlds[0].person('bob');
  });
  afterAll(async () => {
    await Promise.all((worlds ?? []).map((world) => world.close()));
    await dropDatabase(databaseUrl);
  });

  const gateway = (i: number): World => (i % 2 ? worlds[1] : worlds[0]);
  const fallbacks = async (): Promise<number> => {
    const counts = await Promise.all(worlds.map(async ({ metrics }) => (await metrics.rateLimiterFallbacks.get()).values[0]?.value ?? 0));
    return counts.reduce((sum, count) => sum + count);
  };

  /** Runs a check with somebody new; once more when Redis was too slow to decide, which a busy machine may cause. */
  async function decidedByRedis(check: (person: Person) => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      const before = await fallbacks();
      const person = await worlds[0].person(`p${randomBytes(6).toString('hex')}`);
      await worlds[1].get('/api/users/me', person);
      const [outcome] = await Promise.allSettled([check(person)]);
      if ((await fallbacks()) > before && tries < 20) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (outcome.status === 'rejected') throw outcome.reason as Error;
      return;
    }
  }

  /** Sends until one is refused; answers how many passed and what the refusal says. */
  async function exhaust(client: TestClient, most = Infinity): Promise<{ passed: number; retryAfterMs?: number | undefined }> {
    for (let passed = 0; passed < most; passed++) {
      try {
        await client.say({ to: 'bob' }, 'hello');
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'RATE_LIMIT') throw error;
        return { passed, retryAfterMs: error.body.retryAfterMs };
      }
    }
    return { passed: most };
  }

  it('give a device that comes back to another gateway no fresh burst', () =>
    decidedByRedis(async (person) => {
      const first = await worlds[0].connect(person, { deviceId: 'phone' });
      expect((await exhaust(first)).passed).toBe(wsSendBurst);
      const second = await worlds[1].connect(person, { deviceId: 'phone' });
      const { passed, retryAfterMs } = await exhaust(second);
      expect(passed).toBe(0);
      // A token comes every 1,000 s.
      expect(retryAfterMs).toBeGreaterThan(900_000);
      expect(retryAfterMs).toBeLessThanOrEqual(1_000_000);
    }));

  it('leave a device that comes back to another gateway what it had left, but for a lot', () =>
    decidedByRedis(async (person) => {
      const first = await worlds[0].connect(person, { deviceId: 'phone' });
      expect((await exhaust(first, 6)).passed).toBe(6);
      const { passed } = await exhaust(await worlds[1].connect(person, { deviceId: 'phone' }));
      expect(passed).toBeLessThanOrEqual(wsSendBurst - 6);
      expect(passed).toBeGreaterThanOrEqual(wsSendBurst - 6 - lot);
    }));

  it('count the devices of a user together, wherever they are', () =>
    decidedByRedis(async (person) => {
      const devices = ['a', 'b', 'c', 'd', 'e', 'f'];
      const clients = await Promise.all(devices.map((deviceId, i) => gateway(i).connect(person, { deviceId })));
      const counts = await Promise.all(clients.map(async (client) => (await exhaust(client)).passed));
      const total = counts.reduce((sum, count) => sum + count);
      expect(total).toBeLessThanOrEqual(4 * wsSendBurst);
      expect(total).toBeGreaterThanOrEqual(4 * wsSendBurst - 2 * lot);
    }));

  it('keep the order of sends, also of those that waited for tokens', () =>
    decidedByRedis(async (person) => {
      const client = await worlds[0].connect(person, { deviceId: 'phone' });
      const acks = await Promise.all(Array.from({ length: wsSendBurst }, (_, i) => client.say({ to: 'bob' }, `${i}`)));
      const seqs = acks.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(client.replies.map(({ action }) => action)).toEqual(Array(wsSendBurst).fill('ack'));
    }));
});
