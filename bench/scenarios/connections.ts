import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldAfter } from '../allocations';
import { spending } from '../cpu';
import { Inspector } from '../inspector';
import type { ConnectionsLoad } from '../load/connections';
import { measure } from '../measure';
import type { Hot } from '../profiler';
import { fileLimit, memoryOf, openFilesOf } from '../memory';
import { type ConnectionPeer, connectionPeers } from '../peers/connections';
import type { Started } from '../peers/peer';
import type { Peer } from '../rpc';
import { type Bench, type Contestant, type Scenario, type Target, cpu, memory } from '../scenario';

const idleCount = { quick: 2_000, full: 10_000 };
/** Connected and ended before anything is measured, so that what a server needs once is not charged to connections. */
const firstComers = 1_000;
/** Rounds with a fresh server each; memory varies little. */
const idleRounds = { quick: 1, full: 3 };
/** Files that a process has open beside its connections, and more. */
const otherFiles = 200;

/** In a round; more are not held open at a time. */
const mostConnects = 5_000;
/** Whoever comes again within ten seconds is known without a read of the store; this many take longer than that. */
const connectUsers = { quick: 15_000, full: 40_000 };

const patienceSeconds = 60;

const idleLimitKb = 10;
const idleTargets: Readonly<Record<string, Target>> = { 'socket.io': { atMost: 0.65 } };
const connectTargets: Readonly<Record<string, Target>> = { 'socket.io': { atMost: 0.8 } };

/** Memory of the server per connection that does nothing. */
export const idle: Scenario = {
  name: 'idle',
  title: 'connections that do nothing, for Parley authenticated and with their users’ topics: memory of the server',
  run: async (bench) => {
    const pace = bench.options.quick ? 'quick' : 'full';
    const count = Math.min(idleCount[pace], fileLimit() - otherFiles);
    const name = `${count.toLocaleString('en')} idle connections`;
    const fewer = { ...bench, inspected: true, options: { ...bench.options, rounds: Math.min(bench.options.rounds, idleRounds[pace]) } };
    let hot: readonly Hot[] | undefined;
    bench.progress(`${name}: starting`);
    const started = new Map(await Promise.all(connectionPeers.map(async (peer) => [peer, await enter(fewer, peer, count)] as const)));
    const contestants = connectionPeers.map((peer, index): Contestant => {
      const target = idleTargets[peer.name];
      const round = async () => {
        const running = started.get(peer) ?? (await enter(fewer, peer, count));
        started.delete(peer);
        const { cost, held } = await idleRound(running, count, index === 0 && bench.options.profile);
        hot ??= held;
        return { cost };
      };
      return { name: peer.name, fresh: true, ...(target ? { target } : {}), round };
    });
    const result = await measure(fewer, { name, unit: 'connection', cost: memory, limit: idleLimitKb }, contestants);
    return [{ ...result, ...(hot ? { hot } : {}) }];
  },
};

async function idleRound({ server, load, stop }: Awaited<ReturnType<typeof enter>>, count: number, profiled: boolean) {
  const inspector = await Inspector.attach(server.inspector ?? '');
  const openSome = async (some: number) => {
    const opened = await load.ask('open', { count: some, seconds: patienceSeconds });
    if (opened !== some) throw new Error(`${opened} connections instead of ${some}`);
  };
  await whileOpen(server, load, () => openSome(firstComers));
  const before = await memoryOf(server.pid, inspector);
  const held = await (profiled ? heldAfter(inspector, () => openSome(count)) : openSome(count));
  const after = await memoryOf(server.pid, inspector);
  // Fails if one of them has ended meanwhile.
  await load.ask('close', null);
  inspector.close();
  await stop();
  return { cost: (after - before) / count, ...(held ? { held } : {}) };
}

/** CPU of the server per connection, from the TCP handshake to the first word that it says. */
export const connect: Scenario = {
  name: 'connect',
  title: 'connecting: for Parley an upgrade with a JWT, its session read from the store, and `connected` received',
  run: async (bench) => {
    bench.progress('connect: starting');
    const users = connectUsers[bench.options.quick ? 'quick' : 'full'];
    const entered = await Promise.all(connectionPeers.map(async (peer) => ({ peer, ...(await enter(bench, peer, users)) })));
    await Promise.all(
      entered.map(({ server, load }) => whileOpen(server, load, () => load.ask('open', { count: firstComers, seconds: patienceSeconds }))),
    );
    const contestants = entered.map(({ peer: { name }, server, load }): Contestant => {
      const target = connectTargets[name];
      return {
        name,
        ...(target ? { target } : {}),
        inspector: server.inspector,
        round: (seconds) => connectRound(server, load, seconds),
      };
    });
    const result = await measure(bench, { name: 'connect', unit: 'connection', cost: cpu }, contestants);
    for (const { stop } of entered) await stop();
    return [result];
  },
};

function connectRound(server: Started, load: Peer<ConnectionsLoad>, seconds: number) {
  const count = Math.min(mostConnects, fileLimit() - otherFiles);
  return whileOpen(server, load, async () => {
    const {
      result: opened,
      serverUs,
      loadShare,
      seconds: elapsed,
    } = await spending(server.pid, load.pid, () => load.ask('open', { count, seconds }));
    return { cost: serverUs / opened, perSecond: opened / elapsed, loadShare };
  });
}

/** Ends the connections that `work` opened, and waits until the server has noticed. */
async function whileOpen<T>({ pid }: Started, load: Peer<ConnectionsLoad>, work: () => Promise<T>): Promise<T> {
  const files = openFilesOf(pid);
  const result = await work();
  await load.ask('close', null);
  for (const deadline = performance.now() + patienceSeconds * 1_000; openFilesOf(pid) > files; await sleep(20)) {
    if (performance.now() > deadline) throw new Error('the server does not let go of connections that have ended');
  }
  return result;
}

async function enter(bench: Bench, peer: ConnectionPeer, users: number) {
  const server = await peer.start(bench, users);
  const load = bench.children.module<ConnectionsLoad>(join(__dirname, '../load/connections.ts'));
  await load.peer.ask('aim', { system: peer.name, address: server.address, users });
  const stop = async () => {
    await bench.children.stop(load.child);
    await bench.children.stop(server.child);
  };
  return { server, load: load.peer, stop };
}
