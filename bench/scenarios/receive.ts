import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { spendingBy } from '../cpu';
import type { Publisher } from '../load/publisher';
import { measure } from '../measure';
import type { Place, ReceivingHub } from '../peers/receiving-hub';
import type { Peer } from '../rpc';
import { type Bench, type CaseResult, type Sample, type Scenario, cpu } from '../scenario';

/** So many may be on their way: fewer than Redis lets wait for a subscriber. */
const underway = 4_096;

/** Before anything is measured: it takes that many until V8 has compiled for good what each of them goes through. */
const firstMessages = 100_000;

/** Messages of one group in a flush of a busy gateway; under load they are more. */
const busyFlush = 32;

/** How many messages of one group another gateway publishes in a turn, as those of one flush of its log; and what one may cost, in µs. */
const kinds: readonly { readonly together: number; readonly limit?: number; readonly quick: boolean }[] = [
  { together: busyFlush, limit: 3, quick: true },
  { together: 1, quick: false },
];

/** CPU of a gateway per message of another one, before the socket writes. */
export const receive: Scenario = {
  name: 'receive',
  title: 'a message of another gateway: Redis socket, bus, hub, one subscriber, up to the write, which is counted and not done',
  run: async (bench) => {
    bench.progress('receive: starting');
    const { hub, publisher, inspector, stop } = await enter(bench);
    const pids = { hub: [hub.pid], load: [publisher.pid] };
    let published = 0;
    const exchange = async (together: number): Promise<void> => {
      published += underway;
      const [came] = await Promise.all([
        hub.ask('reached', { messages: published }),
        publisher.ask('publish', { messages: underway, together }),
      ]);
      if (came !== published) throw new Error(`${came} messages came, ${published} were published`);
    };
    const round = async (together: number, seconds: number): Promise<Sample> => {
      const before = published;
      const { us, seconds: elapsed } = await spendingBy(pids, async () => {
        for (const until = performance.now() + seconds * 1_000; performance.now() < until;) await exchange(together);
      });
      const messages = published - before;
      return { cost: us.hub / messages, perSecond: messages / elapsed, loadShare: us.load / 1_000_000 / elapsed };
    };
    while (published < firstMessages) await exchange(busyFlush);
    const results: CaseResult[] = [];
    for (const { together, limit } of kinds.filter(({ quick }) => quick || !bench.options.quick)) {
      const name = `receive from another gateway, ${together} a flush`;
      const about = { name, unit: 'message', cost: cpu, ...(limit === undefined ? {} : { limit }) };
      results.push(await measure(bench, about, [{ name: 'Parley', inspector, round: (seconds) => round(together, seconds) }]));
    }
    await stop();
    return results;
  },
};

interface Entered {
  readonly hub: Peer<ReceivingHub>;
  readonly publisher: Peer<Publisher>;
  readonly inspector: string | undefined;
  readonly stop: () => Promise<void>;
}

async function enter({ children, services, inspected }: Bench): Promise<Entered> {
  const [maria, redis] = await Promise.all([services.mariadb(), services.redis()]);
  const place: Place = {
    databaseUrl: await maria.server.database(),
    redisUrl: redis.server.url,
    prefix: `${randomUUID()}:`,
    groupId: 'bench',
  };
  const path = join(__dirname, '../peers/receiving-hub.ts');
  const hub = inspected
    ? await children.inspectedModule<ReceivingHub>(path)
    : { ...children.module<ReceivingHub>(path), inspector: undefined };
  const publisher = children.module<Publisher>(join(__dirname, '../load/publisher.ts'));
  await hub.peer.ask('open', place);
  await publisher.peer.ask('open', place);
  const stop = async () => {
    await children.stop(publisher.child);
    await children.stop(hub.child);
  };
  return { hub: hub.peer, publisher: publisher.peer, inspector: hub.inspector, stop };
}
