import { randomBytes } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import type { Bench } from '../scenario';
import { RawSocket } from '../load/raw-socket';
import type { Address, FanOutPeer, Started, Wire } from './peer';
import { seed } from './parley-seed';

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

/** Connects as a user and waits until the gateway has said `connected`. */
export async function connectAs({ port, secret: key }: Address, userId: string): Promise<RawSocket> {
  const token = createSigner({ key, algorithm: 'HS256' })({ sub: userId });
  const socket = await RawSocket.open({ port, path: '/ws', headers: { 'Sec-WebSocket-Protocol': `parley.v1, bearer.${token}` } });
  await socket.until((text) => text.startsWith('{"action":"connected"'));
  return socket;
}

/** Where the name of an action stands in a frame, after `{"action":"`. */
const actionAt = 11;
const [m, e] = Buffer.from('me');

const wire: Wire = {
  enter: async (address, who) => {
    // The owner of the group publishes and does not listen; the others only listen.
    if (who === 'publisher') return connectAs(address, 'u0');
    const socket = await connectAs(address, `u${who + 1}`);
    socket.send(JSON.stringify({ action: 'subscribe_group', ref: 's', data: { groupId: address.room } }));
    const reply = await socket.until((text) => text.includes('"ref":"s"'));
    if (!reply.startsWith('{"action":"ack"')) throw new Error(reply);
    return socket;
  },
  publication: ({ room }, payload, number) =>
    `{"action":"send","ref":"${number}","data":{"groupId":"${room}","type":"text","clientMsgId":"m${number}","payload":${payload}}}`,
  // `message`; a subscriber hears nothing else that begins so.
  isDelivery: (bytes, start) => bytes[start + actionAt] === m,
  tail: '}}'.length,
  // `error`; the publisher hears acks beside it.
  isRefusal: (bytes, start) => bytes[start + actionAt] === e,
};

/** Parley: stored and sequenced in SQLite, through bus and hub to every subscriber. */
export const parley: FanOutPeer = { name: 'Parley', wire, start: (bench, subscribers) => startGateway(bench, subscribers + 1) };
