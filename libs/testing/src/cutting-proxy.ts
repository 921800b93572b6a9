import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** A connection through the proxy. */
interface Line {
  readonly ends: readonly [Socket, Socket];
  /** Bytes that still pass, of both directions together. */
  left: number;
}

/** A bad network between clients and a gateway: it cuts connections in the middle of a frame, keeps bytes back, and is away at times. */
export class CuttingProxy {
  /** Connections that were cut so far. */
  cuts = 0;
  /** Whether nobody gets through. */
  away = false;
  /** How long each piece is kept back (ms); asked for every piece. */
  delayMs: () => number = () => 0;
  /** How many bytes the next connection lasts; asked for every connection. */
  lastsBytes: () => number = () => Infinity;
  private readonly lines = new Set<Line>();

  private constructor(
    private readonly server: Server,
    /** The gateway's port; may change between connections. */
    public target: number,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async open(target: number): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingProxy(server, target);
  }

  get ws(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many connections pass at the moment. */
  get passing(): number {
    return this.lines.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const line of this.lines) this.cutLine(line);
  }

  async close(): Promise<void> {
    this.away = true;
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.away) return void client.destroy();
    const line: Line = { ends: [client, connect(this.target, '127.0.0.1')], left: this.lastsBytes() };
    const [, gateway] = line.ends;
    this.lines.add(line);
    this.pass(line, client, gateway);
    this.pass(line, gateway, client);
  }

  private pass(line: Line, from: Socket, to: Socket): void {
    let before = Promise.resolve();
    const later = (run: () => void): void => {
      const ms = this.delayMs();
      before = before.then(() => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined)).then(run);
    };
    from.on('data', (piece: Buffer) =>
      later(() => {
        if (!this.lines.has(line)) return;
        to.write(piece.subarray(0, line.left));
        line.left -= piece.length;
        if (line.left <= 0) this.cutLine(line);
      }),
    );
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      later(() => to.destroy());
      this.lines.delete(line);
    });
  }

  private cutLine(line: Line): void {
    if (!this.lines.delete(line)) return;
    this.cuts++;
    for (const end of line.ends) end.resetAndDestroy();
  }
}
