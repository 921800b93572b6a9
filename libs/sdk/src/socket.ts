/** What the client needs of a WebSocket; the browser's and that of the package `ws` both fit. */
export interface Socket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Ends it without a word, where that is possible. */
  terminate?(): void;
  addEventListener(type: 'open' | 'error', listener: (event: object) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
}

/** A class of WebSockets. */
export interface SocketConstructor {
  new (url: string, protocols: string[]): Socket;
}

/** The class that a client uses: the given one, the global one, or that of the package `ws`. Throws when there is none. */
export async function findSocketConstructor(given: SocketConstructor | undefined, optional = 'ws'): Promise<SocketConstructor> {
  const found = given ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (found) return found;
  try {
    // By a parameter: bundlers for browsers must not look for it, and put a constant in its place.
    const ws = (await import(/* webpackIgnore: true */ /* @vite-ignore */ optional)) as { WebSocket: SocketConstructor };
    return ws.WebSocket;
  } catch (cause) {
    throw new Error('there is no WebSocket here: install the package ws, or give the option WebSocket', { cause });
  }
}

/**
 * The address of the WebSocket for an address of the server: `http` and `https` become `ws` and `wss`, and a missing path becomes `/ws`.
 * In a browser it may be relative to the page. Throws a `TypeError` when it is no address.
 */
export function socketUrl(url: string, deviceId: string): string {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const address = new URL(url, page);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  if (address.protocol !== 'ws:' && address.protocol !== 'wss:') throw new TypeError(`${url} is no address of a WebSocket`);
  if (address.pathname === '/') address.pathname = '/ws';
  address.hash = '';
  address.searchParams.set('deviceId', deviceId);
  return address.href;
}
