import type { Bench } from '../scenario';
import type { Started } from './peer';

/** What a module of the benchmark that is a server can be asked. */
type Listening = { listen: (input: null) => Promise<number> };

/** Starts a module of the benchmark that listens at a free port when it is told to. */
export async function startServer({ children, inspected }: Bench, path: string): Promise<Started> {
  const { peer, child, inspector } = inspected
    ? await children.inspectedModule<Listening>(path)
    : { ...children.module<Listening>(path), inspector: undefined };
  const port = await peer.ask('listen', null);
  return { child, pid: peer.pid, address: { port, room: 'room', secret: '' }, inspector };
}
