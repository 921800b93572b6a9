import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spendingBy } from '../cpu';
import type { MembersLoad } from '../load/members';
import { survey } from '../measure';
import { type CrowdGroup, ParleyCrowds, type StoreUse, userOf } from '../peers/parley-crowds';
import type { Peer } from '../rpc';
import type { Bench, Contestant, Figures, Scenario, SurveyResult, SurveyRow } from '../scenario';
import { median } from '../statistics';
import { thousands } from '../text';

/** How large everything is. The first size is the large group; `walked` groups have all who are online as members. */
const plans = {
  quick: { sizes: [20_000, 1_000, 10], online: 600, subscribed: 200, walked: 80, rounds: 1, walkSeconds: 2 },
  full: { sizes: [1_000_000, 100_000, 1_000, 10], online: 5_000, subscribed: 2_000, walked: 40, rounds: undefined, walkSeconds: 5 },
};
type Plan = (typeof plans)['quick' | 'full'];

/** Those who send from the gateway that is apart: the first users, who are in every group. */
const senders = 10;
const messagesPerSecond = 200;
/** A burst, shorter than the second in which what is said is gathered. */
const burst = { messages: 10, ms: 400 };
/** How long a nudge too many is waited for: gathered for a second, found by the next look. */
const quietMs = 1_800;
const singles = 8;
/** A consumer that is stopped for longer loses its place. */
const longestPauseSeconds = 4;
const withinFifth = 1.2;

const sendRows: readonly SurveyRow[] = [
  { title: 'statements/send', figures: ['statements'] },
  { title: 'rows written/send', figures: ['rows'] },
  { title: 'ack, ms: p50 / p99', figures: ['p50', 'p99'] },
  { title: 'gateway, CPU µs/send', figures: ['gatewayUs'] },
  { title: 'MariaDB, CPU µs/send', figures: ['storeUs'] },
];

const sendTargets: readonly SurveyRow[] = [
  { title: 'statements and rows, times those of 10 members', figures: ['countRatio'], atMost: 1 },
  { title: 'CPU, times that of 10 members', figures: ['cpuRatio'], atMost: withinFifth },
];

const burstRows: readonly SurveyRow[] = [
  { title: 'delivery to subscribers, ms: p50 / p99 / max', figures: ['p50', 'p99', 'max'] },
  { title: 'ack, ms: p50 / p99', figures: ['ackP50', 'ackP99'] },
  { title: 'nudges of a burst to one member: most', figures: ['most'], atMost: 1 },
  { title: 'nudges of a burst to one member: fewest', figures: ['least'] },
  { title: 'from the last message to the nudges, ms: first / last', figures: ['firstMs', 'lastMs'] },
];

const walkRows: readonly SurveyRow[] = [
  { title: 'members/s', figures: ['membersPerSecond'] },
  { title: 'nudges/s', figures: ['nudgesPerSecond'] },
  { title: 'jobs that wait', figures: ['lag'] },
  { title: 'consumers, CPU µs/member', figures: ['consumerUs'] },
  { title: 'MariaDB / Redis / gateways, CPU µs/member', figures: ['mariadbUs', 'redisUs', 'gatewayUs'] },
  { title: 'CPU share: consumers / all servers / load', figures: ['consumerShare', 'serverShare', 'loadShare'] },
];

const besideRows: readonly SurveyRow[] = [
  { title: 'gateway, CPU µs/send', figures: ['gatewayUs'] },
  { title: 'MariaDB, CPU µs/send', figures: ['storeUs'] },
  { title: 'both, times those with the consumer at rest', figures: ['ratio'], atMost: withinFifth },
  { title: 'ack, ms: p50 / p99 / max', figures: ['p50', 'p99', 'max'] },
  { title: 'members/s meanwhile', figures: ['membersPerSecond'] },
];

/** What a message to a very large group costs its sender, who hears of it when, and what that does to everybody else. */
export const largeGroup: Scenario = {
  name: 'large-group',
  title: 'groups of up to 1,000,000 members, 5,000 of them online on three gateways, with MariaDB, Redis, Kafka and group consumers',
  consumers: true,
  run: async (bench) => {
    const plan = plans[bench.options.quick ? 'quick' : 'full'];
    const world = await enter(bench, plan);
    const fewer = { ...bench, options: { ...bench.options, rounds: plan.rounds ?? bench.options.rounds } };
    const results = [await sends(fewer, world, plan)];
    // Not before: what messages cost by themselves was to be seen, not what it costs to deliver them.
    for (const groupId of [nameOf(plan.sizes[0] ?? 0), 'hearers']) await world.crowd.ask('subscribe', { groupId, count: plan.subscribed });
    bench.progress('large group: starting a consumer');
    await world.crowds.startConsumer();
    await world.crowds.calm();
    results.push(await bursts(fewer, world, plan));
    bench.progress('large group: filling the queue');
    await world.crowd.ask('pump', { groupIds: world.walked });
    const one = await walks(fewer, world, plan, 'one consumer');
    const beside = await besides(fewer, world);
    bench.progress('large group: starting another consumer');
    await world.crowds.startConsumer();
    const two = await walks(fewer, world, plan, 'two consumers');
    results.push({ ...one, systems: [...one.systems, ...two.systems] }, beside);
    await world.crowd.ask('rest', null);
    await world.stop();
    return results;
  },
};

