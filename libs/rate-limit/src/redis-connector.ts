import { Redis, type RedisOptions } from 'ioredis';

/**
 * Opens a client and connects it at once, a new one at each call. It must keep nothing for later and not come back by itself:
 * `limiterClientOptions` see to that. The limiter asks again when a client has failed.
 */
export type LimiterConnector = () => LimiterClient;

/** What the limiter needs of a client of ioredis. */
export type LimiterClient = Pick<Redis, 'eval' | 'evalsha' | 'on' | 'once' | 'disconnect'>;

/** What the limiter needs of any client. */
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
  // It makes the connection visible in CLIENT LIST, and giving it is the command whose answer shows that the server serves.
  connectionName: 'parley-limiter',
} satisfies RedisOptions & { disconnectTimeout: number };

/**
 * Connects to one server: `redis://user:password@host:port/database`, or `rediss://` for TLS. Throws when the URL cannot be read; the
 * error does not contain it.
 */
export function limiterConnector(url: string): LimiterConnector {
  const options = optionsOf(url);
  return () => new Redis({ ...options, ...limiterClientOptions });
}

/** An error of ioredis without the command that it answers, which may be the one that brought the password. */
export function withoutSecrets(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return new Error(error.message.replace(/,? with args beginning with.*/s, '') || code || error.name);
}

function optionsOf(url: string): RedisOptions {
  if (URL.canParse(url)) {
    try {
      return new Redis(url, { lazyConnect: true }).options;
    } catch {
      // Told below, without the password.
    }
  }
  throw new Error('the URL of Redis cannot be read');
}
