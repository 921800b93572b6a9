import { randomBytes } from 'node:crypto';
import type { ErrorBody } from '@app/protocol';
import { World, dropDatabase, sharedMysql, sharedRedis } from '@app/testing';

it('guesses at one password that are spread over several gateways are counted together', async () => {
  const databaseUrl = await sharedMysql();
  const loginFailuresPerMinute = 5;
  const shared = { databaseUrl, redisUrl: sharedRedis(), redisPrefix: `${randomBytes(6).toString('hex')}:` };
  const worlds: World[] = [];
  for (let i = 0; i < 3; i++) worlds.push(await World.start({ ...shared, auth: { loginFailuresPerMinute } }));
  const fallbacks = async (): Promise<number> => {
    const counts = await Promise.all(worlds.map(async ({ metrics }) => (await metrics.rateLimiterFallbacks.get()).values[0]?.value ?? 0));
    return counts.reduce((sum, count) => sum + count);
  };
  try {
    // Once more when Redis was too slow to decide, which a busy machine may cause.
    for (let round = 0; ; round++) {
      const username = `ada${round}`;
      const before = await fallbacks();
      await worlds[0]?.register(username);
      const login = (world: World, password: string) => world.post<ErrorBody>('/api/login', { username, password });
      const guesses = Array.from({ length: 4 }, () => worlds.map((world) => login(world, 'a wrong password')));
      const answers = await Promise.all(guesses.flat());
      const right = await Promise.all(worlds.map((world) => login(world, 'a good password')));
      if ((await fallbacks()) > before && round < 10) {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        continue;
      }
      expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
      expect(right.map((answer) => answer.status)).toEqual([429, 429, 429]);
      for (const answer of right) expect(answer.body.retryAfterMs).toBeGreaterThan(0);
      for (const answer of right) expect(answer.body.retryAfterMs).toBeLessThanOrEqual(12_000);
      return;
    }
  } finally {
    await Promise.all(worlds.map((world) => world.close()));
    await dropDatabase(databaseUrl);
  }
}, 60_000);
