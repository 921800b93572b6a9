import { redisAddress } from '@app/kit';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/**
 * Opens a client and connects it at once, a new one at each call. It must keep nothing for later and not come back by itself:
 * `limiterClientOptions` see to that. The limiter asks again when a client has failed.
 */
export type LimiterConnector = () => LimiterClient;

/** What the limiter needs of a client of ioredis, whether it speaks to one server or to a Cluster. */
export type LimiterClient = Pick<Redis, 'eval' | 'evalsha' | 'disconnect'> & {
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'ready' | 'end', listener: () => void): unknown;
  /** Where being ready does not mean that questions are answered at once: resolves when they are. */
  warm?(): Promise<unknown>;
};

/** What the limiter needs of any connection to a server. */
const limiterClientOptions = {
  lazyConnect: false,
  // A decision that comes late is worth nothing.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  retryStrategy: null,
  protocol: 2,
  enableReadyCheck: false,
  disableClientInfo: true,
  // How long a server that hangs may keep a connection half closed.
  disconnectTimeout: 100,
} satisfies RedisOptions & { disconnectTimeout: number };

/** How long one Sentinel or node may take to connect, in milliseconds: the others are there too. */
const connectTimeout = 900;

/**
 * Connects to what a URL of `redisUrlForms` (libs/kit) names: one server, the master of Sentinels, or a Cluster. Throws when the URL cannot
 * be read; the error does not contain it. Others whose questions are worth nothing when they are answered late may use it under a name of
 * their own.
 */
export function limiterConnector(url: string, name = 'parley-limiter'): LimiterConnector {
  const address = redisAddress(url);
  // The name makes the connection visible in CLIENT LIST, and giving it is the command whose answer shows that the server serves.
  const clientOptions = { ...limiterClientOptions, connectionName: name };
  switch (address.kind) {
    case 'server': {
      const { hosts, login, db } = address;
      return () => new Redis({ ...hosts[0], ...login, db, ...clientOptions });
    }
    case 'sentinel': {
      const { hosts, login, db, master, sentinelLogin } = address;
      const options: RedisOptions = {
        ...login,
        ...clientOptions,
        db,
        name: master,
        sentinelUsername: sentinelLogin.username,
        sentinelPassword: sentinelLogin.password,
        sentinelTLS: sentinelLogin.tls,
        enableTLSForSentinelMode: sentinelLogin.tls !== undefined,
        sentinelRetryStrategy: null as never,
        sentinelCommandTimeout: connectTimeout,
        connectTimeout,
        // It asks for INFO, by which a server that is no master any more is known.
        enableReadyCheck: true,
      };
      return () => new Redis({ ...options, sentinels: byChance(hosts) });
    }
    case 'cluster': {
      const { hosts, login } = address;
      const { lazyConnect, retryStrategy, ...redisOptions } = clientOptions;
      return () => {
        const cluster = new Cluster([...hosts], {
          lazyConnect,
          // A node that is met later is connected to by its first question; without a queue the second one would be refused.
          enableOfflineQueue: true,
          clusterRetryStrategy: retryStrategy,
          // Moved slots are followed; what has failed is not tried again.
          retryDelayOnFailover: 0,
          retryDelayOnClusterDown: 0,
          enableReadyCheck: false,
          slotsRefreshTimeout: connectTimeout,
          // Names stay names: certificates hold them, and one may have several addresses.
          dnsLookup: (host, found) => found(null, host),
          redisOptions: { ...login, ...redisOptions, connectTimeout },
        });
        // It connects to a node with the first question to it, and that takes longer than an answer may.
        return Object.assign(cluster, { warm: () => Promise.all(cluster.nodes('master').map((node) => node.ping())) });
      };
    }
  }
}

/** A client that begins with the first of a list would never come past one that hangs. */
function byChance<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
