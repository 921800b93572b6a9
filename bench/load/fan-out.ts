import { fanOutPeers } from '../peers/fan-out';
import type { Address, Wire } from '../peers/peer';
import { answer } from '../rpc';
import { Latencies } from '../statistics';
import type { RawSocket } from './raw-socket';

/** How the publisher behaves. */
export type Pace =
  /** As fast as it goes, with so many messages at once that not every subscriber has yet. */
  | { readonly kind: 'window'; readonly size: number }
  /** One message at a time, at even distances. */
  | { readonly kind: 'paced'; readonly messagesPerSecond: number };

/** What a round of load came to. Every message reached every subscriber, once and in order. */
export interface Delivered {
  readonly deliveries: number;
  readonly seconds: number;
  /** From writing a message to reading it, in ms. */
  readonly p50: number;
  readonly p99: number;
}

const digits = 8;
const messageBytes = 128;
/** More messages than are ever on the way at once; a power of two. */
const ringSize = 8_192;
const patienceMs = 20_000;

const filling = 'x'.repeat(messageBytes - '{"text":""}'.length - digits);
const payloadOf = (number: number): string => `{"text":"${filling}${String(number).padStart(digits, '0')}"}`;
const behindNumber = '"}'.length;

/** A publisher and its subscribers in one room of one server, in this process. */
class Room {
  private readonly expected: Int32Array;
  /** Per message on the way: how many subscribers lack it, and when it was written. */
  private readonly lacking = new Int32Array(ringSize);
  private readonly writtenAt = new Float64Array(ringSize);
  private latencies = new Latencies();
  private measuresLatency = false;
  private next = 1;
  private complete = 0;
  private deliveries = 0;
  private window = 0;
  private replacing = false;
  private onComplete: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  constructor(
    private readonly wire: Wire,
    private readonly address: Address,
    private readonly publisher: RawSocket,
    private readonly subscribers: readonly RawSocket[],
  ) {
    this.expected = new Int32Array(subscribers.length).fill(1);
    subscribers.forEach((socket, index) => this.hear(socket, index));
    publisher.onText = (bytes, start, end) => {
      if (wire.isRefusal(bytes, start)) this.fail(new Error(`a message was refused: ${bytes.toString('utf8', start, end)}`));
      else this.beat(publisher, bytes, start, end);
    };
    publisher.onEnd = (why) => this.fail(new Error(why));
  }

  /** Publishes for a while and waits until everything has arrived. Throws when a count or an order is wrong. */
  async run(pace: Pace, seconds: number): Promise<Delivered> {
    const broken = new Promise<never>((_, reject) => (this.fail = reject));
    this.latencies = new Latencies();
    this.measuresLatency = pace.kind === 'paced';
    const before = this.deliveries;
    const startedAt = performance.now();
    await Promise.race([
      pace.kind === 'window' ? this.runWindow(pace.size, seconds) : this.runPaced(pace.messagesPerSecond, seconds),
      broken,
    ]);
    const published = this.next - 1;
    const late = this.expected.findIndex((number) => number !== published + 1);
    if (late !== -1) throw new Error(`subscriber ${late} got ${(this.expected[late] ?? 0) - 1} of ${published} messages`);
    const elapsed = (performance.now() - startedAt) / 1000;
    return {
      deliveries: this.deliveries - before,
      seconds: elapsed,
      p50: this.latencies.quantile(0.5),
      p99: this.latencies.quantile(0.99),
    };
  }

  close(): void {
    for (const socket of [this.publisher, ...this.subscribers]) socket.destroy();
  }

  private async runWindow(size: number, seconds: number): Promise<void> {
    this.window = size;
    setTimeout(() => (this.window = 0), seconds * 1000);
    this.refill();
    await this.settled(() => this.window === 0);
  }

  private async runPaced(messagesPerSecond: number, seconds: number): Promise<void> {
    this.window = 0;
    const startedAt = performance.now();
    const count = Math.round(messagesPerSecond * seconds);
    for (let sent = 0; sent < count; sent++) {
      const dueIn = startedAt + (sent * 1000) / messagesPerSecond - performance.now();
      if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
      this.publish(1);
    }
    await this.settled(() => true);
  }