interface World {
  readonly crowds: ParleyCrowds;
  /** The members who are online, on three gateways. */
  readonly crowd: Peer<MembersLoad>;
  /** Those who send, on the fourth one. */
  readonly few: Peer<MembersLoad>;
  /** Ids of the groups that keep consumers busy. */
  readonly walked: readonly string[];
  readonly stop: () => Promise<void>;
}

const nameOf = (size: number): string => `of-${size}`;

async function enter(bench: Bench, { sizes, online, subscribed, walked }: Plan): Promise<World> {
  const walkedIds = Array.from({ length: walked }, (_, index) => `walked-${index}`);
  const groups: CrowdGroup[] = [
    ...sizes.map((size) => ({ groupId: nameOf(size), size })),
    { groupId: 'hearers', size: senders + subscribed },
    // Larger than the number of those who are online, so that these are walked; without those who send.
    ...walkedIds.map((groupId) => ({ groupId, size: online + 100, from: senders + 1 })),
  ];
  const crowds = await ParleyCrowds.start(bench, groups);
  bench.progress(`large group: connecting ${thousands(online)} members`);
  const [crowd, few] = [0, 1].map(() => bench.children.module<MembersLoad>(join(__dirname, '../load/members.ts')));
  if (!crowd || !few) throw new Error('no load');
  const users = (from: number, count: number) => Array.from({ length: count }, (_, index) => userOf(from + index));
  await few.peer.ask('connect', { addresses: [crowds.apart.address], userIds: users(1, senders) });
  const addresses = crowds.gateways.map(({ address }) => address);
  await crowd.peer.ask('connect', { addresses, userIds: users(senders + 1, online) });
  const stop = async (): Promise<void> => {
    for (const { child } of [crowd, few]) await bench.children.stop(child);
    await crowds.stop();
  };
  return { crowds, crowd: crowd.peer, few: few.peer, walked: walkedIds, stop };
}

/** Messages at a pace from the gateway that is apart: what one costs there and in the store. */
async function sending({ crowds, few }: World, targets: readonly (string | null)[], seconds: number) {
  const before = await crowds.ownUse();
  const pids = { gateway: [crowds.apart.pid] };
  const { result, us } = await spendingBy(pids, () => few.ask('say', { targets, perSecond: messagesPerSecond, seconds }));
  const after = await crowds.ownUse();
  const { messages, ack } = result;
  return { ...ack, gatewayUs: us.gateway / messages, storeUs: (after.us - before.us) / messages };
}

async function sends(bench: Bench, world: World, { sizes }: Plan): Promise<SurveyResult> {
  const contestants = sizes.map((size) => ({
    name: thousands(size),
    inspector: world.crowds.apart.inspector,
    round: async (seconds: number): Promise<Figures> => {
      const counts = await countsOf(world, nameOf(size));
      return { ...counts, ...(await sending(world, [nameOf(size)], seconds)) };
    },
  }));
  const result = await survey(bench, 'large group, sends by members', [...sendRows, ...sendTargets], contestants);
  const ten = result.systems.at(-1)?.median ?? {};
  const sum = (figures: Figures, ...names: string[]) => names.reduce((total, name) => total + (figures[name] ?? NaN), 0);
  const ratio = (figures: Figures, ...names: string[]) => sum(figures, ...names) / sum(ten, ...names);
  const systems = result.systems.map((system) => {
    const { median } = system;
    const ratios = { countRatio: ratio(median, 'statements', 'rows'), cpuRatio: ratio(median, 'gatewayUs', 'storeUs') };
    return { ...system, median: { ...median, ...ratios } };
  });
  return { ...result, systems };
}

/** What one of several single messages in a row costs: all but the first one find a row in the outbox. */
async function countsOf({ crowds, few }: World, groupId: string): Promise<{ statements: number; rows: number }> {
  const uses: StoreUse[] = [await crowds.ownUse()];
  for (let single = 0; single < singles; single++) {
    await few.ask('say', { targets: [groupId], perSecond: messagesPerSecond, seconds: 0 });
    uses.push(await crowds.ownUse());
  }
  const each = (name: 'statements' | 'rows') => median(uses.slice(1).map((use, index) => use[name] - (uses[index]?.[name] ?? NaN)));
  return { statements: each('statements'), rows: each('rows') };
}

