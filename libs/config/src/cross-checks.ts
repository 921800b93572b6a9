import { badValue } from './config-error';
import { type Settled } from './layer';
import { MASK } from './mask';
import { type Config, nestedConfig } from './schema';
import { MIN_CALLBACK_SECRET_LENGTH, secretWeakness } from './secret-strength';

/** A rule between keys: the line names the key `path`, whose value breaks it. */
interface Rule {
  readonly path: string;
  broken(config: Config): boolean;
  shown(config: Config): string;
  expects(config: Config): string;
}

const mostBytesOfAnObject = 5_368_709_120;

const rules: readonly Rule[] = [
  {
    path: 'maxPayloadBytes',
    broken: (config) => config.maxPayloadBytes >= config.maxFrameBytes,
    shown: ({ maxPayloadBytes }) => String(maxPayloadBytes),
    expects: (config) => `less than maxFrameBytes, which is ${config.maxFrameBytes}`,
  },
  {
    path: 'databaseReplicaUrls',
    broken: (config) => config.databaseReplicaUrls.length > 0 && !config.databaseUrl.startsWith('mysql:'),
    shown: ({ databaseReplicaUrls }) => `${databaseReplicaUrls.length} URLs`,
    expects: () => 'an empty list unless databaseUrl is a mysql:// URL',
  },
  {
    path: 'kafka.saslMechanism',
    broken: ({ kafka }) => kafka.saslMechanism !== 'none' && kafka.username === '',
    shown: ({ kafka }) => kafka.saslMechanism,
    expects: () => 'none unless kafka.username is set',
  },
  {
    path: 'kafka.username',
    broken: ({ kafka }) => kafka.saslMechanism === 'none' && kafka.username !== '',
    shown: ({ kafka }) => kafka.username,
    expects: () => 'nothing unless kafka.saslMechanism says how to log in',
  },
  {
    path: 'objectStorage.secretAccessKey',
    broken: ({ objectStorage }) => (objectStorage.accessKeyId === '') !== (objectStorage.secretAccessKey === ''),
    shown: ({ objectStorage }) => (objectStorage.secretAccessKey === '' ? 'nothing' : MASK),
    expects: () => 'both objectStorage.accessKeyId and objectStorage.secretAccessKey, or neither',
  },
  {
    path: 'files.maxBytes',
    // What one PUT may bring and one copy may move.
    broken: ({ objectStorage, files }) => objectStorage.bucket !== '' && files.maxBytes > mostBytesOfAnObject,
    shown: ({ files }) => String(files.maxBytes),
    expects: () => `at most ${mostBytesOfAnObject} (5 GiB) while objectStorage.bucket is set`,
  },
];

/** A line for every rule between keys that the settled values break. */
export function brokenRules({ values, places }: Settled): string[] {
  const config = nestedConfig(values);
  return rules
    .filter((rule) => rule.broken(config))
    .map((rule) => badValue(rule.path, rule.shown(config), places.get(rule.path) ?? '', rule.expects(config)));
}

/** Lines about settings of several gateways that fit one by one but not together. */
export function doubtfulTogether(
  config: Config,
  { secretGenerated, keepsFiles }: { secretGenerated: boolean; keepsFiles: boolean },
): string[] {
  const { databaseUrl, redisUrl, objectStorage } = config;
  const shared = databaseUrl.startsWith('mysql:');
  return [
    ...(shared && secretGenerated
      ? ['config: jwtSecret is not set: gateways on one database refuse the tokens of each other without the same JWT_SECRET']
      : []),
    ...(redisUrl !== '' && !shared
      ? ['config: redisUrl is set, but an embedded database is not shared: set databaseUrl too, or this gateway stays alone']
      : []),
    ...(redisUrl !== '' && shared && keepsFiles && objectStorage.bucket === '' && !objectStorage.sharedFolder
      ? [
          'config: objectStorage.bucket is not set: FILES UPLOADED TO ONE GATEWAY ARE MISSING AT THE OTHERS, unless <dataDir>/blobs is one folder ' +
            'for all of them; then say so with OBJECT_STORAGE_SHARED_FOLDER=true',
        ]
      : []),
  ];
}

/** The line about a `jwtSecret` that production lacks. */
export const MISSING_SECRET =
  'config: jwtSecret is not set: expected JWT_SECRET with at least 32 characters in production (NODE_ENV=production)';

/** A line for every secret that others sign with, or did, and that is given and too weak for production. */
export function weakSecrets({ values, places }: Settled): string[] {
  const { jwtSecret, jwtPreviousSecrets, objectStorage } = nestedConfig(values);
  const weak = (path: string, secret: string, place: string | undefined, least?: number) => {
    const weakness = secretWeakness(secret, least);
    return weakness === undefined ? [] : [badValue(path, MASK, place ?? '', weakness)];
  };
  const callback = { path: 'objectStorage.callbackSecret', secret: objectStorage.callbackSecret };
  return [
    ...(jwtSecret === '' ? [] : weak('jwtSecret', jwtSecret, places.get('jwtSecret'))),
    ...jwtPreviousSecrets.flatMap((secret, i) => weak(`jwtPreviousSecrets[${i}]`, secret, places.get('jwtPreviousSecrets'))),
    ...(callback.secret === '' ? [] : weak(callback.path, callback.secret, places.get(callback.path), MIN_CALLBACK_SECRET_LENGTH)),
  ];
}
