import { join } from 'node:path';
import { spending } from '../cpu';
import type { Delivered, FanOutLoad, Pace } from '../load/fan-out';
import { measure } from '../measure';
import { fanOutPeers } from '../peers/fan-out';
import type { FanOutPeer } from '../peers/peer';
import type { Bench, CaseResult, Contestant, Sample, Scenario, Target } from '../scenario';

const window = 64;
const pacedDeliveriesPerSecond = 20_000;
/** Where one message at a time is measured. */
const pacedSubscribers = 1_000;
/** Paced rounds are this much longer than others: little CPU is spent in them, and more noise. */
const pacedStretch = 1.5;

/** What has to be reached beside a peer, per kind of load. */
const targets: Readonly<Record<string, Partial<Record<Pace['kind'], { readonly subscribers: number; readonly target: Target }>>>> = {
  'socket.io': {
    window: { subscribers: 1_000, target: { atLeast: 20 } },
    paced: { subscribers: 1_000, target: { atMost: 0.65 } },
  },
};

/** One publisher, many subscribers: server CPU per delivery. */
export const fanOut: Scenario = {
  name: 'fan-out',
  title: 'one publisher, N subscribers of one group; 128-byte messages; for Parley stored and sequenced',
  run: async (bench) => {
    const results: CaseResult[] = [];
    for (const subscribers of bench.options.subscribers) results.push(...(await casesOf(bench, subscribers)));
    return results;
  },
};

interface Entered {
  readonly peer: FanOutPeer;
  readonly inspector: string | undefined;
  readonly run: (pace: Pace, seconds: number) => Promise<Sample>;
  readonly close: () => Promise<void>;
}

/** All systems stay up and connected for all rounds of a size; only one of them works at a time. */
async function casesOf(bench: Bench, subscribers: number): Promise<CaseResult[]> {
  bench.progress(`fan-out, ${subscribers}: connecting`);
  const entered = await Promise.all(fanOutPeers.map((peer) => enter(bench, peer, subscribers)));
  const paces: Pace[] = [{ kind: 'window', size: window }];
  if (subscribers === pacedSubscribers) paces.push({ kind: 'paced', messagesPerSecond: pacedDeliveriesPerSecond / subscribers });
  const results: CaseResult[] = [];
  for (const pace of paces) {
    const name = `fan-out, ${subscribers}, ${pace.kind === 'window' ? `window ${window}` : `paced ${pacedDeliveriesPerSecond}/s`}`;
    results.push(
      await measure(
        bench,
        name,
        'delivery',
        entered.map((one) => contestant(one, pace, subscribers)),
      ),
    );
  }
  for (const one of entered) await one.close();
  return results;
}

function contestant({ peer, inspector, run }: Entered, pace: Pace, subscribers: number): Contestant {
  const goal = targets[peer.name]?.[pace.kind];
  return {
    name: peer.name,
    inspector,
    ...(goal?.subscribers === subscribers ? { target: goal.target } : {}),
    round: (seconds) => run(pace, pace.kind === 'paced' ? seconds * pacedStretch : seconds),
  };
}

async function enter(bench: Bench, peer: FanOutPeer, subscribers: number): Promise<Entered> {
  const server = await peer.start(bench, subscribers);
  const load = bench.children.module<FanOutLoad>(join(__dirname, '../load/fan-out.ts'));
  await load.peer.ask('connect', { system: peer.name, address: server.address, subscribers });
  return {
    peer,
    inspector: server.inspector,
    run: async (pace, seconds) => {
      const { result, serverUs, loadShare } = await spending(server.pid, load.peer.pid, () => load.peer.ask('run', { pace, seconds }));
      return sampleOf(result, serverUs, loadShare, pace);
    },
    close: async () => {
      await bench.children.stop(load.child);
      await bench.children.stop(server.child);
    },
  };
}

const sampleOf = ({ deliveries, seconds, p50, p99 }: Delivered, serverUs: number, loadShare: number, { kind }: Pace): Sample => ({
  cpuUs: serverUs / deliveries,
  perSecond: deliveries / seconds,
  loadShare,
  ...(kind === 'paced' ? { p50, p99 } : {}),
});
