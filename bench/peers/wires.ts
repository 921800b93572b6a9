import { nats } from './nats';
import { nest } from './nest';
import { parleyName, parleyWire } from './parley-wire';
import type { FanOutPeer, Wire } from './peer';
import { socketIo } from './socket-io';
import { wsLoop } from './ws-loop';

/** Every system of the fan-out beside Parley. */
export const otherPeers: readonly FanOutPeer[] = [socketIo, nats, wsLoop, nest];

/** How each system of the fan-out speaks, by its name. */
export const wires: ReadonlyMap<string, Wire> = new Map([
  [parleyName, parleyWire],
  ...otherPeers.map(({ name, wire }) => [name, wire] as const),
]);
