import { randomBytes } from 'node:crypto';
import { type Socket, connect } from 'node:net';

/** Called with the payload of each frame: `bytes` from `start` up to `end`. The bytes are only there during the call. */
export type OnText = (bytes: Buffer, start: number, end: number) => void;

/** Where to connect. */
export interface RawSocketOptions {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Send binary frames instead of text frames; what comes is heard in either. */
  readonly binary?: boolean;
}

const opcodes = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa };
const mask = Buffer.from([0x4b, 0x1d, 0x5a, 0x3e]);

/** All sockets of a process read into the same memory: what they get is looked at before the next one reads. */
const readInto = Buffer.alloc(256 * 1024);

/**
 * The client's end of a WebSocket, as cheap as it can be made, so that the load generator is not what is measured: it finds frames by
 * their length and leaves reading them to `onText`. Pings are answered; a message in fragments ends the process.
 */
export class RawSocket {
  onText: OnText = () => undefined;
  /** Called when the connection ends. */
  onEnd: (why: string) => void = () => undefined;
  private rest: Buffer | undefined;
  private upgraded = false;

  private constructor(
    private readonly socket: Socket,
    private readonly opcode: number,
    private readonly onUpgraded: (refusal: string | undefined) => void,
  ) {}

  /** Connects. Throws with the server's answer when it refuses the upgrade. */
  static open({ port, path, headers = {}, binary = false }: RawSocketOptions): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer: readInto, callback: (length: number) => client.receive(length) },
      });
      const client: RawSocket = new RawSocket(socket, binary ? opcodes.binary : opcodes.text, (refusal) =>
        refusal === undefined ? resolve(client) : reject(new Error(refusal)),
      );
      const lines = Object.entries({ ...headers, 'Sec-WebSocket-Key': randomBytes(16).toString('base64') }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${lines.join('')}\r\n`,
      );
      socket.on('error', reject);
      socket.on('close', () => client.onEnd('the server closed a connection'));
    });
  }

  /** Sends a text in a frame of its own. */
  send(text: string): void {
    this.sendAll([text]);
  }

  /** Sends several texts, each in a frame of its own, in one write. */
  sendAll(texts: readonly string[]): void {
    this.socket.write(Buffer.concat(texts.map((text) => maskedFrame(this.opcode, Buffer.from(text)))));
  }

  /** Waits for the first text that fits; others are dropped. */
  until(fits: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      this.onEnd = (why) => reject(new Error(why));
      this.onText = (bytes, start, end) => {
        const text = bytes.toString('utf8', start, end);
        if (fits(text)) resolve(text);
      };
    });
  }

  destroy(): void {
    this.onEnd = () => undefined;
    this.socket.destroy();
  }

  /** Ends it by a reset: the port is free again at once. */
  reset(): void {
    this.onEnd = () => undefined;
    this.socket.resetAndDestroy();
  }

  private receive(length: number): boolean {
    const fresh = readInto.subarray(0, length);
    const bytes = this.rest ? Buffer.concat([this.rest, fresh]) : fresh;
    this.rest = undefined;
    const read = this.upgraded ? this.readFrames(bytes, 0) : this.readUpgrade(bytes);
    if (read < bytes.length) this.rest = Buffer.from(bytes.subarray(read));
    return true;
  }

  private readUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) return 0;
    const head = bytes.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101')) {
      this.onUpgraded(bytes.toString('utf8'));
      return bytes.length;
    }
    this.upgraded = true;
    const start = end + 4;
    // What came with the answer is left for whoever waits for the open socket.
    setImmediate(() => {
      const { rest } = this;
      if (!rest) return;
      this.rest = undefined;
      const read = this.readFrames(rest, 0);
      if (read < rest.length) this.rest = rest.subarray(read);
    });
    this.onUpgraded(undefined);
    return start;
  }

  private readFrames(bytes: Buffer, from: number): number {
    let start = from;
    while (bytes.length - start >= 2) {
      const first = bytes[start] ?? 0;
      const opcode = first & 0x0f;
      let length = bytes[start + 1] ?? 0;
      let head = 2;
      if (length === 126) {
        if (bytes.length - start < 4) break;
        length = bytes.readUInt16BE(start + 2);
        head = 4;
      } else if (length === 127) {
        if (bytes.length - start < 10) break;
        length = Number(bytes.readBigUInt64BE(start + 2));
        head = 10;
      } else if (length > 127) throw new Error('a masked frame');
      if (first < 0x80 || opcode === 0) throw new Error('a message in fragments');
      const end = start + head + length;
      if (end > bytes.length) break;
      if (opcode === opcodes.text || opcode === opcodes.binary) this.onText(bytes, start + head, end);
      else if (opcode === opcodes.ping) this.socket.write(maskedFrame(opcodes.pong, bytes.subarray(start + head, end)));
      else if (opcode === opcodes.close) this.onEnd(`the server closed with ${length >= 2 ? bytes.readUInt16BE(start + head) : 'no code'}`);
      start = end;
    }
    return start;
  }
}

function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + 4 + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  mask.copy(frame, head);
  for (let index = 0; index < length; index++) frame[head + 4 + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return frame;
}
