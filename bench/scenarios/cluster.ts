import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spendingBy } from '../cpu';
import type { ClusterLoad, Spread } from '../load/cluster';
import { survey } from '../measure';
import { type Layout, ParleyCluster } from '../peers/parley-cluster';
import type { Peer } from '../rpc';
import { Services } from '../services';
import type { Bench, Contestant, Figures, Scenario, SurveyRow } from '../scenario';

const users = 60;
const messagesPerSecond = 200;
/** In the traffic from one gateway alone, which is all to the group: as many of these as in the mixed traffic. */
const groupMessagesPerSecond = messagesPerSecond / 2;
/** Rounds are this much longer than others: at this rate a second has few messages for a p99. */
const stretch = { quick: 1, full: 3 };
/** Long enough to see what gateways do every five seconds, where there is time. */
const idleSeconds = { quick: 2.5, full: 10 };

/** Those left out of a quick run need seconds to start. */
const layouts: readonly (Layout & { readonly name: string; readonly quick: boolean })[] = [
  { name: 'three gateways', gateways: 3, store: 'mariadb', quick: true },
  { name: 'one gateway', gateways: 1, store: 'mariadb', quick: false },
  { name: 'one, SQLite', gateways: 1, store: 'sqlite', quick: true },
];

const spread = (name: string): string[] => [`${name}P50`, `${name}P99`, `${name}Max`];

const rows: readonly SurveyRow[] = [
  { title: 'ack, ms: p50 / p99 / max', figures: spread('ack') },
  { title: 'delivery, same gateway, ms: p50 / p99 / max', figures: spread('near') },
  { title: 'delivery, other gateway, ms: p50 / p99 / max', figures: spread('far') },
  { title: 'what another gateway adds to a delivery, ms p50', figures: ['added'], atMost: 2 },
  { title: 'gateways, CPU µs/message', figures: ['gatewaysUs'] },
  { title: 'MariaDB, CPU µs/message', figures: ['mariadbUs'] },
  { title: 'Redis, CPU µs/message', figures: ['redisUs'] },
  { title: 'a receiving gateway, CPU µs/group message, 20 sockets', figures: ['receivingUs'] },
  { title: 'statements/message', figures: ['statements'] },
  { title: 'entries/flush', figures: ['entriesPerFlush'] },
  {
    title: 'idle: statements/s, CPU ms/s of gateways / MariaDB / Redis',
    figures: ['idleStatements', 'idleGateways', 'idleMariadb', 'idleRedis'],
  },
  { title: 'messages/s', figures: ['perSecond'] },
  { title: 'load: CPU share, frames late by ms p99', figures: ['loadShare', 'lateP99'] },
];

/** A few messages per second through several gateways: latencies, and what a message costs everywhere. */
export const cluster: Scenario = {
  name: 'cluster',
  title: `gateways on MariaDB (durable) and Redis: ${messagesPerSecond} messages/s, half to a group of ${users}, half c2c`,
  run: async (bench) => {
    const pace = bench.options.quick ? 'quick' : 'full';
    const chosen = layouts.filter(({ quick }) => quick || !bench.options.quick);
    bench.progress('cluster: starting');
    const entered = await Promise.all(chosen.map((layout, index) => enter(bench, layout, index)));
    bench.progress('cluster: idle');
    // Together, since each has processes of its own.
    const idle = await Promise.all(entered.map((one) => idleOf(one, idleSeconds[pace])));
    const contestants = entered.map((one, index) => contestant(one, idle[index] as Idle, stretch[pace]));
    const result = await survey(bench, `cluster, ${messagesPerSecond} messages/s`, rows, contestants);
    for (const { load, stop } of entered) {
      await load.ask('check', null);
      await stop();
    }
    return [result];
  },
};

interface Entered {
  readonly name: string;
  readonly cluster: ParleyCluster;
  readonly load: Peer<ClusterLoad>;
  readonly stop: () => Promise<void>;
}

async function enter(bench: Bench, layout: (typeof layouts)[number], index: number): Promise<Entered> {
  const { peer, child } = bench.children.module<ClusterLoad>(join(__dirname, '../load/cluster.ts'));
  // Two installations on one Redis would hear each other, and each sweeps its store while the other is measured.
  const services = index === 0 ? bench.services : new Services();
  const running = await ParleyCluster.start(bench, layout, users, services);
  await peer.ask('connect', { addresses: running.gateways.map(({ address }) => address), users });
  const stop = async () => {
    await bench.children.stop(child);
    await running.stop();
    if (services !== bench.services) await services.end();
  };
  return { name: layout.name, cluster: running, load: peer, stop };
}

