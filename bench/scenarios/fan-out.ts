import { join } from 'node:path';
import { spending, spendingBy } from '../cpu';
import { type Climb, type Climber, type Goal, type LadderResult, type Rung, climb } from '../ladder';
import type { FanOutLoad } from '../load/fan-out';
import type { Delivered, Pace } from '../load/room';
import { measure } from '../measure';
import { fanOutPeers } from '../peers/fan-out';
import type { FanOutPeer } from '../peers/peer';
import {
  type Absent,
  type Bench,
  type CaseResult,
  type Contestant,
  type Result,
  type Sample,
  type Scenario,
  type Target,
  cpu,
} from '../scenario';

const window = 64;
const pacedDeliveriesPerSecond = 20_000;
/** Where one message at a time, and the ladder, are measured. */
const usualSubscribers = 1_000;
/** Rounds are this much longer than others: in paced ones little CPU is spent, and the single ones of a quick ladder need a rate that has settled. */
const stretch = { paced: { quick: 1, full: 1.5 }, ladder: { quick: 1.75, full: 1 } };

/** Deliveries per second that are offered, one pace after the other: high enough for eight times what a fast machine's Socket.IO delivers. */
const ladderPaces = { quick: [100_000, 300_000, 1_000_000, 2_000_000], full: [50_000, 100_000, 300_000, 1_000_000, 2_000_000, 3_000_000] };
const ladderRounds = { quick: 1, full: 3 };
/** What is offered for so long before it is measured. */
const settlingSeconds = 0.3;

interface Targets {
  readonly window?: Readonly<Record<number, Target>>;
  readonly paced?: Readonly<Record<number, Target>>;
}

/** What has to be reached beside a peer, per kind of load and number of subscribers. */
const targets: Readonly<Record<string, Targets>> = {
  'socket.io': { window: { 1_000: { atLeast: 20 } }, paced: { 1_000: { atMost: 0.65 } } },
  'nats-server': { window: { 1_000: { atLeast: 2 }, 5_000: { atLeast: 2.5 } }, paced: { 1_000: { atMost: 0.75 } } },
};

const ladderGoals: readonly Goal[] = [
  { kind: 'holds', offered: 300_000 },
  { kind: 'sooner', offered: 300_000, peer: 'nats-server' },
  { kind: 'further', peer: 'socket.io', atLeast: 8 },
];

/** One publisher, many subscribers: server CPU per delivery, and how much a server keeps up with. */
export const fanOut: Scenario = {
  name: 'fan-out',
  title: 'one publisher, N subscribers of one group; 128-byte messages; for Parley stored and sequenced',
  run: async (bench) => {
    const absent = fanOutPeers.flatMap((peer) => {
      const why = peer.missing?.();
      return why === undefined ? [] : [{ name: peer.name, why }];
    });
    const results: Result[] = [];
    for (const subscribers of bench.options.subscribers) results.push(...(await resultsOf(bench, subscribers, absent)));
    return results;
  },
};

/** All systems stay up and connected for all rounds of a size; only one of them works at a time. */
async function resultsOf(bench: Bench, subscribers: number, absent: readonly Absent[]): Promise<Result[]> {
  bench.progress(`fan-out, ${subscribers}: connecting`);
  const present = fanOutPeers.filter(({ name }) => !absent.some((one) => one.name === name));
  const rooms = await Promise.all(present.map((peer) => RunningRoom.start(bench, peer, subscribers)));
  const usual = subscribers === usualSubscribers;
  const paces: Pace[] = [{ kind: 'window', size: window }];
  if (usual) paces.push({ kind: 'paced', messagesPerSecond: pacedDeliveriesPerSecond / subscribers });
  const results: Result[] = [];
  for (const pace of paces) results.push(await caseOf(bench, rooms, pace, absent));
  if (usual) results.push(await ladderOf(bench, rooms, absent));
  for (const room of rooms) await room.stop();
  return results;
}

