import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** One connection through a proxy. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A wire between a program and a server of a test, which can be cut where it hurts. Everything passes until it is told otherwise.
 */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private cutAfter: { readonly text: string; readonly happened: () => void } | undefined;

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.join(client));
  }

  /** Listens on a free port of 127.0.0.1 and leads to another port there. */
  static async to(target: number): Promise<TcpProxy> {
    const listener = createServer();
    const proxy = new TcpProxy(listener, target);
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.pairs.size;
  }

  /**
   * Lets the next request that holds `text` through to the server and its answer not back: when the server has answered, the connection
   * is cut. Resolves then.
   */
  loseAnswerTo(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.cutAfter = { text, happened: resolve };
    });
  }

  /** Cuts every connection at once. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Cuts everything and listens no more. */
  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private join(client: Socket): void {
    const pair = { client, server: connect(this.target, '127.0.0.1') };
    this.pairs.add(pair);
    const { server } = pair;
    let losing: (() => void) | undefined;
    client.on('data', (request: Buffer) => {
      if (this.cutAfter && request.includes(this.cutAfter.text)) {
        losing = this.cutAfter.happened;
        this.cutAfter = undefined;
      }
      server.write(request);
    });
    server.on('data', (answer: Buffer) => {
      if (!losing) return void client.write(answer);
      client.resetAndDestroy();
      server.destroy();
      losing();
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
  }
}
