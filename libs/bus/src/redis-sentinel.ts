import type { RedisAddress, RedisHost } from '@app/kit';
import type { Redis } from 'ioredis';
import { type Installation, type Layout, askAny } from './redis-layout';

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

/**
 * The master that Sentinels name. It is left when it is no master any more, or when a Sentinel names another one: a master that was cut
 * off from the Sentinels does not know that it is none.
 */
export function sentinelInstallation({ hosts, login, db, master, sentinelLogin }: SentinelAddress): Installation {
  const named = (some: readonly RedisHost[], signal?: AbortSignal): Promise<RedisHost> =>
    askAny(
      some,
      sentinelLogin,
      async (sentinel) => {
        const answer = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master)) as [string, string] | null;
        if (!answer) throw new Error(`Sentinel knows no master with the name ${master}`);
        return { host: answer[0], port: Number(answer[1]) };
      },
      signal,
    );
  const namedByMost = (signal?: AbortSignal): Promise<RedisHost> => most(hosts.map((host) => named([host], signal)));
  return {
    sharded: false,
    login: { ...login, db },
    find: async (signal) => layoutOf(await namedByMost(signal)),
    // Together: a master that hangs says nothing, but the Sentinels do. One Sentinel alone may be mistaken.
    check: async ({ signature }, [client]) => {
      const isOther = (host: RedisHost): boolean => layoutOf(host).signature !== signature;
      const sentinels = async (): Promise<void> => {
        if (isOther(await named(hosts)) && isOther(await namedByMost())) throw new Error(otherMaster);
      };
      await Promise.all([isMaster(client as Redis), sentinels().catch(loud)]);
    },
  };
}

const otherMaster = 'Sentinel has named another Redis';

/** While no Sentinel can be asked, nothing says that the master is another. */
function loud(error: Error): void {
  if (error.message === otherMaster) throw error;
}

/** What more than half say, as soon as they do, or else what most of those say who say something. Throws when nobody does. */
function most(answers: readonly Promise<RedisHost>[]): Promise<RedisHost> {
  return new Promise((resolve, reject) => {
    const votes = new Map<string, { readonly host: RedisHost; count: number }>();
    let failure = new Error('no Sentinel was asked');
    let missing = answers.length;
    const settled = (): void => {
      if (--missing > 0) return;
      const [first] = [...votes.values()].sort((one, other) => other.count - one.count);
      if (first) resolve(first.host);
      else reject(failure);
    };
    const vote = (host: RedisHost): void => {
      const { signature } = layoutOf(host);
      const told = votes.get(signature) ?? { host, count: 0 };
      votes.set(signature, told);
      if (++told.count * 2 > answers.length) resolve(host);
    };
    for (const answer of answers) void answer.then(vote, (error: Error) => void (failure = error)).then(settled);
  });
}

async function isMaster(client: Redis): Promise<void> {
  const [role] = (await client.call('ROLE')) as [string];
  if (role !== 'master') throw new Error(`the Redis that Sentinel names is a ${role}`);
}

function layoutOf(server: RedisHost): Layout {
  return { servers: [server], signature: `${server.host} ${server.port}`, partOf: () => 0 };
}
