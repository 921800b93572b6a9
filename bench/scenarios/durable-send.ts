import { join } from 'node:path';
import { spendingBy } from '../cpu';
import type { Asking, SendersLoad } from '../load/senders';
import { measure } from '../measure';
import { startGateway } from '../peers/parley';
import { type Bench, type CaseResult, type Contestant, type Scenario, type Target, cpu } from '../scenario';

const senders = 200;

/** A quick run leaves out what `durable-log` has too. */
const kinds: readonly { readonly name: string; readonly asking: Asking; readonly quick: boolean }[] = [
  { name: '1 hot conversation', asking: 'hot', quick: true },
  { name: '1,000 conversations', asking: 'many', quick: false },
];

/** The ack of a `ping` takes the same way through the same server, without a store; what the store's own server uses counts as ours. */
const againstPing: Target = { atLeast: 1 / 3 };

/** Sends over WebSockets, each acked when it is committed: CPU per ack of gateway and store, beside an ack that stores nothing. */
export const durableSend: Scenario = {
  name: 'durable-send',
  title: 'through the whole path: 200 WebSocket senders, each with one message in flight, SQLite and MariaDB',
  run: async (bench) => {
    bench.progress('durable send: connecting');
    const { server, pid } = await bench.services.mariadb();
    const entered = await Promise.all([enter(bench, 'SQLite', ''), enter(bench, 'MariaDB', await server.database(), pid)]);
    const results: CaseResult[] = [];
    for (const one of entered) results.push(...(await casesOf(bench, one)));
    return results;
  },
};

/** `storePid` is of the store's server, if it has one. */
async function enter(bench: Bench, store: string, url: string, storePid?: number) {
  const gateway = await startGateway(bench, senders, url);
  const load = bench.children.module<SendersLoad>(join(__dirname, '../load/senders.ts'));
  await load.peer.ask('connect', { address: gateway.address, count: senders });
  return { store, storePid, gateway, load };
}

async function casesOf(bench: Bench, { store, storePid, gateway, load }: Awaited<ReturnType<typeof enter>>): Promise<CaseResult[]> {
  const pids = { gateway: [gateway.pid], store: storePid === undefined ? [] : [storePid], load: [load.peer.pid] };
  const contestant = (name: string, asking: Asking, target?: Target): Contestant => ({
    name,
    ...(target ? { target } : {}),
    inspector: gateway.inspector,
    round: async (seconds) => {
      const { result, us, seconds: elapsed } = await spendingBy(pids, () => load.peer.ask('run', { asking, seconds }));
      const { acks, p50, p99 } = result;
      return {
        cost: (us.gateway + us.store) / acks,
        ...(storePid === undefined ? {} : { ofStore: us.store / acks }),
        perSecond: acks / result.seconds,
        p50,
        p99,
        loadShare: us.load / 1_000_000 / elapsed,
      };
    },
  });
  const results: CaseResult[] = [];
  for (const { name, asking } of kinds.filter(({ quick }) => quick || !bench.options.quick)) {
    const about = { name: `durable send, ${store}, 200 sockets, ${name}`, unit: 'ack', cost: cpu };
    results.push(await measure(bench, about, [contestant('Parley', asking), contestant('ping, no store', 'ping', againstPing)]));
  }
  await bench.children.stop(load.child);
  await bench.children.stop(gateway.child);
  return results;
}