function caseOf(bench: Bench, rooms: readonly RunningRoom[], pace: Pace, absent: readonly Absent[]): Promise<CaseResult> {
  const subscribers = rooms[0]?.subscribers ?? 0;
  const name = `fan-out, ${subscribers}, ${pace.kind === 'window' ? `window ${window}` : `paced ${pacedDeliveriesPerSecond}/s`}`;
  const contestants = rooms.map((room): Contestant => {
    const target = targets[room.name]?.[pace.kind]?.[subscribers];
    return {
      name: room.name,
      inspector: room.inspector,
      ...(target ? { target } : {}),
      round: (seconds) => room.run(pace, pace.kind === 'paced' ? seconds * stretch.paced[kindOf(bench)] : seconds),
    };
  });
  return measure(bench, { name, unit: 'delivery', cost: cpu, ...(absent.length > 0 ? { absent } : {}) }, contestants);
}

function ladderOf(bench: Bench, climbers: readonly RunningRoom[], absent: readonly Absent[]): Promise<LadderResult> {
  const kind = kindOf(bench);
  const plan: Climb = {
    name: `fan-out, ${usualSubscribers}, offered`,
    unit: 'delivery',
    paces: ladderPaces[kind],
    goals: ladderGoals,
    absent,
    rounds: Math.min(bench.options.rounds, ladderRounds[kind]),
    seconds: bench.options.seconds * stretch.ladder[kind],
  };
  return climb(bench, plan, climbers);
}

const kindOf = ({ options }: Bench): 'quick' | 'full' => (options.quick ? 'quick' : 'full');

/** One system with everybody connected. */
class RunningRoom implements Climber {
  private constructor(
    private readonly bench: Bench,
    private readonly peer: FanOutPeer,
    readonly subscribers: number,
    private running: Awaited<ReturnType<typeof connected>>,
  ) {}

  static async start(bench: Bench, peer: FanOutPeer, subscribers: number): Promise<RunningRoom> {
    return new RunningRoom(bench, peer, subscribers, await connected(bench, peer, subscribers));
  }

  get name(): string {
    return this.peer.name;
  }

  get inspector(): string | undefined {
    return this.running.server.inspector;
  }

  async run(pace: Pace, seconds: number): Promise<Sample> {
    const { server, load } = this.running;
    const { result, serverUs, loadShare } = await spending(server.pid, load.peer.pid, () => load.peer.ask('run', { pace, seconds }));
    return sampleOf(result, serverUs, loadShare, pace);
  }

  async step(offered: number, seconds: number): Promise<Rung> {
    const { server, load } = this.running;
    const asked = { messagesPerSecond: offered / this.subscribers, settling: settlingSeconds, seconds };
    const {
      result,
      us,
      seconds: taken,
    } = await spendingBy({ server: [server.pid], load: [load.peer.pid] }, () => load.peer.ask('offer', asked));
    const shareOf = (spent: number) => spent / 1_000_000 / taken;
    return { offered, ...result, serverShare: shareOf(us.server), loadShare: shareOf(us.load) };
  }

  async renew(): Promise<void> {
    await this.stop();
    this.running = await connected(this.bench, this.peer, this.subscribers);
  }

  async stop(): Promise<void> {
    await this.bench.children.stop(this.running.load.child);
    await this.bench.children.stop(this.running.server.child);
  }
}

async function connected(bench: Bench, peer: FanOutPeer, subscribers: number) {
  const server = await peer.start(bench, subscribers);
  const load = bench.children.module<FanOutLoad>(join(__dirname, '../load/fan-out.ts'));
  await load.peer.ask('connect', { system: peer.name, address: server.address, subscribers });
  return { server, load };
}

const sampleOf = ({ deliveries, seconds, p50, p99 }: Delivered, serverUs: number, loadShare: number, { kind }: Pace): Sample => ({
  cost: serverUs / deliveries,
  perSecond: deliveries / seconds,
  loadShare,
  ...(kind === 'paced' ? { p50, p99 } : {}),
});
