import type { RedisAddress, RedisHost } from '@app/kit';
import type { Redis } from 'ioredis';
import { type Installation, type Layout, askAny } from './redis-layout';

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

/**
 * The master that Sentinels name. It is left when it is no master any more, or when a Sentinel names another one: a master that was cut
 * off from the Sentinels does not know that it is none.
 */
export function sentinelInstallation({ hosts, login, db, master, sentinelLogin }: SentinelAddress): Installation {
  const named = (): Promise<RedisHost> =>
    askAny(hosts, sentinelLogin, async (sentinel) => {
      const answer = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master)) as [string, string] | null;
      if (!answer) throw new Error(`Sentinel knows no master with the name ${master}`);
      return { host: answer[0], port: Number(answer[1]) };
    });
  return {
    sharded: false,
    login: { ...login, db },
    find: async () => layoutOf(await named()),
    // Together: a master that hangs says nothing, but the Sentinels do.
    check: async ({ signature }, [client]) =>
      void (await Promise.all([isMaster(client as Redis), named().then(isStill(signature), silent)])),
  };
}

async function isMaster(client: Redis): Promise<void> {
  const [role] = (await client.call('ROLE')) as [string];
  if (role !== 'master') throw new Error(`the Redis that Sentinel names is a ${role}`);
}

function isStill(signature: string): (named: RedisHost) => void {
  return (named) => {
    if (layoutOf(named).signature !== signature) throw new Error('Sentinel has named another Redis');
  };
}

/** While no Sentinel can be asked, nothing says that the master is another. */
const silent = (): void => undefined;

function layoutOf(server: RedisHost): Layout {
  return { servers: [server], signature: `${server.host} ${server.port}`, partOf: () => 0 };
}
