import type { RawSocket } from '../load/raw-socket';
import { nest } from './nest';
import { connectAs, parleyName } from './parley-wire';
import type { Address, FanOutPeer, Wire } from './peer';
import { socketIo } from './socket-io';
import { wsLoop } from './ws-loop';

/** How a client of a system connects, to do nothing else. */
export interface Entrance extends Pick<Wire, 'heartbeat'> {
  /** A connection that the server has taken in when this resolves; `user` has no other one. */
  enter(address: Address, user: number): Promise<RawSocket>;
}

/** The systems beside Parley, by the names they have where they are not for sending to a room. */
export const otherServers: ReadonlyMap<string, FanOutPeer> = new Map([
  ['socket.io', socketIo],
  ['ws', wsLoop],
  ['Nest WsAdapter', nest],
]);

/** The others know no users. Their publishers are in no room: they are connected, and nothing more. */
const anonymous = ({ wire }: FanOutPeer): Entrance => ({
  enter: (address) => wire.enter(address, 'publisher'),
  ...(wire.heartbeat ? { heartbeat: wire.heartbeat } : {}),
});

/** How each system is connected to, by its name. For Parley a user comes by a session that is in the store. */
export const entrances: ReadonlyMap<string, Entrance> = new Map([
  [parleyName, { enter: (address: Address, user: number) => connectAs(address, `u${user}`, `s${user}`) }],
  ...[...otherServers].map(([name, server]) => [name, anonymous(server)] as const),
]);
