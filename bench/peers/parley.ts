import { randomBytes } from 'node:crypto';
import type { Bench } from '../scenario';
import { seed } from './parley-seed';
import { parleyName, parleyWire } from './parley-wire';
import type { FanOutPeer, Started } from './peer';

const secret = randomBytes(32).toString('hex');
const ready = /Parley is listening on \S+:(\d+)/;
const debugger_ = /Debugger listening on (ws:\S+)/;

/** Starts a built gateway on a data folder that has what the benchmark needs: users, one group of them, one c2c partner each. */
export async function startGateway(bench: Bench, users: number): Promise<Started> {
  const folder = bench.children.folder();
  return runGateway(bench, folder, await seed({ url: '', dataDir: folder }, users));
}

/** Starts a built gateway in a folder, on a store that has the group. `env` comes on top of a free port, a secret and wide limits. */
export async function runGateway(
  { children, gateway, options }: Bench,
  folder: string,
  groupId: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const limit = '1000000';
  const { child, match } = await children.program([...(options.profile ? ['--inspect=127.0.0.1:0'] : []), gateway], {
    cwd: folder,
    ready: options.profile ? new RegExp(`${debugger_.source}[^]*${ready.source}`) : ready,
    env: {
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
      ...env,
    },
  });
  const port = Number(match.at(-1));
  if (child.pid === undefined) throw new Error('the gateway is not running');
  return { child, pid: child.pid, address: { port, room: groupId, secret }, inspector: options.profile ? match[1] : undefined };
}

/** Parley: stored and sequenced in SQLite, through bus and hub to every subscriber. */
export const parley: FanOutPeer = {
  name: parleyName,
  wire: parleyWire,
  start: (bench, subscribers) => startGateway(bench, subscribers + 1),
};
