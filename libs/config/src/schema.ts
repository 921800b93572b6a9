import {
  bucketName,
  databaseUrl,
  decimalNumber,
  filePath,
  flag,
  hostAndPort,
  hostName,
  keyPrefix,
  type Kind,
  listOf,
  mysqlUrl,
  namePrefix,
  network,
  oneOf,
  origin,
  plainName,
  redisUrl,
  secret,
  anyText,
  webAddress,
  wholeNumber,
} from './kinds';

/** One leaf of the schema: what fits, the value when nothing is given, further environment names, and one sentence about it. */
interface Leaf<T> {
  readonly kind: Kind<T>;
  readonly fallback: T;
  readonly aliases: readonly string[];
  readonly doc: string;
}

function key<T>(kind: Kind<T>, fallback: NoInfer<T>, doc: string, ...aliases: readonly string[]): Leaf<T> {
  return { kind, fallback, aliases, doc };
}

const port = wholeNumber(0, 65_535);
const count = wholeNumber(1, 1_000_000);
const bytes = wholeNumber(256, 1_073_741_824);
const tenYearsInSeconds = 315_360_000;
/** As long as a signature of S3 may hold. */
const weekInSeconds = 604_800;
const fileBytes = wholeNumber(1, 1_099_511_627_776);

/** Every key there is, nested as in `config.yml`. The type, the loader and the documentation all follow from this table. */
const schema = {
  port: key(port, 8080, 'TCP port of the gateway for WebSocket and HTTP; 0 takes a free one.', 'PORT'),
  host: key(hostName, '0.0.0.0', 'Name or address that the servers bind to.', 'HOST'),
  dataDir: key(filePath, './data', 'Folder for what this installation keeps on disk, relative to the working directory.', 'DATA_DIR'),
  databaseUrl: key(databaseUrl, '', 'Database that holds everything; empty means SQLite in `<dataDir>/parley.db`.', 'DATABASE_URL'),
  databaseReplicaUrls: key(
    listOf(mysqlUrl),
    [],
    'Read replicas of the database; pages of history that they hold already are read there.',
    'DATABASE_REPLICA_URLS',
  ),
  redisUrl: key(redisUrl, '', 'Redis that connects several gateways; empty means this gateway is alone.', 'REDIS_URL'),
  redisPrefix: key(
    namePrefix,
    'parley:',
    'What the names of all channels and keys in Redis begin with; installations that share a Redis need one each.',
    'REDIS_PREFIX',
  ),
  kafkaBrokers: key(
    listOf(hostAndPort),
    [],
    'Kafka brokers for the fan-out of groups; empty means it happens inside the gateway.',
    'KAFKA_BROKERS',
  ),
  kafka: {
    topic: key(
      plainName,
      'parley.group-fanout',
      'Kafka topic of the fan-out; what cannot be worked on goes to the one whose name has `.dlq` behind it.',
      'KAFKA_TOPIC',
    ),
    partitions: key(
      wholeNumber(1, 10_000),
      12,
      'Partitions that the topic is made with where it is missing; so many consumers can share the work.',
      'KAFKA_PARTITIONS',
    ),
    replicationFactor: key(
      wholeNumber(0, 100),
      0,
      'Brokers that keep a copy of the topic where it is made; 0 leaves it to the default of the brokers.',
      'KAFKA_REPLICATION_FACTOR',
    ),
    groupId: key(plainName, 'parley-group-consumer', 'Name under which the group consumers share the work.', 'KAFKA_GROUP_ID'),
    tls: key(flag, false, 'Whether the brokers are reached over TLS.', 'KAFKA_TLS'),
    saslMechanism: key(
      oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
      'none',
      'How the brokers are told who connects.',
      'KAFKA_SASL_MECHANISM',
    ),
    username: key(anyText, '', 'Name that the brokers know this installation by, for `saslMechanism`.', 'KAFKA_USERNAME'),
    password: key(secret, '', 'Password that belongs to that name.', 'KAFKA_PASSWORD'),
  },
  consumerPort: key(port, 8081, 'TCP port of the group consumer for health and metrics; 0 takes a free one.', 'CONSUMER_PORT'),
  jwtSecret: key(
    secret,
    '',
    'Secret that signs tokens; production needs one of at least 32 characters, elsewhere one is generated and kept in `<dataDir>/jwt-secret`.',
    'JWT_SECRET',
  ),
  jwtPreviousSecrets: key(
    listOf(secret),
    [],
    'Former signing secrets whose tokens stay valid until they expire, for changing `jwtSecret` without logging anybody out.',
    'JWT_PREVIOUS_SECRETS',
  ),
  tokenLifetimeSeconds: key(wholeNumber(1, tenYearsInSeconds), 604_800, 'How long a token is valid, in seconds.'),
  auth: {
    autoProvision: key(flag, true, 'Whether a user whose valid token names an unknown account gets that account on the first connection.'),
    registration: key(flag, true, 'Whether anybody may register an account over HTTP.'),
    loginFailuresPerMinute: key(count, 10, 'Failed logins per minute that one user name may have before further ones are refused.'),
    loginsPerAddressPerMinute: key(count, 300, 'Logins per minute from one address, which is also how many may come at once.'),
    registrationsPerAddressPerMinute: key(
      count,
      300,
      'Registrations per minute from one address, which is also how many may come at once.',
    ),
  },
  wsSendQPS: key(
    decimalNumber(0.001, 1_000_000),
    20,
    'Messages per second that one device may send over time; a user with several devices gets four times as much.',
    'WSSendQPS',
    'WS_SEND_QPS',
  ),
  wsSendBurst: key(count, 40, 'Messages that one device may send at once before `wsSendQPS` applies.', 'WSSendBurst', 'WS_SEND_BURST'),
  framesPerSecond: key(
    count,
    100,
    'Frames of any kind that one connection may send per second, and REST requests that one user may make, raised to at least twice `wsSendQPS` where that is more.',
  ),
  framesBurst: key(
    wholeNumber(1, 10_000_000),
    1000,
    'Frames of any kind that one connection may send at once, and REST requests that one user may make, raised to at least twice `wsSendBurst` where that is more.',
  ),
  heartbeatMs: key(
    wholeNumber(50, 3_600_000),
    25_000,
    'Milliseconds between two pings to a connection, which is dropped when it has been silent for two of them.',
  ),
  maxFrameBytes: key(bytes, 65_536, 'Largest frame that a client may send, in bytes; a larger one closes the connection.'),
  maxPayloadBytes: key(
    bytes,
    32_768,
    'Largest payload of one message, in bytes of JSON; it must be less than `maxFrameBytes`, since it travels inside a frame.',
  ),
  maxBodyBytes: key(bytes, 131_072, 'Largest body of an HTTP request, in bytes.'),
  maxFramesInFlight: key(count, 256, 'Frames of one connection that may be in work at once; reading from it pauses beyond that.'),
  maxOutboxBytes: key(bytes, 1_048_576, 'Bytes that may wait for a slow client before its connection is closed.'),
  maxConnectionsPerUser: key(count, 20, 'Connections that one user may hold to one gateway.'),
  maxConnections: key(count, 50_000, 'Connections that one gateway accepts in all.'),
  maxSubscriptionsPerConnection: key(count, 1000, 'Groups that one connection may be subscribed to.'),
  recoveryLimit: key(
    wholeNumber(0, 100_000),
    500,
    'Missed entries that a subscription delivers by itself; with more the client pages the history.',
  ),
  maxListItems: key(wholeNumber(1, 10_000), 200, 'Most items in a list that a client sends, such as the first members of a group.'),
  maxGroupSize: key(wholeNumber(2, 10_000_000), 1_000_000, 'Members that a group may have.'),
  requireFriendship: key(flag, false, 'Whether only friends may write to each other outside of groups.'),
  maxFriends: key(
    count,
    5_000,
    'Friends that one user may have, requests for friendship that one may have pending, and users that one may block.',
  ),
  maxFavorites: key(count, 10_000, 'Favorites that one user may keep.'),
  friendRequestDays: key(wholeNumber(1, 3_650), 30, 'Days after which a request for friendship that nobody answered expires.'),
  groupRequestDays: key(
    wholeNumber(1, 3_650),
    30,
    'Days after which an invitation into a group, or a request to join one, that nobody answered expires.',
  ),
  groupNudgeMs: key(
    wholeNumber(10, 60_000),
    1_000,
    'Milliseconds over which what is said in a group is gathered, before members who have not subscribed to it are told.',
    'GROUP_NUDGE_MS',
  ),
  groupBatchSize: key(wholeNumber(1, 10_000), 500, 'Users that the fan-out of a group looks up at once.', 'GROUP_BATCH_SIZE'),
  groupBatchSleepMS: key(
    wholeNumber(0, 60_000),
    0,
    'Milliseconds that the fan-out of a group rests between two such steps.',
    'GROUP_BATCH_SLEEP_MS',
  ),
  presenceGroupSize: key(count, 500, 'Members of a group above which nobody is told who is typing.'),
  recallWindowSeconds: key(wholeNumber(0, tenYearsInSeconds), 120, 'Seconds in which senders may recall their own message.'),
  editWindowSeconds: key(wholeNumber(0, tenYearsInSeconds), 86_400, 'Seconds in which senders may edit their own text message.'),
  endingSweepMs: key(wholeNumber(10, 60_000), 1_000, 'Milliseconds between two looks for messages whose time has come.'),
  logQueueLimit: key(count, 10_000, 'Entries that may wait to be stored before further sends are answered UNAVAILABLE.'),
  objectStorage: {
    endpoint: key(
      webAddress,
      '',
      'Address of the S3-compatible storage; empty means AWS, in `objectStorage.region`.',
      'OBJECT_STORAGE_ENDPOINT',
    ),
    region: key(plainName, 'us-east-1', 'Region of the storage, which is part of every signature.', 'OBJECT_STORAGE_REGION'),
    bucket: key(
      bucketName,
      '',
      'Bucket that holds the files; empty means that they are kept in `<dataDir>/blobs`.',
      'OBJECT_STORAGE_BUCKET',
    ),
    prefix: key(keyPrefix, '', 'What the names of all objects in the bucket begin with.', 'OBJECT_STORAGE_PREFIX'),
    accessKeyId: key(
      secret,
      '',
      'Name of the key for the bucket; empty means what the environment of the process gives (AWS variables, profile, role).',
      'OBJECT_STORAGE_ACCESS_KEY_ID',
    ),
    secretAccessKey: key(secret, '', 'Secret that belongs to that name.', 'OBJECT_STORAGE_SECRET_ACCESS_KEY'),
    forcePathStyle: key(
      flag,
      false,
      'Whether the bucket stands in the path of a URL and not before the host name, as MinIO wants it.',
      'OBJECT_STORAGE_FORCE_PATH_STYLE',
    ),
    publicBaseUrl: key(
      webAddress,
      '',
      'Address at which clients reach the storage, where it is not `objectStorage.endpoint`; what they are given is signed for it.',
      'OBJECT_STORAGE_PUBLIC_BASE_URL',
    ),
    callbackBaseUrl: key(
      webAddress,
      '',
      'Address of the gateways at which an upload is sent or reported; empty leaves it to the client, which knows one.',
      'OBJECT_STORAGE_CALLBACK_BASE_URL',
    ),
    callbackSecret: key(
      secret,
      '',
      'Secret with which the storage signs its reports of finished uploads, in production of at least 16 characters; empty means that none are taken.',
      'OBJECT_STORAGE_CALLBACK_SECRET',
    ),
    sharedFolder: key(
      flag,
      false,
      'Whether `<dataDir>/blobs` is one folder that all gateways see, such as a network file system.',
      'OBJECT_STORAGE_SHARED_FOLDER',
    ),
  },
  files: {
    maxBytes: key(fileBytes, 1_073_741_824, 'Largest file, in bytes; at most 5 GiB in a bucket.'),
    maxUploadBytes: key(
      fileBytes,
      52_428_800,
      'Largest file that may be uploaded through the gateway as a form, in bytes, where `files.maxBytes` is not less.',
    ),
    quotaBytes: key(wholeNumber(0, Number.MAX_SAFE_INTEGER), 10_737_418_240, 'Bytes that the files of one user may take; 0 sets no limit.'),
    maxPending: key(count, 100, 'Uploads that one user may have begun and not finished.'),
    uploadLifetimeSeconds: key(wholeNumber(1, weekInSeconds), 3_600, 'Seconds in which an upload has to be finished.'),
    unusedLifetimeSeconds: key(
      wholeNumber(1, tenYearsInSeconds),
      86_400,
      'Seconds after which a file is deleted that no message and no avatar uses.',
    ),
    linkLifetimeSeconds: key(wholeNumber(1, weekInSeconds), 300, 'Seconds that a link to a file is valid.'),
  },
  allowedOrigins: key(
    listOf(origin),
    [],
    'Origins of web pages on other hosts that may connect; the own host and programs that send no origin always may.',
    'ALLOWED_ORIGINS',
  ),
  trustedProxies: key(
    listOf(network),
    [],
    'Addresses or networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.',
    'TRUSTED_PROXIES',
  ),
  drainMs: key(wholeNumber(0, 600_000), 2_000, 'Milliseconds over which a stopping gateway hands its connections over to others.'),
  shutdownGraceMs: key(wholeNumber(0, 600_000), 10_000, 'Milliseconds that a stopping process gives its connections to move elsewhere.'),
  logLevel: key(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Least severe level that is logged.',
    'LOG_LEVEL',
  ),
};

