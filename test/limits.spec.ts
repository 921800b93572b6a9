import { RedisServer } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { GatewayProcess } from './process';

beforeAll(build, buildPatienceMs);

it('the built gateway counts failed logins in Redis', async () => {
  const redis = await RedisServer.start();
  const gateway = await GatewayProcess.start({ env: { REDIS_URL: redis.url, REDIS_PREFIX: 'proof:' } });
  const keys = async (): Promise<string[]> => ((await redis.command('KEYS', 'proof:limit:*')) as string[]).sort();
  try {
    // The link may not be up with the first request.
    for (let tries = 0; tries < 20 && (await keys()).length === 0; tries++) {
      await gateway.request('POST', '/api/login', { username: `nobody${tries}`, password: 'a wrong password' });
    }
    expect(await keys()).toEqual(expect.arrayContaining([expect.stringMatching(/^proof:limit:login:nobody\d+$/)]));
  } finally {
    await gateway.remove();
    await redis.remove();
  }
});
