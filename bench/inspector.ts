import { WebSocket } from 'ws';

/** What Node prints when it listens for an inspector; the first group is the address. */
export const inspectorLine = /Debugger listening on (ws:\S+)/;

/** The arguments that make Node listen for one. */
export const inspected = ['--inspect=127.0.0.1:0'] as const;

/** Asks V8 in another process, by its inspector. */
export class Inspector {
  private readonly waiting = new Map<number, (result: unknown) => void>();
  private asked = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const { id, result } = JSON.parse((data as Buffer).toString()) as { id: number; result: unknown };
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
  }

  /** Attaches to the address that Node prints for `--inspect`. */
  static async attach(address: string): Promise<Inspector> {
    const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 2 ** 30 });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    return new Inspector(socket);
  }

  ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.socket.close();
  }
}
