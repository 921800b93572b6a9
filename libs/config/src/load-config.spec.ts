import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, defaultConfig, loadConfig } from './index';

const JWT_SECRET = 'Zx8vQ2mT5rK9wB3nL7pD1sF6gH4jC0yE';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'parley-config-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (env: NodeJS.ProcessEnv = {}, yml?: string) => {
  if (yml !== undefined) writeFileSync(join(cwd, 'config.yml'), yml);
  return loadConfig({ env: { JWT_SECRET, ...env }, cwd });
};

const linesOf = (env: NodeJS.ProcessEnv, yml?: string): readonly string[] => {
  try {
    load(env, yml);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  throw new Error('the configuration was accepted');
};

describe('the layers', () => {
  it('give the defaults when nothing is set', () => {
    const { config, sources, warnings } = load();
    expect(config).toEqual(defaultConfig({ jwtSecret: JWT_SECRET }));
    expect(sources.get('port')).toBe('default');
    expect(warnings).toEqual([]);
  });

  it('put the file over the defaults and the environment over the file', () => {
    const { config, sources } = load({ PORT: '9000' }, 'port: 8000\nheartbeatMs: 1000\n');
    expect([config.port, config.heartbeatMs, config.maxBodyBytes]).toEqual([9000, 1000, 131072]);
    expect(['port', 'heartbeatMs', 'maxBodyBytes'].map((path) => sources.get(path))).toEqual(['environment PORT', 'config.yml', 'default']);
  });

  it('read the file that CONFIG_FILE names, relative to the working directory, and then not config.yml', () => {
    writeFileSync(join(cwd, 'other.yml'), 'heartbeatMs: 2000');
    const { config, sources } = load({ CONFIG_FILE: 'other.yml' }, 'port: 8000');
    expect([config.port, config.heartbeatMs]).toEqual([8080, 2000]);
    expect(sources.get('heartbeatMs')).toBe('other.yml');
  });

  it('take an empty CONFIG_FILE as not set', () => {
    expect(load({ CONFIG_FILE: '' }, 'port: 8000').config.port).toBe(8000);
  });

  it('take an empty value as not set, in the environment and in the file', () => {
    const yml = 'port:\nhost: ""\nlogLevel: null\nwsSendQPS: ~\nauth:\nrecoveryLimit: 7\n';
    const { config, sources } = load({ PARLEY_RECOVERY_LIMIT: '', KAFKA_BROKERS: '' }, yml);
    expect(config).toEqual(defaultConfig({ jwtSecret: JWT_SECRET, recoveryLimit: 7 }));
    expect(sources.get('recoveryLimit')).toBe('config.yml');
  });

  it('accept a file that holds nothing but comments', () => {
    expect(load({}, '# nothing yet\n').config.port).toBe(8080);
  });

  it('give a configuration that cannot be changed', () => {
    const { config } = load({ KAFKA_BROKERS: 'a:9092' });
    expect([config, config.auth, config.kafkaBrokers].every(Object.isFrozen)).toBe(true);
  });
});

describe('a configuration that is refused', () => {
  it.each<[string, NodeJS.ProcessEnv, string | undefined, string[]]>([
    [
      'a bad value in the environment',
      { PORT: 'abc' },
      undefined,
      ['config: port = "abc" (from environment PORT): expected a whole number from 0 to 65535'],
    ],
    [
      'a bad value in the file, with its line',
      {},
      'host: localhost\nport: 70000\n',
      ['config: port = "70000" (from config.yml line 2): expected a whole number from 0 to 65535'],
    ],
    [
      'a bad value in the file that the environment overrules',
      { PORT: '1' },
      'port: x',
      ['config: port = "x" (from config.yml line 1): expected a whole number from 0 to 65535'],
    ],
    [
      'several bad values, each with its line',
      { PORT: '1e3', LOG_LEVEL: 'loud' },
      undefined,
      [
        'config: port = "1e3" (from environment PORT): expected a whole number from 0 to 65535',
        'config: logLevel = "loud" (from environment LOG_LEVEL): expected one of fatal, error, warn, info, debug, trace, silent',
      ],
    ],
    [
      'one bad item of a list',
      { KAFKA_BROKERS: 'a:9092,b' },
      undefined,
      ['config: kafkaBrokers = "b" (from environment KAFKA_BROKERS): expected a list, each item host:port'],
    ],
    [
      'a value with a line end, shown on one line',
      { PORT: '80\n' },
      undefined,
      ['config: port = "80\\n" (from environment PORT): expected a whole number from 0 to 65535'],
    ],
    [
      'a secret, which is not shown',
      { JWT_SECRET: `${JWT_SECRET}\n` },
      undefined,
      ['config: jwtSecret = ******** (from environment JWT_SECRET): expected a text without blanks or line ends around it'],
    ],
    [
      'a URL, whose password is not shown',
      { DATABASE_URL: 'root:pa@ss#word@tcp(db:3306)/im' },
      undefined,
      [
        'config: databaseUrl = "root:********@tcp(db:3306)/im" (from environment DATABASE_URL): ' +
          'expected sqlite:<path> or mysql://user:password@host:port/database',
      ],
    ],
    [
      'two names of one key that disagree',
      { WSSendQPS: '20', PARLEY_WS_SEND_QPS: '30' },
      undefined,
      ['config: wsSendQPS is set twice in the environment, WSSendQPS = "20" and PARLEY_WS_SEND_QPS = "30": expected one value'],
    ],
    [
      'two names of a secret that disagree, without the secret',
      { PARLEY_JWT_SECRET: 'another' },
      undefined,
      ['config: jwtSecret is set twice in the environment, JWT_SECRET = ******** and PARLEY_JWT_SECRET = ********: expected one value'],
    ],
    [
      'a CONFIG_FILE that is not there',
      { CONFIG_FILE: 'gone.yml' },
      'port: 1',
      ['config: CONFIG_FILE = "gone.yml" (from environment CONFIG_FILE): expected a readable file (ENOENT)'],
    ],
    [
      'a nested value for a single one',
      {},
      'port: { a: 1 }',
      ['config: port = a nested value (from config.yml line 1): expected a whole number from 0 to 65535'],
    ],
    [
      'a sequence for a single value',
      {},
      'port: [1, 2]',
      ['config: port = ["1","2"] (from config.yml line 1): expected a whole number from 0 to 65535'],
    ],
    ['a single value for a group', {}, '\nauth: true', ['config: auth = true (from config.yml line 2): expected a mapping of keys']],
    ['a file whose top is a list', {}, '# x\n- port', ['config: config.yml line 2, column 1: expected a mapping of keys at the top']],
    ['a file whose top is a text', {}, 'port', ['config: config.yml line 1, column 1: expected a mapping of keys at the top']],
    [
      'a key that stands twice',
      {},
      'port: 1\nhost: a\nport: 1\n',
      ['config: config.yml line 3, column 1: port stands twice, first as port in line 1: expected it once'],
    ],
    [
      'a key that stands twice in different case',
      {},
      'wsSendQPS: 1\nWSSendQPS: 2\n',
      ['config: config.yml line 2, column 1: WSSendQPS stands twice, first as wsSendQPS in line 1: expected it once'],
    ],
    [
      'a key that stands nested and dotted',
      {},
      'auth:\n  registration: true\nauth.Registration: false\n',
      ['config: config.yml line 3, column 1: auth.Registration stands twice, first as auth.registration in line 2: expected it once'],
    ],
    [
      'a payload that fills the whole frame',
      { PARLEY_MAX_FRAME_BYTES: '32768' },
      undefined,
      ['config: maxPayloadBytes = 32768 (from default): expected less than maxFrameBytes, which is 32768'],
    ],
    [
      'half of a key for the bucket, without the secret',
      { OBJECT_STORAGE_SECRET_ACCESS_KEY: 'abc' },
      undefined,
      [
        'config: objectStorage.secretAccessKey = ******** (from environment OBJECT_STORAGE_SECRET_ACCESS_KEY): ' +
          'expected both objectStorage.accessKeyId and objectStorage.secretAccessKey, or neither',
      ],
    ],
    [
      'a file that no bucket takes at once',
      { OBJECT_STORAGE_BUCKET: 'parley', PARLEY_FILES_MAX_BYTES: '5368709121' },
      undefined,
      [
        'config: files.maxBytes = 5368709121 (from environment PARLEY_FILES_MAX_BYTES): ' +
          'expected at most 5368709120 (5 GiB) while objectStorage.bucket is set',
      ],
    ],
    [
      'replicas of a SQLite database',
      {},
      'databaseReplicaUrls: mysql://a/b',
      ['config: databaseReplicaUrls = 1 URLs (from config.yml line 1): expected an empty list unless databaseUrl is a mysql:// URL'],
    ],
  ])('names %s', (_, env, yml, lines) => {
    expect(linesOf(env, yml)).toEqual(lines);
  });

  it.each([
    ['a: b: c\n', 1],
    ['port: 1\nhost: "open\n', 3],
    ['port: 1\n\thost: a\n', 2],
    ['port: 1\n---\nport: 2\n', 2],
    ['port: *nothing\n', 1],
    ['port: !custom 1\n', 1],
  ])('names file, line and column of unreadable YAML: %j', (yml, line) => {
    const lines = linesOf({}, yml);
    expect(lines.length).toBeGreaterThan(0);
    for (const text of lines) expect(text).toMatch(/^config: config\.yml line \d+, column \d+: [^\n]+$/);
    expect(lines[0]).toContain(`line ${line}, column `);
  });

  it('names a config.yml that is a folder, as a missing bind mount leaves behind', () => {
    mkdirSync(join(cwd, 'config.yml'));
    expect(linesOf({})).toEqual(['config: config.yml cannot be read (EISDIR): expected a readable file']);
  });

  it('names a file that is not UTF-8', () => {
    writeFileSync(join(cwd, 'config.yml'), Buffer.from('port: 1\nhost: caf\xe9', 'latin1'));
    expect(linesOf({})).toEqual(['config: config.yml cannot be read: expected UTF-8 text']);
  });

  it('has its lines as message', () => {
    expect(() => load({ PORT: 'a', HOST: 'b c' })).toThrow(new ConfigError(linesOf({ PORT: 'a', HOST: 'b c' })));
  });

  it('leaves nothing on disk', () => {
    expect(linesOf({ JWT_SECRET: '', PORT: 'x' })).toHaveLength(1);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('settings that fit one by one', () => {
  const shared = { DATABASE_URL: 'mysql://a:b@db/parley' };
  const secret = { JWT_SECRET: 'q7Zr2mXv9LkT4bWc8NsD1fGh6JpY3eUa' };

  it.each<[string, NodeJS.ProcessEnv, RegExp[]]>([
    [
      'a shared database with a secret of one gateway',
      { ...shared, JWT_SECRET: '', REDIS_URL: 'redis://r', OBJECT_STORAGE_BUCKET: 'parley' },
      [/^config: jwtSecret is not set: .*JWT_SECRET$/],
    ],
    ['a Redis beside an embedded database', { ...secret, REDIS_URL: 'redis://r' }, [/^config: redisUrl is set, but /]],
    [
      'several gateways that each keep the files in a folder of their own',
      { ...shared, ...secret, REDIS_URL: 'redis://r' },
      [/^config: objectStorage\.bucket is not set: .*OBJECT_STORAGE_SHARED_FOLDER=true$/],
    ],
    ['several gateways with one folder', { ...shared, ...secret, REDIS_URL: 'redis://r', OBJECT_STORAGE_SHARED_FOLDER: 'yes' }, []],
    ['several gateways with one bucket', { ...shared, ...secret, REDIS_URL: 'redis://r', OBJECT_STORAGE_BUCKET: 'parley' }, []],
    ['one gateway', {}, []],
  ])('are warned of together, or not: %s', (_, env, expected) => {
    const { warnings } = load(env);
    expect(warnings).toHaveLength(expected.length);
    expected.forEach((line, i) => expect(warnings[i]).toMatch(line));
  });
});
