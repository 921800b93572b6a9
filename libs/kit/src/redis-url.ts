/** A host and its port. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** How one logs in at a server, shaped as ioredis takes it. */
export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
  /** Present for TLS. */
  readonly tls?: object;
}

/**
 * Where Redis is: one server, the master that Sentinels name, or a Cluster that any of its nodes describes. `login` is for the servers,
 * `sentinelLogin` for the Sentinels.
 */
export type RedisAddress =
  | { readonly kind: 'server'; readonly hosts: readonly RedisHost[]; readonly login: RedisLogin; readonly db: number }
  | {
      readonly kind: 'sentinel';
      readonly hosts: readonly RedisHost[];
      readonly login: RedisLogin;
      readonly db: number;
      readonly master: string;
      readonly sentinelLogin: RedisLogin;
    }
  | { readonly kind: 'cluster'; readonly hosts: readonly RedisHost[]; readonly login: RedisLogin };

/** The forms of a URL of Redis, in words. */
export const redisUrlForms =
  'redis://user:password@host:port/database, redis+sentinel://user:password@hosts/master, or redis+cluster://user:password@hosts, ' +
  'where hosts are host:port with commas between (rediss:// and so on for TLS)';

const shape = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const hostShape = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;
const dbShape = /^(?:0|[1-9]\d{0,3})$/;
const masterShape = /^[\w.-]+$/;
const usualPort = { server: 6379, sentinel: 26379, cluster: 6379 };

/** Reads a URL of one of the `redisUrlForms`; `undefined` when it is none. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const [whole, scheme = '', form = 'server', user, hostList = '', pathAndSlash = '', query] = shape.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const path = pathAndSlash.replace(/\/$/, '');
  const kind = form.toLowerCase() as RedisAddress['kind'];
  const tls = scheme.toLowerCase() === 'rediss' ? { tls: {} } : {};
  const hosts = hostList.split(',').map((host) => hostOf(host, usualPort[kind]));
  // One login is for all hosts; those of each host would be read as one password.
  const credentials = kind !== 'server' && user?.includes('@') ? undefined : credentialsOf(user);
  if (!credentials || !hosts.every((host) => host !== undefined)) return undefined;
  const servers = { ...credentials, ...tls };
  if (kind === 'sentinel') {
    const sentinel = sentinelCredentials(query);
    const [master = '', db = '0', ...rest] = path.split('/');
    if (!sentinel || !masterShape.test(master) || !dbShape.test(db) || rest.length > 0) return undefined;
    return { kind, hosts, login: servers, db: Number(db), master, sentinelLogin: { ...sentinel, ...tls } };
  }
  if (query) return undefined;
  // A Cluster has one database.
  if (kind === 'cluster') return path === '' ? { kind, hosts, login: servers } : undefined;
  if (hosts.length > 1 || (path !== '' && !dbShape.test(path))) return undefined;
  return { kind, hosts, login: servers, db: Number(path) };
}

/** Like `parseRedisUrl`, but throws; the error does not contain the URL. */
export function redisAddress(url: string): RedisAddress {
  const address = parseRedisUrl(url);
  if (!address) throw new Error('the URL of Redis cannot be read');
  return address;
}

function hostOf(text: string, usual: number): RedisHost | undefined {
  const [whole, v6, name, digits] = hostShape.exec(text) ?? [];
  const port = digits === undefined ? usual : Number(digits);
  return whole === undefined || port < 1 || port > 65_535 ? undefined : { host: (v6 ?? name) as string, port };
}

function credentialsOf(user: string | undefined): RedisLogin | undefined {
  const [, name, password] = /^([^:]*)(?::(.*))?$/s.exec(user ?? '') ?? [];
  return login(name, password);
}

/** `undefined` when there is a parameter that nobody knows. */
function sentinelCredentials(query: string | undefined): RedisLogin | undefined {
  const pairs = (query ? query.split('&') : []).map((pair) => /^([^=]*)=?(.*)$/s.exec(pair)?.slice(1) as [string, string]);
  const { sentinelUsername, sentinelPassword, ...unknown } = Object.fromEntries(pairs) as Record<string, string | undefined>;
  return Object.keys(unknown).length > 0 ? undefined : login(sentinelUsername, sentinelPassword);
}

function login(username: string | undefined, password: string | undefined): RedisLogin | undefined {
  try {
    return {
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
    };
  } catch {
    return undefined;
  }
}
