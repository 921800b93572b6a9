import { parley } from './parley';
import type { FanOutPeer } from './peer';
import { socketIo } from './socket-io';
import { wsLoop } from './ws-loop';

/** Every system that takes part in the fan-out, Parley first. */
export const fanOutPeers: readonly FanOutPeer[] = [parley, socketIo, wsLoop];
