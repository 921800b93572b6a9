import { connect, type Socket } from 'node:net';

/** A TCP connection on which a test writes bytes as it likes and sees what comes back. */
export class RawSocket {
  /** Everything that came, as text. */
  received = '';
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects to a port of this machine. With `allowHalfOpen` it does not close when the other end does. */
  static open(port: number, { allowHalfOpen = false } = {}): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
      socket.once('error', reject).once('connect', () => resolve(new RawSocket(socket)));
    });
  }

  /** Lines of a request that asks for a WebSocket, ready to be written; headers that are `undefined` are left out. */
  static upgrade(path: string, headers: Readonly<Record<string, string | undefined>> = {}, method = 'GET'): string {
    const all = {
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16, 7).toString('base64'),
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Waits until what was received fits. Throws when the connection ends before. */
  async until(fits: (received: string) => boolean): Promise<void> {
    while (!fits(this.received)) {
      const ended = await Promise.race([
        this.closed.then(() => true),
        new Promise((resolve) => this.socket.once('data', () => resolve(false))),
      ]);
      if (ended && !fits(this.received)) throw new Error(`the connection ended after ${this.received.slice(0, 200)}`);
    }
  }

  /** The status of the HTTP answer, 0 while there is none. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.received)?.[1] ?? 0);
  }

  /** The JSON body of the HTTP answer. */
  get body(): Record<string, unknown> {
    return JSON.parse(this.received.slice(this.received.indexOf('\r\n\r\n') + 4) || '{}') as Record<string, unknown>;
  }

  /** Tells the other end that nothing more comes; what it still writes is received. */
  finish(): void {
    this.socket.end();
  }

  /** Cuts the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}
