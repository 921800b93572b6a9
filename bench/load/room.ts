import type { Address, Wire } from '../peers/peer';
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

/** What became of messages that were offered at a fixed pace. What came was in order, without a hole or a double. */
export interface Offered {
  /** Deliveries per second while messages were offered, the beginning left out. */
  readonly perSecond: number;
  /** From when a message was due to reading it, in ms; one that never came counts with its age at the end. */
  readonly p50?: number;
  readonly p99?: number;
  /** What was wrong at the end, if anything: a server that lets go of clients, or has not delivered everything in time. */
  readonly broken?: string;
}

const digits = 8;
const messageBytes = 128;
/** More messages than are ever on the way at once; a power of two. */
const ringSize = 65_536;
const patienceMs = 20_000;
/** How long what was offered may take after the last message. */
const drainMs = 1_500;
const tickMs = 1;

const filling = 'x'.repeat(messageBytes - '{"text":""}'.length - digits);
const payloadOf = (number: number): string => `{"text":"${filling}${String(number).padStart(digits, '0')}"}`;
const behindNumber = '"}'.length;

/** What a room needs of a connection. */
export type Connection = Pick<RawSocket, 'onText' | 'onEnd' | 'send' | 'sendAll' | 'destroy'>;

/** How much had been delivered when. */
interface Mark {
  readonly deliveries: number;
  readonly at: number;
}

/** The server let go of a client or refused a message: what an overloaded one may do, unlike a wrong delivery. */
class LetDown extends Error {}

