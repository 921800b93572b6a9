import { join } from 'node:path';
import { RawSocket } from '../load/raw-socket';
import { messageAFrame } from './message-a-frame';
import { startServer } from './module-server';
import type { FanOutPeer, Wire } from './peer';

const [four, two] = Buffer.from('42');

const wire: Wire = {
  enter: async ({ port }, who) => {
    const socket = await RawSocket.open({ port, path: '/socket.io/?EIO=4&transport=websocket' });
    await socket.until((text) => text.startsWith('0'));
    socket.send('40');
    await socket.until((text) => text.startsWith('40'));
    if (who === 'publisher') return socket;
    socket.send('420["join"]');
    await socket.until((text) => text.startsWith('430'));
    return socket;
  },
  publication: (_, payload) => `42["publish",${payload}]`,
  reader: messageAFrame((bytes, start) => bytes[start] === four && bytes[start + 1] === two, ']'.length),
  isRefusal: () => false,
  // Its heartbeat is a text: `2` wants `3` back.
  heartbeat: { ping: '2', pong: '3' },
};

/** Socket.IO: a broadcast to a room by the server, nothing stored. */
export const socketIo: FanOutPeer = {
  name: 'socket.io',
  wire,
  start: (bench) => startServer(bench, join(__dirname, 'socket-io.server.ts')),
};