type Values<S> = { readonly [K in keyof S]: S[K] extends Leaf<infer T> ? T : Values<S[K]> };

/** The whole configuration, nested as in `config.yml`. What {@link ConfigKey.doc} says about a key holds for its field. */
export type Config = Values<typeof schema>;

type Paths<S> = { [K in keyof S & string]: S[K] extends Leaf<unknown> ? K : `${K}.${Paths<S[K]>}` }[keyof S & string];

/** The name of a key in `config.yml`, with a dot between group and key. */
export type ConfigPath = Paths<typeof schema>;

/** One key of the schema as data. `env` lists every environment name it answers to, the short ones first. */
export interface ConfigKey {
  readonly path: ConfigPath;
  readonly env: readonly string[];
  readonly kind: Kind<unknown>;
  readonly fallback: unknown;
  readonly doc: string;
}

/** The variables that start so belong to the configuration; one that no key answers to is reported. */
export const ENV_PREFIX = 'PARLEY_';

/** Every key, in the order of the schema. */
export const configKeys: readonly ConfigKey[] = [...leaves(schema, '')];

/** The names of mappings in `config.yml` that hold keys, such as `auth`. */
export const configGroups: readonly string[] = [
  ...new Set(configKeys.flatMap(({ path }) => (path.includes('.') ? [path.slice(0, path.lastIndexOf('.'))] : []))),
];