/** Bursts to the large group, and to one in which everybody has subscribed. */
async function bursts(bench: Bench, { crowd }: World, { sizes: [size = 0], subscribed }: Plan): Promise<SurveyResult> {
  const kinds = [
    { name: `${thousands(size)} members`, groupId: nameOf(size), nudged: true },
    { name: `${thousands(subscribed)}, all subscribed`, groupId: 'hearers', nudged: false },
  ];
  const contestants = kinds.map(({ name, groupId, nudged }) => ({
    name,
    fresh: true,
    round: async (): Promise<Figures> => {
      const { ack, delivery, nudges, nudgedAfter } = await crowd.ask('burst', {
        groupId,
        nudged,
        ...burst,
        quietMs: nudged ? quietMs : 0,
      });
      return {
        ...delivery,
        ackP50: ack.p50,
        ackP99: ack.p99,
        most: nudges?.most,
        least: nudges?.least,
        firstMs: nudgedAfter?.first,
        lastMs: nudgedAfter?.last,
      };
    },
  }));
  return survey(bench, `large group, bursts of ${burst.messages} messages, ${thousands(subscribed)} subscribers`, burstRows, contestants);
}

/** Consumers whose queue never gets empty. */
async function walks(bench: Bench, world: World, { walkSeconds, online }: Plan, name: string): Promise<SurveyResult> {
  const { crowds, crowd } = world;
  // Jobs wait, and each consumer has its share of them.
  for (let idle = true; idle; await sleep(200)) {
    const before = await crowds.metric('parley_fanout_members_total');
    await sleep(800);
    const after = await crowds.metric('parley_fanout_members_total');
    idle = after.some((members, index) => members <= (before[index] ?? 0));
  }
  const contestant: Contestant<Figures> = {
    name,
    fresh: true,
    round: async () => {
      const sums = async (...names: string[]) =>
        Promise.all(names.map(async (metric) => (await crowds.metric(metric)).reduce((sum, value) => sum + value, 0)));
      const counted = () => sums('parley_fanout_members_total', 'parley_fanout_nudges_total');
      const pids = {
        consumers: crowds.consumers.map(({ pid }) => pid),
        gateways: crowds.gateways.map(({ pid }) => pid),
        load: [crowd.pid],
        ...crowds.pids,
      };
      const [membersBefore = 0, nudgesBefore = 0] = await counted();
      const { us, seconds } = await spendingBy(pids, () => sleep(walkSeconds * 1_000));
      const [membersAfter = 0, nudgesAfter = 0] = await counted();
      const [lag] = await sums('parley_fanout_lag');
      const members = membersAfter - membersBefore;
      const share = (...spent: number[]) => spent.reduce((sum, one) => sum + one, 0) / 1_000_000 / seconds;
      return {
        membersPerSecond: members / seconds,
        nudgesPerSecond: (nudgesAfter - nudgesBefore) / seconds,
        lag,
        consumerUs: us.consumers / members,
        mariadbUs: us.mariadb / members,
        redisUs: us.redis / members,
        gatewayUs: us.gateways / members,
        consumerShare: share(us.consumers),
        serverShare: share(us.consumers, us.mariadb, us.redis, us.gateways),
        loadShare: share(us.load),
      };
    },
  };
  return survey(bench, `large group, work on a full queue: ${thousands(online)} members a job`, walkRows, [contestant]);
}

/** Sends to small conversations beside a consumer that works on a full queue, and while it is stopped. */
async function besides(bench: Bench, world: World): Promise<SurveyResult> {
  const { crowds } = world;
  const targets = [nameOf(10), null];
  const round = async (seconds: number): Promise<Figures> => {
    const total = async () => (await crowds.metric('parley_fanout_members_total'))[0] ?? 0;
    const [before, since] = [await total(), performance.now()];
    const figures = await sending(world, targets, Math.min(seconds * 2, longestPauseSeconds));
    return { ...figures, membersPerSecond: ((await total()) - before) / ((performance.now() - since) / 1_000) };
  };
  const paused = async (seconds: number): Promise<Figures> => {
    const child = crowds.consumers[0]?.child;
    child?.kill('SIGSTOP');
    try {
      await sleep(300);
      return await sending(world, targets, Math.min(seconds * 2, longestPauseSeconds));
    } finally {
      child?.kill('SIGCONT');
      await sleep(500);
    }
  };
  const contestants = [
    { name: 'consumer at full work', inspector: crowds.apart.inspector, round },
    { name: 'consumer at rest', round: paused },
  ];
  const name = `large group, ${messagesPerSecond} messages/s in small conversations`;
  const result = await survey(bench, name, besideRows, contestants);
  const [full, rest] = result.systems;
  const cost = (figures: Figures = {}) => (figures.gatewayUs ?? NaN) + (figures.storeUs ?? NaN);
  if (!full || !rest) return result;
  return { ...result, systems: [{ ...full, median: { ...full.median, ratio: cost(full.median) / cost(rest.median) } }, rest] };
}
