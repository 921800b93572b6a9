import type { ConfigPath } from './schema';

/**
 * Where a key must have the same value: `everywhere` at all gateways and group consumers, `gateways` at all gateways, `own` nowhere in
 * particular. `why` is what goes wrong where values differ, and for `own` why they may.
 */
export interface Sharing {
  readonly scope: 'everywhere' | 'gateways' | 'own';
  readonly why: string;
}

const row = (scope: Sharing['scope']) => (why: string) => ({ scope, why });
const everywhere = row('everywhere');
const gateways = row('gateways');
const own = row('own');

const machine = 'What one process can carry depends on its machine.';
const heard = 'Who has another one is on another bus, and cannot be heard.';
const reached = 'Each instance may reach the brokers by a way of its own.';
const rule = 'What a user may do would depend on the instance that they reach.';
const bucket = 'Files that came by one instance would be missing at others.';
const login = 'Attempts are counted together, and each instance would count by a rule of its own.';

/**
 * What must be equal on every instance of one installation, and what may differ. What a user may do and see must not depend on the
 * instance that they reach; what a process needs where it runs is its own. A new key has to be decided about here.
 */
export const sharing: Readonly<Record<ConfigPath, Sharing>> = {
  port: own('Where an instance listens is its own.'),
  host: own('Where an instance listens is its own.'),
  dataDir: own('A folder of its machine.'),
  databaseUrl: own(`One database may have several addresses and users. ${heard}`),
  databaseReplicaUrls: own('Each instance may read from the replica that is near.'),
  redisUrl: own(`One Redis may have several addresses. ${heard}`),
  redisPrefix: own(heard),
  kafkaBrokers: own('Any broker leads to the others.'),
  'kafka.topic': everywhere('Members of groups would not be told what gateways with another topic handed over.'),
  'kafka.partitions': everywhere('The instance that starts first would decide.'),
  'kafka.replicationFactor': everywhere('The instance that starts first would decide.'),
  'kafka.groupId': own('Gateways do not use it. Consumers under two names do all work twice.'),
  'kafka.tls': own(reached),
  'kafka.saslMechanism': own(reached),
  'kafka.username': own(reached),
  'kafka.password': own(reached),
  consumerPort: own('Where an instance listens is its own.'),
  jwtSecret: everywhere('Tokens and links that one instance signed would be refused by others.'),
  jwtPreviousSecrets: gateways('Tokens of a former secret would be refused by some instances.'),
  tokenLifetimeSeconds: gateways('How long a login lasts would depend on the instance.'),
  'auth.autoProvision': gateways(rule),
  'auth.registration': gateways('Registration would be open as long as one instance has it so.'),
  'auth.loginFailuresPerMinute': gateways(login),
  'auth.loginsPerAddressPerMinute': gateways(login),
  'auth.registrationsPerAddressPerMinute': gateways(login),
  wsSendQPS: gateways('Sends are counted together, and each instance would count by a rule of its own.'),
  wsSendBurst: gateways('Sends are counted together, and each instance would count by a rule of its own.'),
  framesPerSecond: gateways(rule),
  framesBurst: gateways(rule),
  heartbeatMs: gateways('How soon a silent user counts as gone would depend on the instance.'),
  maxFrameBytes: gateways(rule),
  maxPayloadBytes: gateways('What one instance stored, an edit at another could refuse.'),
  maxBodyBytes: gateways(rule),
  maxFramesInFlight: own(machine),
  maxOutboxBytes: own(machine),
  maxConnectionsPerUser: gateways(rule),
  maxConnections: own(machine),
  maxSubscriptionsPerConnection: gateways(rule),
  recoveryLimit: gateways('How much a client has to page would depend on the instance.'),
  maxListItems: gateways(rule),
  maxGroupSize: gateways(rule),
  requireFriendship: gateways('Strangers could write by way of one instance.'),
  maxFriends: gateways(rule),
  maxFavorites: gateways(rule),
  friendRequestDays: gateways('When a request expires would depend on the instance that is asked.'),
  groupRequestDays: gateways('When a request expires would depend on the instance that is asked.'),
  groupNudgeMs: everywhere('How soon members are told would depend on the instance that has the turn.'),
  groupBatchSize: own(machine),
  groupBatchSleepMS: own(machine),
  presenceGroupSize: gateways(rule),
  recallWindowSeconds: gateways(rule),
  editWindowSeconds: gateways(rule),
  endingSweepMs: own('How often an instance looks, when it has the turn, is its own.'),
  logQueueLimit: own(machine),
  'objectStorage.endpoint': gateways(bucket),
  'objectStorage.region': gateways(bucket),
  'objectStorage.bucket': gateways(bucket),
  'objectStorage.prefix': gateways(bucket),
  'objectStorage.accessKeyId': gateways('What one key may do with a file, another may not.'),
  'objectStorage.secretAccessKey': gateways('The storage would refuse what some instances sign.'),
  'objectStorage.forcePathStyle': gateways('The storage would not be found by some instances.'),
  'objectStorage.publicBaseUrl': gateways('Clients could not reach the storage by what some instances sign.'),
  'objectStorage.callbackBaseUrl': gateways('Uploads would be sent, or reported, to different places.'),
  'objectStorage.callbackSecret': gateways('Reports of finished uploads would be refused by some instances.'),
  'objectStorage.sharedFolder': gateways('A folder that is not shared lacks what came by other instances.'),
  'files.maxBytes': gateways(rule),
  'files.maxUploadBytes': gateways(rule),
  'files.quotaBytes': gateways(rule),
  'files.maxPending': gateways(rule),
  'files.uploadLifetimeSeconds': gateways('One instance would sweep away what another still waits for.'),
  'files.unusedLifetimeSeconds': gateways('One instance would sweep away what another means to keep.'),
  'files.linkLifetimeSeconds': gateways('How long a link is valid would depend on the instance.'),
  allowedOrigins: gateways('A web page would connect by chance.'),
  trustedProxies: own('Other proxies may stand before each instance.'),
  drainMs: own(machine),
  shutdownGraceMs: own('Set by what supervises the process.'),
  logLevel: own('One instance may be looked at more closely.'),
};