  /** Resolves when everything that was published is complete and nothing more will be. */
  private async settled(ended: () => boolean): Promise<void> {
    let seen = -1;
    let watch: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (ended() && this.complete === this.next - 1) resolve();
      };
      this.onComplete = check;
      watch = setInterval(() => {
        if (this.deliveries === seen) reject(new Error(`${this.next - 1 - this.complete} messages did not arrive`));
        seen = this.deliveries;
      }, patienceMs);
      check();
    }).finally(() => clearInterval(watch));
  }

  private refill(): void {
    const room = this.window - (this.next - 1 - this.complete);
    if (room > 0) this.publish(room);
  }

  private publish(count: number): void {
    const texts: string[] = [];
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      const number = this.next++;
      const slot = number & (ringSize - 1);
      if (this.lacking[slot] !== 0) throw new Error('more messages are on the way than the generator can keep count of');
      this.lacking[slot] = this.subscribers.length;
      this.writtenAt[slot] = now;
      texts.push(this.wire.publication(this.address, payloadOf(number), number));
    }
    this.publisher.sendAll(texts);
  }

  private hear(socket: RawSocket, index: number): void {
    const { wire, expected, lacking } = this;
    const behind = wire.tail + behindNumber;
    socket.onEnd = (why) => this.fail(new Error(why));
    socket.onText = (bytes, start, end) => {
      if (!wire.isDelivery(bytes, start)) return this.beat(socket, bytes, start, end);
      let number = 0;
      for (let at = end - behind - digits; at < end - behind; at++) number = number * 10 + (bytes[at] ?? 0) - 48;
      if (number !== expected[index]) {
        return this.fail(
          new Error(`subscriber ${index} expected message ${expected[index]} and got ${bytes.toString('utf8', start, end)}`),
        );
      }
      expected[index] = number + 1;
      this.deliveries++;
      const slot = number & (ringSize - 1);
      if (this.measuresLatency) this.latencies.add(performance.now() - (this.writtenAt[slot] ?? 0));
      const left = (lacking[slot] ?? 0) - 1;
      lacking[slot] = left;
      if (left > 0) return;
      this.complete++;
      this.replaceSoon();
    };
  }

  /** What one read completes is replaced in one write. */
  private replaceSoon(): void {
    if (this.replacing) return;
    this.replacing = true;
    queueMicrotask(() => {
      this.replacing = false;
      this.refill();
      this.onComplete();
    });
  }

  private beat(socket: RawSocket, bytes: Buffer, start: number, end: number): void {
    const { heartbeat } = this.wire;
    if (heartbeat && bytes.toString('latin1', start, end) === heartbeat.ping) socket.send(heartbeat.pong);
  }
}

/** What the fan-out's load generator can be asked. */
export type FanOutLoad = typeof handlers;

let room: Room | undefined;

/** Connections that are being opened at once: servers have a limited backlog. */
const openAtOnce = 50;

const handlers = {
  connect: async ({ system, address, subscribers }: { system: string; address: Address; subscribers: number }): Promise<void> => {
    const wire = fanOutPeers.find(({ name }) => name === system)?.wire;
    if (!wire) throw new Error(`there is no system ${system}`);
    const publisher = await wire.enter(address, 'publisher');
    const sockets: RawSocket[] = [];
    while (sockets.length < subscribers) {
      const count = Math.min(openAtOnce, subscribers - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: count }, (_, index) => wire.enter(address, sockets.length + index)))));
    }
    room = new Room(wire, address, publisher, sockets);
  },
  run: async ({ pace, seconds }: { pace: Pace; seconds: number }): Promise<Delivered> => {
    if (!room) throw new Error('nothing is connected');
    return room.run(pace, seconds);
  },
  close: (_: null): void => room?.close(),
};

answer(handlers);
