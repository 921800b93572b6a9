import { type DeepPartial, defaultConfig } from './default-config';
import { differingKeys, type Fingerprints, fingerprintsOf, sharedKeys } from './fingerprints';
import { type Config, configKeys } from './schema';
import { sharing } from './sharing';

const former = 'a former secret of this installation, long enough';
const present = 'the present secret of this installation, long enough';
const printsOf = (overrides: DeepPartial<Config> = {}): Fingerprints =>
  fingerprintsOf(defaultConfig({ jwtSecret: present, ...overrides }), 'gateway');

describe('fingerprints of settings', () => {
  it('are there for every key that gateways must have in common, and for no other', () => {
    const common = configKeys.filter(({ path }) => sharing[path].scope !== 'own').map(({ path }) => path);
    expect(Object.keys(printsOf())).toEqual(common);
    expect(sharedKeys('gateway')).toEqual(common);
  });

  it('of a group consumer are those of its few keys', () => {
    const prints = fingerprintsOf(defaultConfig({ jwtSecret: present }), 'consumer');
    expect(Object.keys(prints)).toEqual(sharedKeys('consumer'));
    expect(prints).toEqual(Object.fromEntries(sharedKeys('consumer').map((path) => [path, printsOf()[path]])));
  });

  it('name each key whose value differs, and no other', () => {
    const changes: readonly (readonly [DeepPartial<Config>, string])[] = [
      [{ wsSendQPS: 21 }, 'wsSendQPS'],
      [{ auth: { registration: false } }, 'auth.registration'],
      [{ objectStorage: { bucket: 'files' } }, 'objectStorage.bucket'],
      [{ objectStorage: { callbackBaseUrl: 'https://chat.example.com' } }, 'objectStorage.callbackBaseUrl'],
      [{ objectStorage: { callbackSecret: 'x' } }, 'objectStorage.callbackSecret'],
      [{ files: { quotaBytes: 1 } }, 'files.quotaBytes'],
      [{ jwtPreviousSecrets: [former] }, 'jwtPreviousSecrets'],
      [{ allowedOrigins: ['https://chat.example.com'] }, 'allowedOrigins'],
      [{ jwtSecret: former }, 'jwtSecret'],
    ];
    for (const [overrides, key] of changes) expect(differingKeys(printsOf(), printsOf(overrides))).toEqual([key]);
    expect(differingKeys(printsOf(), printsOf({ wsSendQPS: 21, wsSendBurst: 41 }))).toEqual(['wsSendQPS', 'wsSendBurst']);
    expect(differingKeys(printsOf(), printsOf())).toEqual([]);
  });

  it('name the signing secret alone where it differs, since nothing else can be compared', () => {
    expect(differingKeys(printsOf(), printsOf({ jwtSecret: former, wsSendQPS: 21 }))).toEqual(['jwtSecret']);
    expect(differingKeys(printsOf({ jwtSecret: former }), printsOf({ jwtPreviousSecrets: [former] }))).toEqual(['jwtSecret']);
  });

  it('do not tell instances apart by what is their own', () => {
    expect(differingKeys(printsOf(), printsOf({ port: 1, dataDir: '/elsewhere', logLevel: 'debug', maxConnections: 7 }))).toEqual([]);
  });

  it('take no notice of the order of a list', () => {
    const [a, b] = ['https://a.example.com', 'https://b.example.com'];
    expect(differingKeys(printsOf({ allowedOrigins: [a, b] }), printsOf({ allowedOrigins: [b, a, a] }))).toEqual([]);
  });

  it('are of no use without the signing secret: equal values look different under another one, and under another key', () => {
    const prints = printsOf();
    const others = Object.values(printsOf({ jwtSecret: former }));
    const all = Object.values(prints);
    expect(all.every((print) => /^[\w-]{16}$/.test(print))).toBe(true);
    expect(new Set([...all, ...others]).size).toBe(all.length + others.length);
    expect(JSON.stringify(prints)).not.toContain(present);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['keys that nobody has', { nonsense: 'AAAAAAAAAAAAAAAA', port: 'AAAAAAAAAAAAAAAA', __proto__: 'AAAAAAAAAAAAAAAA' }],
    ['keys that objects have', JSON.parse('{"__proto__": {"wsSendQPS": "AAAAAAAAAAAAAAAA"}, "constructor": "AAAAAAAAAAAAAAAA"}') as object],
    ['inherited values', Object.create({ wsSendQPS: 'AAAAAAAAAAAAAAAA' }) as object],
    ['other types', { wsSendQPS: 5, wsSendBurst: null, jwtSecret: ['AAAAAAAAAAAAAAAA'], maxFriends: {} }],
    ['texts of another length', { wsSendQPS: 'A'.repeat(1_000_000), wsSendBurst: '', jwtSecret: 'AAAA' }],
    ['a list', ['AAAAAAAAAAAAAAAA']],
  ])('find no difference in what is no fingerprint: %s', (_, theirs) => {
    expect(differingKeys(printsOf(), theirs)).toEqual([]);
  });
});
