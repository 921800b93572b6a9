import { join } from 'node:path';
import { RawSocket } from '../load/raw-socket';
import { messageAFrame } from './message-a-frame';
import { startServer } from './module-server';
import type { FanOutPeer, Wire } from './peer';

/** A gateway of Nest says nothing but events. */
const [brace] = Buffer.from('{');

const wire: Wire = {
  // Whoever is connected is in the room.
  enter: ({ port }) => RawSocket.open({ port, path: '/' }),
  publication: (_, payload) => `{"event":"publish","data":${payload}}`,
  reader: messageAFrame((bytes, start) => bytes[start] === brace, '}'.length),
  isRefusal: () => false,
};

/** Nest's own `WsAdapter`: a gateway whose handler sends to every client in a loop, nothing stored. */
export const nest: FanOutPeer = {
  name: 'Nest WsAdapter',
  wire,
  start: (bench) => startServer(bench, join(__dirname, 'nest.server.ts')),
};
