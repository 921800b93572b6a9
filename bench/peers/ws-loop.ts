import { join } from 'node:path';
import { RawSocket } from '../load/raw-socket';
import { messageAFrame } from './message-a-frame';
import { startServer } from './module-server';
import type { FanOutPeer, Wire } from './peer';

const [brace] = Buffer.from('{');

const wire: Wire = {
  enter: async ({ port }, who) => {
    const socket = await RawSocket.open({ port, path: who === 'publisher' ? '/' : '/room' });
    await socket.until((text) => text === 'welcome');
    return socket;
  },
  publication: (_, payload) => payload,
  reader: messageAFrame((bytes, start) => bytes[start] === brace, 0),
  isRefusal: () => false,
};

/** The `ws` library alone: `client.send(text)` for every member, nothing stored. */
export const wsLoop: FanOutPeer = {
  name: 'ws loop',
  wire,
  start: (bench) => startServer(bench, join(__dirname, 'ws-loop.server.ts')),
};
