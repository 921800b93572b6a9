import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configKeys, describeConfig, loadConfig } from './index';
import { masked } from './mask';

describe('the description of a configuration', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'parley-describe-'));
  afterAll(() => rmSync(cwd, { recursive: true }));

  const env = {
    JWT_SECRET: 'Zx8vQ2mT5rK9wB3nL7pD1sF6gH4jC0yE',
    JWT_PREVIOUS_SECRETS: 'Ax8vQ2mT5rK9wB3nL7pD1sF6gH4jC0yE,Bx8vQ2mT5rK9wB3nL7pD1sF6gH4jC0yE',
    DATABASE_URL: 'mysql://im:hunter2@db:3306/im',
    DATABASE_REPLICA_URLS: 'mysql://im:hunter3@r1/im,mysql://im:hunter4@r2/im',
    REDIS_URL: 'redis://:hunter5@redis:6379',
    TRUSTED_PROXIES: '10.0.0.0/8,::1',
    DATA_DIR: 'a\nb',
  };
  const text = describeConfig(loadConfig({ env, cwd }));
  const lineOf = (path: string) => text.split('\n').find((line) => line.startsWith(`${path} `));

  it('has a line for every key, in aligned columns', () => {
    const [head = '', ...lines] = text.split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(configKeys.map((key) => key.path));
    const column = head.indexOf('source');
    for (const line of lines) expect(line.slice(column - 2)).toMatch(/^ {2}(default|environment \w+)$/);
  });

  it('shows values and where they came from', () => {
    expect(lineOf('trustedProxies')).toMatch(/ 10\.0\.0\.0\/8, ::1 +environment TRUSTED_PROXIES$/);
    expect(lineOf('kafkaBrokers')).toMatch(/ \[\] +default$/);
    expect(lineOf('dataDir')).toMatch(/ "a\\nb" +environment DATA_DIR$/);
    expect(lineOf('auth.registration')).toMatch(/ true +default$/);
  });

  it('shows no secret', () => {
    expect(text).not.toMatch(/hunter|Q2mT/);
    expect(lineOf('jwtPreviousSecrets')).toContain(' ********, ******** ');
    expect(lineOf('databaseUrl')).toContain(' mysql://im:********@db:3306/im ');
    expect(lineOf('redisUrl')).toContain(' redis://:********@redis:6379 ');
  });
});

describe('a URL', () => {
  it.each([
    ['mysql://u:p@ss/w#rd@db/im', 'mysql://u:********@db/im'],
    ['mysql://db:3306/im', 'mysql://db:3306/im'],
    ['mysql://db/im?user=u&password=p&ssl=true', 'mysql://db/im?user=u&password=********&ssl=true'],
    ['u:p@tcp(db)/im', 'u:********@tcp(db)/im'],
    ['redis+cluster://n1:7000,n2:7001', 'redis+cluster://n1:7000,n2:7001'],
    ['redis+sentinel://u:p@s1:1,s2:2/m?sentinelPassword=p', 'redis+sentinel://u:********@s1:1,s2:2/m?sentinelPassword=********'],
    ['redis+sentinel://s1:1,s2:2/m?sentinelPassword=p@q', 'redis+sentinel://s1:********@********'],
    ['redis+sentinel://s1/m?sentinelPassword=p&q', 'redis+sentinel://s1/m?sentinelPassword=********&********'],
    ['redis+sentinel://s1/m?sentinelPasword=p', 'redis+sentinel://s1/m?********'],
    ['redis+sentinel://s1/m?sentinelUsername=u&sentinelPw=p', 'redis+sentinel://s1/m?sentinelUsername=u&********'],
    ['rediss://r?hunter', 'rediss://r?********'],
    ['redis://u:p?q@r:1', 'redis://u:********@r:1'],
    ['sqlite:/data/a:b@c.db', 'sqlite:/data/a:b@c.db'],
    ['', ''],
  ])('loses its password and nothing else: %s → %s', (url, shown) => {
    expect(masked(url, 'url')).toBe(shown);
  });
});