type Role = 'sending' | 'others' | 'mariadb' | 'redis' | 'load';

/** The first gateway apart from the others, which only receive in a part of each round. */
function pidsOf({ cluster: { gateways, pids }, load }: Entered): Record<Role, readonly number[]> {
  const [sending = 0, ...others] = gateways.map(({ pid }) => pid);
  return { sending: [sending], others, ...pids, load: [load.pid] };
}

/** What an installation does when nobody writes, per second. */
interface Idle {
  readonly us: Readonly<Record<Role, number>>;
  readonly statements: number | undefined;
}

async function idleOf(one: Entered, seconds: number): Promise<Idle> {
  const { result: spent, statements } = await countingStatements(one, () => spendingBy(pidsOf(one), () => sleep(seconds * 1000)));
  const perSecond = Object.entries(spent.us).map(([role, us]) => [role, us / spent.seconds]);
  return { us: Object.fromEntries(perSecond) as Idle['us'], statements: statements && statements / spent.seconds };
}

async function countingStatements<T>({ cluster: running }: Entered, work: () => Promise<T>): Promise<{ result: T; statements?: number }> {
  const before = await running.statements();
  const result = await work();
  const after = await running.statements();
  // The second reading is one of them.
  return { result, ...(before !== undefined && after !== undefined ? { statements: after - before - 1 } : {}) };
}

function contestant(one: Entered, idle: Idle, stretched: number): Contestant<Figures> {
  const { cluster: running, load } = one;
  const several = running.gateways.length > 1;
  let seed = 0;
  return {
    name: one.name,
    inspector: running.gateways[0]?.inspector,
    round: async (seconds) => {
      const mixed = await mixedRound(one, idle, seconds * stretched, ++seed);
      if (!several) return mixed;
      const pacing = { traffic: 'from-first', perSecond: groupMessagesPerSecond, seconds: (seconds * stretched) / 2, seed } as const;
      const spent = await spendingBy(pidsOf(one), () => load.ask('run', pacing));
      const receivingUs = spent.us.others - idle.us.others * spent.seconds;
      return { ...mixed, receivingUs: receivingUs / (running.gateways.length - 1) / spent.result.messages };
    },
  };
}

/** CPU and statements are those above idle. */
async function mixedRound(one: Entered, idle: Idle, seconds: number, seed: number): Promise<Figures> {
  const { cluster: running, load } = one;
  const pacing = { traffic: 'mixed', perSecond: messagesPerSecond, seconds, seed } as const;
  const before = await running.flushed();
  const { result: spent, statements } = await countingStatements(one, () => spendingBy(pidsOf(one), () => load.ask('run', pacing)));
  const after = await running.flushed();
  const { messages, ack, near, far, late, seconds: elapsed } = spent.result;
  const above = (...roles: Role[]) => roles.reduce((sum, role) => sum + spent.us[role] - idle.us[role] * spent.seconds, 0) / messages;
  const stored = running.pids.mariadb.length > 0;
  if (after.entries - before.entries !== messages) throw new Error(`${messages} messages, ${after.entries - before.entries} entries`);
  return {
    ...spreadFigures('ack', ack),
    ...spreadFigures('near', near),
    ...(far ? { ...spreadFigures('far', far), added: far.p50 - near.p50 } : {}),
    gatewaysUs: above('sending', 'others'),
    ...(stored ? { mariadbUs: above('mariadb'), redisUs: above('redis') } : {}),
    ...(statements !== undefined ? { statements: (statements - (idle.statements ?? 0) * spent.seconds) / messages } : {}),
    entriesPerFlush: messages / (after.flushes - before.flushes),
    ...(idle.statements !== undefined ? { idleStatements: idle.statements } : {}),
    idleGateways: (idle.us.sending + idle.us.others) / 1_000,
    ...(stored ? { idleMariadb: idle.us.mariadb / 1_000, idleRedis: idle.us.redis / 1_000 } : {}),
    perSecond: messages / elapsed,
    loadShare: spent.us.load / 1_000_000 / spent.seconds,
    lateP99: late.p99,
  };
}

const spreadFigures = (name: string, { p50, p99, max }: Spread): Figures => ({
  [`${name}P50`]: p50,
  [`${name}P99`]: p99,
  [`${name}Max`]: max,
});
