import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ImError } from '@app/protocol';

/** What a route takes that takes no JSON; it reads the body itself, when it has seen who asks. */
export type RawBody = 'bytes' | 'form';

/** An upload of which nothing has come for so many milliseconds is given up. */
const uploadIdleMs = 30_000;

/** An answer of which nothing was taken for so many milliseconds is given up. */
const readerIdleMs = 60_000;

/** So many milliseconds the rest of a body that nobody wants is taken: a client that still writes would not read why. */
const lingerMs = 10_000;

const held = new WeakSet<IncomingMessage>();

/** Clients that ask before they send their body (`Expect: 100-continue`) are told to go on by `askForBody`, and not by the server. */
export function holdContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    held.add(request);
    server.emit('request', request, response);
  });
}

/** Tells a client that waits for it to send the body now. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (held.delete(request)) response.writeContinue();
}

/**
 * Reads the body of an upload by `work`, for as long as it keeps coming. Throws what `work` throws, and `BAD_REQUEST` for a body that did not
 * come to its end, unless `isOurs` says that the reason is not the client's.
 */
export async function takeBody<T>(
  { raw: request }: { raw: IncomingMessage },
  { raw: response }: { raw: ServerResponse },
  work: () => Promise<T>,
  { idleMs = uploadIdleMs, isOurs = () => false }: { idleMs?: number; isOurs?: (error: unknown) => boolean } = {},
): Promise<T> {
  let read = request.socket.bytesRead;
  const watch = setInterval(() => {
    if (request.complete || read !== request.socket.bytesRead) read = request.socket.bytesRead;
    else request.destroy(new Error('an upload stands still'));
  }, idleMs);
  try {
    askForBody(request, response);
    return await work();
  } catch (error) {
    if (request.complete || isOurs(error) || error instanceof ImError) throw error;
    throw new ImError('BAD_REQUEST', 'the body ended early');
  } finally {
    clearInterval(watch);
    dropRest(request);
  }
}

/** Lets go of what is left of a body, and of the client if that takes long. */
export function dropRest(request: IncomingMessage): void {
  if (request.complete) return;
  const cut = setTimeout(() => request.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(cut));
}

/** Lets go of a client that takes nothing of an answer any more: behind it, a file is held open. One that takes a little goes on. */
export function expectReader({ raw: response }: { raw: ServerResponse }, idleMs = readerIdleMs): void {
  response.setTimeout(idleMs, () => response.destroy());
}
