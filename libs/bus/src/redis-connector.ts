import { type RedisAddress, type RedisHost, redisAddress } from '@app/kit';
import { type ClientEvents, RedisClient, type RedisRole } from './redis-client';
import { clusterInstallation } from './redis-cluster';
import { type Installation, oneServer } from './redis-layout';
import { sentinelInstallation } from './redis-sentinel';

/** Opens a client, a new one at each call, which connects at once. The bus asks again when a client has ended. */
export type RedisConnector = (role: RedisRole, events: ClientEvents) => RedisClient;

/**
 * Connects to what a URL of `redisUrlForms` (libs/kit) names: one server, the master of Sentinels, or a Cluster. Throws when the URL cannot
 * be read; the error does not contain it. Every `watchMs` a client asks whether its servers are still those that count.
 */
export function redisConnector(url: string, watchMs = 2_000): RedisConnector {
  const installation = installationAt(redisAddress(url));
  return (role, events) => new RedisClient(installation, role, events, watchMs);
}

function installationAt(address: RedisAddress): Installation {
  switch (address.kind) {
    case 'server':
      return oneServer(address.hosts[0] as RedisHost, { ...address.login, db: address.db });
    case 'sentinel':
      return sentinelInstallation(address);
    case 'cluster':
      return clusterInstallation(address);
  }
}
