import { randomBytes } from 'node:crypto';
import { inspected, inspectorLine } from '../inspector';
import type { Bench } from '../scenario';
import { seed, seedSessions } from './parley-seed';
import { parleyName, parleyWire } from './parley-wire';
import type { FanOutPeer, Started } from './peer';

const secret = randomBytes(32).toString('hex');
const ready = /Parley is listening on \S+:(\d+)/;

/** Starts a built gateway on a store that has what the benchmark needs: users and one group of them. Without a URL it is SQLite. */
export async function startGateway(bench: Bench, users: number, url = ''): Promise<Started> {
  const folder = bench.children.folder();
  return runGateway(bench, folder, await seed({ url, dataDir: folder }, users), { DATABASE_URL: url });
}

/** Starts a built gateway on an empty SQLite in which each user `u0`, `u1`, … has a session `s0`, `s1`, …. */
export async function startWithSessions(bench: Bench, users: number): Promise<Started> {
  const folder = bench.children.folder();
  await seedSessions({ url: '', dataDir: folder }, users);
  return runGateway(bench, folder, '');
}

/** Starts a built gateway in a folder, on a store that has the group. `env` comes on top of a free port, a secret and wide limits. */
export async function runGateway(
  { children, gateway, inspected: inspect }: Bench,
  folder: string,
  groupId: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const { child, match } = await children.program([...(inspect ? inspected : []), gateway], {
    cwd: folder,
    ready: inspect ? new RegExp(`${inspectorLine.source}[^]*${ready.source}`) : ready,
    env: { ...environment(folder), ...env },
  });
  const port = Number(match.at(-1));
  if (child.pid === undefined) throw new Error('the gateway is not running');
  return { child, pid: child.pid, address: { port, room: groupId, secret }, inspector: inspect ? match[1] : undefined };
}

/** Starts a built group consumer; its port is that of its metrics. */
export async function runConsumer({ children }: Bench, file: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const folder = children.folder();
  const { child, match } = await children.program([file], {
    cwd: folder,
    ready: /group consumer is up, health at http:\/\/localhost:(\d+)/,
    env: { ...environment(folder), CONSUMER_PORT: '0', ...env },
  });
  if (child.pid === undefined) throw new Error('the group consumer is not running');
  return { child, pid: child.pid, address: { port: Number(match[1]), room: '', secret } };
}

function environment(folder: string): Record<string, string> {
  const limit = '1000000';
  return {
    NODE_ENV: 'production',
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    JWT_SECRET: secret,
    LOG_LEVEL: 'warn',
    WSSendQPS: limit,
    WSSendBurst: limit,
    PARLEY_FRAMES_PER_SECOND: limit,
    PARLEY_FRAMES_BURST: limit,
  };
}

/** Parley: stored and sequenced in SQLite, through bus and hub to every subscriber. */
export const parley: FanOutPeer = {
  name: parleyName,
  wire: parleyWire,
  start: (bench, subscribers) => startGateway(bench, subscribers + 1),
};
