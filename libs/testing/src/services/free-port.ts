import { createServer } from 'node:net';

/** Test processes that run at the same time have a share each, so that none takes what another has found free but does not listen on yet. */
const [first, share, shares] = [20_000, 1_500, 8];
const lowest = first + (Number(process.env.JEST_WORKER_ID ?? 0) % shares) * share;
let next = Math.floor(Math.random() * share);

/**
 * A port of 127.0.0.1 that nobody listens on; not the same one again for a long time. It is below 32768, where the system picks none for
 * outgoing connections.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + (next++ % share);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
