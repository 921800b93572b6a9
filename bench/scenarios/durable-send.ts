import { join } from 'node:path';
import { spending } from '../cpu';
import type { Asking, SendersLoad } from '../load/senders';
import { measure } from '../measure';
import { startGateway } from '../peers/parley';
import type { CaseResult, Contestant, Scenario, Target } from '../scenario';

const senders = 200;

const cases: readonly { readonly name: string; readonly asking: Asking }[] = [
  { name: 'durable send, 200 sockets, 1 hot conversation', asking: 'hot' },
  { name: 'durable send, 200 sockets, 1,000 conversations', asking: 'many' },
];

/** The ack of a `ping` takes the same way through the same server, without a store. */
const againstPing: Target = { atLeast: 1 / 3 };

/** Sends over WebSockets, each acked when it is committed: server CPU per ack, beside an ack that stores nothing. */
export const durableSend: Scenario = {
  name: 'durable-send',
  title: 'through the whole path: 200 WebSocket senders, each with one message in flight, SQLite',
  run: async (bench) => {
    bench.progress('durable send: connecting');
    const gateway = await startGateway(bench, senders);
    const load = bench.children.module<SendersLoad>(join(__dirname, '../load/senders.ts'));
    await load.peer.ask('connect', { address: gateway.address, count: senders });
    const contestant = (name: string, asking: Asking, target?: Target): Contestant => ({
      name,
      ...(target ? { target } : {}),
      inspector: gateway.inspector,
      round: async (seconds) => {
        const { result, serverUs, loadShare } = await spending(gateway.pid, load.peer.pid, () => load.peer.ask('run', { asking, seconds }));
        const { acks, p50, p99 } = result;
        return { cpuUs: serverUs / acks, perSecond: acks / result.seconds, p50, p99, loadShare };
      },
    });
    const results: CaseResult[] = [];
    for (const { name, asking } of cases) {
      results.push(await measure(bench, name, 'ack', [contestant('Parley', asking), contestant('ping, no store', 'ping', againstPing)]));
    }
    await bench.children.stop(load.child);
    await bench.children.stop(gateway.child);
    return results;
  },
};
