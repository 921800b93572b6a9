import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { type Config, ConfigError, type DeepPartial, defaultConfig, loadConfig } from './index';

describe('the default configuration', () => {
  it('has the documented defaults', () => {
    expect(defaultConfig()).toEqual({
      port: 8080,
      host: '0.0.0.0',
      dataDir: './data',
      databaseUrl: '',
      databaseReplicaUrls: [],
      redisUrl: '',
      redisPrefix: 'parley:',
      kafkaBrokers: [],
      kafka: {
        topic: 'parley.group-fanout',
        partitions: 12,
        replicationFactor: 0,
        groupId: 'parley-group-consumer',
        tls: false,
        saslMechanism: 'none',
        username: '',
        password: '',
      },
      consumerPort: 8081,
      jwtSecret: 'parley-test-secret-not-for-production-use',
      jwtPreviousSecrets: [],
      tokenLifetimeSeconds: 604800,
      auth: {
        autoProvision: true,
        registration: true,
        loginFailuresPerMinute: 10,
        loginsPerAddressPerMinute: 300,
        registrationsPerAddressPerMinute: 300,
      },
      wsSendQPS: 20,
      wsSendBurst: 40,
      framesPerSecond: 100,
      framesBurst: 1000,
      heartbeatMs: 25000,
      maxFrameBytes: 65536,
      maxPayloadBytes: 32768,
      maxBodyBytes: 131072,
      maxFramesInFlight: 256,
      maxOutboxBytes: 1048576,
      maxConnectionsPerUser: 20,
      maxConnections: 50000,
      maxSubscriptionsPerConnection: 1000,
      recoveryLimit: 500,
      maxListItems: 200,
      maxGroupSize: 1000000,
      requireFriendship: false,
      maxFriends: 5_000,
      maxFavorites: 10_000,
      friendRequestDays: 30,
      groupRequestDays: 30,
      groupNudgeMs: 1_000,
      groupBatchSize: 500,
      groupBatchSleepMS: 0,
      presenceGroupSize: 500,
      recallWindowSeconds: 120,
      editWindowSeconds: 86_400,
      endingSweepMs: 1_000,
      logQueueLimit: 10000,
      objectStorage: {
        endpoint: '',
        region: 'us-east-1',
        bucket: '',
        prefix: '',
        accessKeyId: '',
        secretAccessKey: '',
        forcePathStyle: false,
        publicBaseUrl: '',
        callbackBaseUrl: '',
        callbackSecret: '',
        sharedFolder: false,
      },
      files: {
        maxBytes: 1_073_741_824,
        maxUploadBytes: 52_428_800,
        quotaBytes: 10_737_418_240,
        maxPending: 100,
        uploadLifetimeSeconds: 3_600,
        unusedLifetimeSeconds: 86_400,
        linkLifetimeSeconds: 300,
      },
      allowedOrigins: [],
      trustedProxies: [],
      drainMs: 2000,
      shutdownGraceMs: 10000,
      logLevel: 'info',
    });
  });

  it('takes overrides at every depth and leaves the rest', () => {
    const config = defaultConfig({ port: 0, auth: { registration: false }, kafkaBrokers: ['a:1'], host: undefined });
    expect(config).toEqual({ ...defaultConfig(), port: 0, auth: { ...defaultConfig().auth, registration: false }, kafkaBrokers: ['a:1'] });
  });

  it('holds overrides to the rules of the schema', () => {
    const refuse = (overrides: object, line: string) => expect(() => defaultConfig(overrides)).toThrow(new ConfigError([line]));
    refuse({ heartbeatMs: 49 }, 'config: heartbeatMs = "49" (from override): expected a whole number from 50 to 3600000');
    refuse({ wsSendBurst: 0 }, 'config: wsSendBurst = "0" (from override): expected a whole number from 1 to 1000000');
    refuse({ wsSendQPS: 0 }, 'config: wsSendQPS = "0" (from override): expected a number from 0.001 to 1000000');
    refuse({ maxFrameBytes: 256 }, 'config: maxPayloadBytes = 32768 (from default): expected less than maxFrameBytes, which is 256');
    refuse(
      { kafka: { saslMechanism: 'plain' } },
      'config: kafka.saslMechanism = plain (from override): expected none unless kafka.username is set',
    );
    refuse(
      { kafka: { username: 'parley' } },
      'config: kafka.username = parley (from override): expected nothing unless kafka.saslMechanism says how to log in',
    );
    refuse({ auth: { registrations: true } }, 'config: auth.registrations in an override is no known key');
  });
});

describe('any valid configuration', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'parley-round-trip-'));
  afterAll(() => rmSync(cwd, { recursive: true }));

  const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => text.trim() === text && text.isWellFormed());
  const path = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
  // Two hyphens in a row may begin an encoded name, which has to decode.
  const host = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}(\.[a-z]{1,5})?$/).filter((name) => !name.includes('--'));
  const mysql = fc.tuple(host, secret, host).map(([user, password, at]) => `mysql://${user}:${encodeURIComponent(password)}@${at}:3306/im`);
  const database = fc.oneof(
    fc.record({
      databaseUrl: fc.oneof(
        fc.constant(''),
        path.map((text) => `sqlite:${text}`),
      ),
    }),
    fc.record({ databaseUrl: mysql, databaseReplicaUrls: fc.array(mysql, { maxLength: 3 }) }),
  );
  const overrides: fc.Arbitrary<DeepPartial<Config>> = fc
    .tuple(
      database,
      fc.record(
        {
          port: fc.nat(65535),
          host: fc.oneof(host, fc.ipV4(), fc.ipV6()),
          dataDir: path,
          jwtSecret: secret,
          jwtPreviousSecrets: fc.array(secret, { maxLength: 3 }),
          kafkaBrokers: fc.array(host.map((name) => `${name}:9092`)),
          allowedOrigins: fc.array(host.map((name) => `https://${name}`)),
          trustedProxies: fc.array(fc.oneof(fc.ipV4(), fc.ipV6())),
          wsSendQPS: fc.double({ min: 0.001, max: 1_000_000, noNaN: true }),
          maxPayloadBytes: fc.integer({ min: 256, max: 65535 }),
          logLevel: fc.constantFrom('fatal', 'warn', 'silent'),
          auth: fc.record({ autoProvision: fc.boolean(), loginFailuresPerMinute: fc.integer({ min: 1, max: 1000 }) }, { requiredKeys: [] }),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([one, other]) => ({ ...one, ...other }));

  it('loads equal after a round trip through YAML', () => {
    fc.assert(
      fc.property(overrides, (some) => {
        const config = defaultConfig(some);
        writeFileSync(join(cwd, 'config.yml'), stringify(config));
        expect(loadConfig({ env: {}, cwd }).config).toEqual(config);
      }),
    );
  });
});
