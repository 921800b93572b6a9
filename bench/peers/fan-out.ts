import { parley } from './parley';
import type { FanOutPeer } from './peer';
import { otherPeers } from './wires';

/** Every system that takes part in the fan-out, Parley first. */
export const fanOutPeers: readonly FanOutPeer[] = [parley, ...otherPeers];
