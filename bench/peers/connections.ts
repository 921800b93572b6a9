import type { Bench } from '../scenario';
import { otherServers } from './entrances';
import { startWithSessions } from './parley';
import { parleyName } from './parley-wire';
import type { Started } from './peer';

/** A system whose connections are measured; `entrances` has how its clients connect. */
export interface ConnectionPeer {
  readonly name: string;
  start(bench: Bench, users: number): Promise<Started>;
}

/** Every one of them, Parley first. */
export const connectionPeers: readonly ConnectionPeer[] = [
  { name: parleyName, start: startWithSessions },
  ...[...otherServers].map(([name, server]): ConnectionPeer => ({ name, start: (bench, users) => server.start(bench, users) })),
];
