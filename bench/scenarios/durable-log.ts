import { join } from 'node:path';
import { spendingBy } from '../cpu';
import type { LogLoad, Method } from '../load/log-direct';
import { measure } from '../measure';
import { type Bench, type CaseResult, type Contestant, type Scenario, cpu } from '../scenario';

const senders = 200;
const conversationCounts = [1, 1_000] as const;
/** With many conversations. */
const leftOutWhenQuick = 'SQLite';

/** A store, the way of doing without group commit there, and how many times our CPU it has to need. */
interface Store {
  readonly name: string;
  readonly peer: Method;
  readonly targets: Readonly<Record<(typeof conversationCounts)[number], number>>;
  /** Where an empty one is; `pid` is of its server, if it has one. */
  readonly place: (bench: Bench) => Promise<{ readonly url: string; readonly pid?: number }>;
}

const stores: readonly Store[] = [
  { name: 'SQLite', peer: 'oneTransaction', targets: { 1: 5, 1_000: 5 }, place: () => Promise.resolve({ url: '' }) },
  {
    name: 'MariaDB',
    peer: 'oneTransactionOnMysql',
    targets: { 1: 8, 1_000: 4 },
    place: async ({ services }) => {
      const { server, pid } = await services.mariadb();
      return { url: await server.database(), pid };
    },
  },
];

/** Group commit against one transaction per message, without sockets: CPU per ack, of the process and of the store's server. */
export const durableLog: Scenario = {
  name: 'durable-log',
  title: 'the store alone, no sockets: 200 concurrent senders, SQLite and MariaDB, gapless seq, committed before the ack',
  run: async (bench) => {
    bench.progress('durable log: preparing');
    const asked = stores.flatMap((store) => conversationCounts.map((conversations) => ({ store, conversations })));
    const chosen = asked.filter((one) => !bench.options.quick || one.conversations === 1 || one.store.name !== leftOutWhenQuick);
    // Together: most of it is waiting for processes to start.
    const opened = await Promise.all(chosen.map((one) => openBoth(bench, one)));
    const results: CaseResult[] = [];
    for (const { name, ours, peer } of opened) {
      results.push(await measure(bench, { name, unit: 'ack', cost: cpu }, [ours.contestant, peer.contestant]));
      for (const one of [ours, peer]) await one.close();
    }
    return results;
  },
};

interface Asked {
  readonly store: Store;
  readonly conversations: (typeof conversationCounts)[number];
}

async function openBoth(bench: Bench, { store, conversations }: Asked) {
  const name = `durable log, ${store.name}, ${conversations === 1 ? '1 hot conversation' : '1,000 conversations'}`;
  const [ours, peer] = await Promise.all([
    open(bench, 'Parley', 'groupCommit', store, conversations),
    open(bench, 'one transaction each', store.peer, store, conversations),
  ]);
  const target = { atLeast: store.targets[conversations] };
  return { name, ours, peer: { ...peer, contestant: { ...peer.contestant, target } } };
}

async function open(
  bench: Bench,
  name: string,
  method: Method,
  store: Store,
  conversations: number,
): Promise<{ contestant: Contestant; close(): Promise<void> }> {
  const { children, inspected } = bench;
  const path = join(__dirname, '../load/log-direct.ts');
  const { peer, child, inspector } =
    inspected && method === 'groupCommit'
      ? await children.inspectedModule<LogLoad>(path)
      : { ...children.module<LogLoad>(path), inspector: undefined };
  const { url, pid } = await store.place(bench);
  await peer.ask('open', { method, input: { store: { url, dataDir: children.folder() }, conversations, senders } });
  const contestant: Contestant = {
    name,
    inspector,
    round: async (seconds) => {
      const pids = { process: [peer.pid], store: pid === undefined ? [] : [pid] };
      const { result, us } = await spendingBy(pids, () => peer.ask('run', { seconds }));
      const { acks, p50, p99 } = result;
      const cost = (us.process + us.store) / acks;
      return { cost, ...(pid === undefined ? {} : { ofStore: us.store / acks }), perSecond: acks / result.seconds, p50, p99 };
    },
  };
  const close = async () => {
    await peer.ask('check', null);
    await children.stop(child);
  };
  return { contestant, close };
}