/** A publisher and its subscribers in one room of one server, in this process. */
export class Room {
  private readonly expected: Int32Array;
  /** Per message on the way: how many subscribers lack it, and when it was written or due. */
  private readonly lacking = new Int32Array(ringSize);
  private readonly writtenAt = new Float64Array(ringSize);
  private latencies = new Latencies();
  /** The first message whose latency counts. */
  private measuredFrom = Infinity;
  private next = 1;
  private complete = 0;
  private deliveries = 0;
  private window = 0;
  private replacing = false;
  private onComplete: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly address: Address,
    private readonly publisher: Connection,
    private readonly subscribers: readonly Connection[],
  ) {
    this.expected = new Int32Array(subscribers.length).fill(1);
    subscribers.forEach((socket, index) => this.hear(socket, index));
    publisher.onText = wire.reader({
      message: () => undefined,
      other: (bytes, start, end) => {
        if (wire.isRefusal(bytes, start)) this.fail(new LetDown(`a message was refused: ${bytes.toString('utf8', start, end)}`));
        else this.beat(publisher, bytes, start, end);
      },
    });
    publisher.onEnd = (why) => this.fail(new LetDown(why));
  }

  /** Publishes for a while and waits until everything has arrived. Throws when a count or an order is wrong. */
  async run(pace: Pace, seconds: number): Promise<Delivered> {
    const broken = this.broken();
    this.latencies = new Latencies();
    this.measuredFrom = pace.kind === 'paced' ? this.next : Infinity;
    const before = this.deliveries;
    const startedAt = performance.now();
    await Promise.race([
      pace.kind === 'window' ? this.runWindow(pace.size, seconds) : this.runPaced(pace.messagesPerSecond, seconds),
      broken,
    ]).finally(() => clearInterval(this.watch));
    this.checkComplete();
    const elapsed = (performance.now() - startedAt) / 1000;
    return {
      deliveries: this.deliveries - before,
      seconds: elapsed,
      p50: this.latencies.quantile(0.5),
      p99: this.latencies.quantile(0.99),
    };
  }

  /**
   * Publishes at a fixed pace whatever comes back, first for `settling` seconds unmeasured. Never waits much longer than that. Throws
   * when an order is wrong. A room that was broken is of no more use.
   */
  async offer(messagesPerSecond: number, settling: number, seconds: number): Promise<Offered> {
    const broken = this.broken();
    this.window = 0;
    this.latencies = new Latencies();
    this.measuredFrom = Infinity;
    const ticking = new AbortController();
    let from = this.mark();
    let to: Mark | undefined;
    const offering = this.publishOnTime(messagesPerSecond, settling, seconds, ticking.signal, {
      settled: () => {
        this.measuredFrom = this.next;
        from = this.mark();
      },
      ended: () => (to = this.mark()),
    });
    let why: string | undefined;
    try {
      await Promise.race([offering.then(() => this.drained()), broken]);
      this.checkComplete();
    } catch (error) {
      if (!(error instanceof LetDown)) throw error;
      why = error.message;
    } finally {
      clearInterval(this.watch);
      ticking.abort();
    }
    to ??= this.mark();
    this.countMissing();
    return {
      perSecond: ((to.deliveries - from.deliveries) * 1000) / (to.at - from.at),
      ...(this.latencies.total > 0 ? { p50: this.latencies.quantile(0.5), p99: this.latencies.quantile(0.99) } : {}),
      ...(why === undefined ? {} : { broken: why }),
    };
  }

  close(): void {
    for (const socket of [this.publisher, ...this.subscribers]) socket.destroy();
  }

  private mark(): Mark {
    return { deliveries: this.deliveries, at: performance.now() };
  }

  private broken(): Promise<never> {
    const broken = new Promise<never>((_, reject) => (this.fail = reject));
    // It may break when nobody waits any more.
    broken.catch(() => undefined);
    return broken;
  }

  private checkComplete(): void {
    const published = this.next - 1;
    const late = this.expected.findIndex((number) => number !== published + 1);
    if (late !== -1) throw new Error(`subscriber ${late} got ${(this.expected[late] ?? 0) - 1} of ${published} messages`);
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
      this.publish(1, performance.now());
    }
    await this.settled(() => true);
  }

  /** What is due is published at every tick, however late the tick is. */
  private publishOnTime(
    messagesPerSecond: number,
    settling: number,
    seconds: number,
    stopped: AbortSignal,
    at: { settled(): void; ended(): void },
  ): Promise<void> {
    const startedAt = performance.now();
    const total = Math.round(messagesPerSecond * (settling + seconds));
    const unmeasured = Math.round(messagesPerSecond * settling);
    let sent = 0;
    const publishUpTo = (count: number) => {
      for (; sent < count; sent++) this.publish(1, startedAt + (sent * 1000) / messagesPerSecond);
    };
    return new Promise((resolve) => {
      const tick = () => {
        if (stopped.aborted) return;
        const due = Math.min(total, Math.floor(((performance.now() - startedAt) * messagesPerSecond) / 1000) + 1);
        if (sent < unmeasured && due >= unmeasured) {
          publishUpTo(unmeasured);
          at.settled();
        }
        publishUpTo(due);
        if (sent < total) return void setTimeout(tick, tickMs);
        at.ended();
        resolve();
      };
      tick();
    });
  }

  private async drained(): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new LetDown(`${this.next - 1 - this.complete} messages came later than ${drainMs} ms`)), drainMs);
    });
    await Promise.race([this.settled(() => true), tooLate]).finally(() => clearTimeout(late));
  }

  /** What has not come yet would take at least as long as it has taken so far. */
  private countMissing(): void {
    const now = performance.now();
    for (let number = Math.max(this.measuredFrom, this.next - ringSize); number < this.next; number++) {
      const slot = number & (ringSize - 1);
      this.latencies.add(now - (this.writtenAt[slot] ?? 0), this.lacking[slot] ?? 0);
    }
  }

  /** Resolves when everything that was published is complete and nothing more will be. */
  private async settled(ended: () => boolean): Promise<void> {
    let seen = -1;
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (ended() && this.complete === this.next - 1) resolve();
      };
      this.onComplete = check;
      this.watch = setInterval(() => {
        if (this.deliveries === seen) reject(new Error(`${this.next - 1 - this.complete} messages did not arrive`));
        seen = this.deliveries;
      }, patienceMs);
      check();
    }).finally(() => clearInterval(this.watch));
  }

  private refill(): void {
    const room = this.window - (this.next - 1 - this.complete);
    if (room > 0) this.publish(room, performance.now());
  }

  private publish(count: number, at: number): void {
    const texts: string[] = [];
    for (let index = 0; index < count; index++) {
      const number = this.next++;
      const slot = number & (ringSize - 1);
      if (this.lacking[slot] !== 0) return this.fail(new LetDown('more messages are on the way than the generator can keep count of'));
      this.lacking[slot] = this.subscribers.length;
      this.writtenAt[slot] = at;
      texts.push(this.wire.publication(this.address, payloadOf(number), number));
    }
    this.publisher.sendAll(texts);
  }

  private hear(socket: Connection, index: number): void {
    const { wire, expected, lacking } = this;
    socket.onEnd = (why) => this.fail(new LetDown(why));
    socket.onText = wire.reader({
      message: (bytes, end) => {
        const behind = end - behindNumber;
        let number = 0;
        for (let at = behind - digits; at < behind; at++) number = number * 10 + (bytes[at] ?? 0) - 48;
        if (number !== expected[index]) {
          const got = bytes.toString('utf8', Math.max(0, end - messageBytes), end);
          return this.fail(new Error(`subscriber ${index} expected message ${expected[index]} and got ${got}`));
        }
        expected[index] = number + 1;
        this.deliveries++;
        const slot = number & (ringSize - 1);
        if (number >= this.measuredFrom) this.latencies.add(performance.now() - (this.writtenAt[slot] ?? 0));
        const left = (lacking[slot] ?? 0) - 1;
        lacking[slot] = left;
        if (left > 0) return;
        this.complete++;
        this.replaceSoon();
      },
      other: (bytes, start, end) => this.beat(socket, bytes, start, end),
    });
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

  private beat(socket: Connection, bytes: Buffer, start: number, end: number): void {
    const { heartbeat } = this.wire;
    if (heartbeat && bytes.toString('latin1', start, end) === heartbeat.ping) socket.send(heartbeat.pong);
  }
}
