import { withoutSecrets } from './redis-error';
import { parseRedisUrl, redisAddress } from './redis-url';

const [s1, s2, s3] = ['s1', 's2', 's3'].map((host) => ({ host, port: 26379 }));

describe('a URL of Redis', () => {
  it.each([
    ['redis://redis', { kind: 'server', hosts: [{ host: 'redis', port: 6379 }], login: {}, db: 0 }],
    ['redis://:pw@r:1/', { kind: 'server', hosts: [{ host: 'r', port: 1 }], login: { password: 'pw' }, db: 0 }],
    ['redis://r/1/?', { kind: 'server', hosts: [{ host: 'r', port: 6379 }], login: {}, db: 1 }],
    ['REDISS://ann@[::1]:7/2', { kind: 'server', hosts: [{ host: '::1', port: 7 }], login: { username: 'ann', tls: {} }, db: 2 }],
    [
      'redis+sentinel://u:p%40%2Fw@s1,s2:26379,s3/my-master/3',
      { kind: 'sentinel', hosts: [s1, s2, s3], login: { username: 'u', password: 'p@/w' }, db: 3, master: 'my-master', sentinelLogin: {} },
    ],
    [
      'rediss+sentinel://s1/m?sentinelUsername=sen&sentinelPassword=a+%40=b',
      {
        kind: 'sentinel',
        hosts: [s1],
        login: { tls: {} },
        db: 0,
        master: 'm',
        sentinelLogin: { username: 'sen', password: 'a+@=b', tls: {} },
      },
    ],
    [
      'rediss+cluster://:a:b@n1:7000,[fe80::1]',
      {
        kind: 'cluster',
        hosts: [
          { host: 'n1', port: 7000 },
          { host: 'fe80::1', port: 6379 },
        ],
        login: { password: 'a:b', tls: {} },
      },
    ],
  ])('is read: %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ['another scheme', 'http://redis'],
    ['another form', 'redis+ring://a,b'],
    ['no scheme', 'redis:6379'],
    ['no host', 'redis://'],
    ['a host that is none', 'redis+cluster://a,,b'],
    ['several hosts of one server', 'redis://a,b'],
    ['a port beyond the last', 'redis://:hunter2@host:65536'],
    ['a port 0', 'redis://host:0'],
    ['a password that cannot be decoded', 'redis://:hunter2%zz@host'],
    ['a database that is no number', 'redis://host/main'],
    ['parameters that nobody reads', 'redis://host?password=hunter2'],
    ['Sentinels without the name of a master', 'redis+sentinel://s1,s2'],
    ['a master with a path', 'redis+sentinel://s1/m/0/more'],
    ['a misspelt parameter', 'redis+sentinel://s1/m?sentinelPasword=hunter2'],
    ['a login for each host', 'redis+cluster://u:hunter2@a,u:hunter2@b'],
    ['a database of a Cluster', 'redis+cluster://n1/1'],
  ])('is refused without being told: %s', (_, url) => {
    expect(parseRedisUrl(url)).toBeUndefined();
    expect(() => redisAddress(url)).toThrow(/^the URL of Redis cannot be read$/);
  });
});

describe('an error of ioredis', () => {
  it('is told without its command, and as what befell the last node of a Cluster', () => {
    const refused = new Error('WRONGPASS no, with args beginning with: hunter2');
    const all = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: refused });
    expect([refused, all].map((error) => withoutSecrets(error).message)).toEqual(['WRONGPASS no', 'WRONGPASS no']);
    const silent = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(withoutSecrets(silent).message).toBe('ECONNREFUSED');
  });
});
