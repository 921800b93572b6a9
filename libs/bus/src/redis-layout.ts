import type { RedisHost, RedisLogin } from '@app/kit';
import { Redis, type RedisOptions } from 'ioredis';

/** The servers that carry channels at present, and which of them carries which. */
export interface Layout {
  readonly servers: readonly RedisHost[];
  /** The same for the same servers with the same shares, whoever was asked. */
  readonly signature: string;
  /** The index of the server that carries a channel. */
  partOf(channel: string): number;
}

/** An installation of Redis, and how it tells its layout. */
export interface Installation {
  /** Whether each server carries a share of the channels, by SPUBLISH and SSUBSCRIBE. */
  readonly sharded: boolean;
  /** What every server is told at the start of a connection. */
  readonly login: RedisLogin & { readonly db?: number };
  /** Asks for the layout. Throws when nobody tells it. */
  find(signal: AbortSignal): Promise<Layout>;
  /**
   * Throws when the layout is not the present one any more, as far as its servers, to which `clients` are connected in their order, and
   * those who watch over them can say. Without it the layout never changes.
   */
  readonly check?: (layout: Layout, clients: readonly Redis[]) => Promise<void>;
}

/** One server. */
export function oneServer(server: RedisHost, login: Installation['login']): Installation {
  const layout: Layout = { servers: [server], signature: '', partOf: () => 0 };
  return { sharded: false, login, find: () => Promise.resolve(layout) };
}

/** Why a client of a Cluster ends that nodes of the Cluster contradict. */
export const anotherLayout = (): Error => new Error('the Redis Cluster has another layout');

/** How long somebody who is asked about the layout may take to connect, and then to answer, in milliseconds: the others are there too. */
const patienceMs = 1_500;

/**
 * Asks hosts, in an order of chance and on connections of their own, until one answers. Throws what the last one threw. Nobody is asked
 * any more once the signal is given.
 */
export async function askAny<T>(
  hosts: readonly RedisHost[],
  login: RedisLogin,
  ask: (client: Redis, host: RedisHost) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let failure: unknown = new Error('nobody was asked for the layout');
  const order = hosts.map((host) => ({ host, at: Math.random() })).sort((one, other) => one.at - other.at);
  for (const { host } of order) {
    if (signal?.aborted) break;
    const client = new Redis({ ...host, ...login, ...askingOptions });
    const giveUp = (): void => client.disconnect();
    signal?.addEventListener('abort', giveUp);
    // What fails says why itself.
    let reason: Error | undefined;
    client.on('error', (error: Error) => (reason ??= error));
    try {
      await client.connect();
      return await ask(client, host);
    } catch (error) {
      failure = reason ?? error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
      client.disconnect();
    }
  }
  throw failure;
}

const askingOptions = {
  lazyConnect: true,
  connectTimeout: patienceMs,
  commandTimeout: patienceMs,
  maxRetriesPerRequest: 0,
  retryStrategy: null,
  protocol: 2,
  enableReadyCheck: false,
  disableClientInfo: true,
  disconnectTimeout: 100,
  connectionName: 'parley-bus-layout',
} satisfies RedisOptions & { disconnectTimeout: number };
