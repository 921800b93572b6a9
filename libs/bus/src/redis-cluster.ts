import type { RedisAddress, RedisHost } from '@app/kit';
import type { Redis } from 'ioredis';
import { type Installation, type Layout, anotherLayout, askAny } from './redis-layout';
import { slotCount, slotOf } from './redis-slot';

/** A range of slots with their nodes, the master first, as CLUSTER SLOTS tells it. */
type SlotRange = readonly [first: number, last: number, master: readonly [host: string | null, port: number, id: string]];

/**
 * The masters of a Cluster, each with its share of the channels. A layout holds only while every one of its masters tells the same: a
 * new master is voted for by most of them, so none that was replaced, cut off and unaware of it, can go unnoticed.
 */
export function clusterInstallation({ hosts, login }: Extract<RedisAddress, { kind: 'cluster' }>): Installation {
  return {
    sharded: true,
    login,
    find: (signal) => askAny(hosts, login, async (node, host) => layoutOf(await slotsOf(node), host), signal),
    check: async ({ signature, servers }, clients) => {
      const same = async (client: Redis, i: number): Promise<void> => {
        const told = layoutOf(await slotsOf(client), servers[i] as RedisHost);
        if (told.signature !== signature) throw anotherLayout();
      };
      // Whoever contradicts first ends it: one that hangs may be the one that was replaced.
      await Promise.all(clients.map(same));
    },
  };
}

async function slotsOf(node: Redis): Promise<readonly SlotRange[]> {
  return (await node.cluster('SLOTS')) as unknown as readonly SlotRange[];
}

function layoutOf(ranges: readonly SlotRange[], asked: RedisHost): Layout {
  const servers: RedisHost[] = [];
  const ids: string[] = [];
  const parts = new Int16Array(slotCount).fill(-1);
  for (const [first, last, [host, port, id]] of [...ranges].sort(([one], [other]) => one - other)) {
    let part = ids.indexOf(id);
    // A node that does not know its own address leaves it out.
    if (part < 0) part = servers.push({ host: host && host !== '?' ? host : asked.host, port }) && ids.push(id) - 1;
    parts.fill(part, first, last + 1);
  }
  if (parts.includes(-1)) throw new Error('slots of the Redis Cluster are without a master');
  const changes = [...parts.keys()].filter((slot) => parts[slot] !== parts[slot - 1]);
  return {
    servers,
    signature: changes.map((slot) => `${slot} ${ids[parts[slot] as number]}`).join(),
    partOf: (channel) => parts[slotOf(channel)] as number,
  };
}