/** The value of a key. */
export function valueAt(config: Config, path: ConfigPath): unknown {
  return path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config);
}

/** Puts values by path into the nested form, frozen. Every key must have a value of its kind. */
export function nestedConfig(values: ReadonlyMap<string, unknown>): Config {
  return nest(schema, '', values) as Config;
}

interface Group {
  readonly [name: string]: Leaf<unknown> | Group;
}

function isLeaf(node: Leaf<unknown> | Group): node is Leaf<unknown> {
  return 'kind' in node && 'fallback' in node;
}

function* leaves(group: Group, prefix: string): Iterable<ConfigKey> {
  for (const [name, node] of Object.entries(group)) {
    const path = prefix + name;
    if (isLeaf(node)) {
      const { kind, fallback, doc, aliases } = node;
      yield { path: path as ConfigPath, env: [...aliases, ENV_PREFIX + upperSnake(path)], kind, fallback, doc };
    } else yield* leaves(node, `${path}.`);
  }
}

function nest(group: Group, prefix: string, values: ReadonlyMap<string, unknown>): object {
  const entries = Object.entries(group).map(([name, node]) => {
    const path = prefix + name;
    const value = isLeaf(node) ? values.get(path) : nest(node, `${path}.`, values);
    return [name, Array.isArray(value) ? Object.freeze([...(value as unknown[])]) : value];
  });
  return Object.freeze(Object.fromEntries(entries) as object);
}

function upperSnake(path: string): string {
  return path
    .replaceAll('.', '_')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toUpperCase();
}
