import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
// The file itself: the index of that lib brings the whole gateway along.
import { findProgram } from '../../libs/testing/src/services/installed';
import { RawSocket } from '../load/raw-socket';
import type { Bench } from '../scenario';
import { natsReader } from './nats-stream';
import type { FanOutPeer, Started, Wire } from './peer';

const names = ['nats-server'];
const ready = /Listening for websocket clients on ws:\/\/\S+:(\d+)[^]*Server is ready/;

/** Port -1 is a free one. */
const config = `
host: "127.0.0.1"
port: -1
websocket { host: "127.0.0.1", port: -1, no_tls: true }
`;

const [minus] = Buffer.from('-ERR');

const wire: Wire = {
  enter: async ({ port, room }, who) => {
    const socket = await RawSocket.open({ port, path: '/', binary: true });
    socket.send('CONNECT {"verbose":false,"pedantic":false}\r\n');
    if (who !== 'publisher') socket.send(`SUB ${room} 1\r\n`);
    // The answer comes when what was asked before is done.
    socket.send('PING\r\n');
    await socket.until((text) => text.includes('PONG\r\n'));
    return socket;
  },
  publication: ({ room }, payload) => `PUB ${room} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`,
  reader: natsReader,
  isRefusal: (bytes, start) => bytes[start] === minus,
  heartbeat: { ping: 'PING', pong: 'PONG\r\n' },
};

/** nats-server over WebSocket, where it is installed: a subject without JetStream, nothing stored. */
export const nats: FanOutPeer = {
  name: 'nats-server',
  wire,
  missing: () => (findProgram(names) === undefined ? 'not installed' : undefined),
  start: async ({ children }: Bench): Promise<Started> => {
    const file = join(children.folder(), 'nats.conf');
    writeFileSync(file, config);
    const { child, match } = await children.program(['-c', file], { command: findProgram(names) ?? 'nats-server', ready });
    if (child.pid === undefined) throw new Error('nats-server is not running');
    return { child, pid: child.pid, address: { port: Number(match[1]), room: 'room', secret: '' } };
  },
};
