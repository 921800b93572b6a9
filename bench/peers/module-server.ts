import type { Children } from '../children';
import type { Started } from './peer';

/** Starts a module of the benchmark that listens at a free port when it is told to. */
export async function startServer(children: Children, path: string): Promise<Started> {
  const { peer, child } = children.module<{ listen: (input: null) => Promise<number> }>(path);
  const port = await peer.ask('listen', null);
  return { child, pid: peer.pid, address: { port, room: 'room', secret: '' } };
}
