import { Latencies } from '../statistics';

/** A frame from a gateway, as far as the post reads it. */
export interface Reply {
  readonly action: string;
  readonly ref?: string;
  readonly data: { readonly convId: string; readonly seq: number; readonly clientMsgId: string };
}

/** A message that was written to a socket. */
export interface Letter {
  /** Number of the user. */
  readonly sender: number;
  readonly convId: string;
  /** How many users hear it, the sender included. */
  readonly hearers: number;
  /** When the frame was written, in ms of this process. */
  readonly at: number;
}

interface Underway extends Letter {
  acked: boolean;
  /** Learnt by what comes first, ack or event. */
  seq: number | undefined;
  lacking: number;
}

/** What is measured between two calls of `startMeasuring`. */
export interface Measured {
  readonly acks: Latencies;
  /** Deliveries to other users of the sender's gateway, and to users of other gateways. */
  readonly near: Latencies;
  readonly far: Latencies;
}

const patienceMs = 20_000;

/**
 * Keeps book of messages on their way: each is acked once, heard once by everybody who should hear it, with the seq of its ack, and
 * nobody hears a conversation with a hole, a double or out of order. What is not so fails the run.
 */
export class Post {
  private readonly underway = new Map<number, Underway>();
  /** Last acked seq by sender and conversation: what a sender writes in turn is stored in turn. */
  private readonly ackedSeqs = new Map<string, number>();
  private measured: Measured = { acks: new Latencies(), near: new Latencies(), far: new Latencies() };
  private broken: Error | undefined;
  private heard = 0;
  private wake: () => void = () => undefined;

  /** `positions` has the last seq that each user knows by conversation; what is not there begins with seq 1. */
  constructor(
    private readonly positions: readonly Map<string, number>[],
    private readonly areNear: (a: number, b: number) => boolean,
  ) {}

  /** From now on latencies go into the answer. */
  startMeasuring(): Measured {
    this.measured = { acks: new Latencies(), near: new Latencies(), far: new Latencies() };
    return this.measured;
  }

  sent(number: number, letter: Letter): void {
    this.underway.set(number, { ...letter, acked: false, seq: undefined, lacking: letter.hearers });
  }

  /** Takes a frame that a user got at a time. */
  hear(user: number, frame: Reply, at: number): void {
    try {
      this.heard++;
      if (frame.action === 'ack') this.hearAck(user, frame, at);
      else if (frame.action === 'message') this.hearMessage(user, frame, at);
      else throw new Error(`user ${user} was told ${JSON.stringify(frame)}`);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  fail(error: Error): void {
    this.broken ??= error;
    this.wake();
  }

  /** Resolves when nothing is on its way any more. Throws what has gone wrong since the beginning, and when nothing comes any more. */
  async settled(): Promise<void> {
    let seen = -1;
    let watch: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.wake = () => {
        if (this.broken) reject(this.broken);
        else if (this.underway.size === 0) resolve();
      };
      watch = setInterval(() => {
        if (this.heard === seen) reject(new Error(`${this.underway.size} messages were not acked or not heard by all`));
        seen = this.heard;
      }, patienceMs);
      this.wake();
    }).finally(() => {
      clearInterval(watch);
      this.wake = () => undefined;
    });
  }

  private hearAck(user: number, { ref, data: { convId, seq } }: Reply, at: number): void {
    const number = Number(ref);
    const letter = this.underway.get(number);
    if (letter?.sender !== user || letter.convId !== convId || letter.acked) throw new Error(`an ack too many of message ${ref}`);
    const line = `${user} ${convId}`;
    const last = this.ackedSeqs.get(line) ?? 0;
    if (seq <= last) throw new Error(`${convId}: user ${user} got ${seq} acked after ${last}`);
    this.ackedSeqs.set(line, seq);
    letter.acked = true;
    this.measured.acks.add(at - letter.at);
    this.place(number, letter, seq);
  }

  private hearMessage(user: number, { data: { convId, seq, clientMsgId } }: Reply, at: number): void {
    const positions = this.positions[user];
    const last = positions?.get(convId) ?? 0;
    if (seq !== last + 1) throw new Error(`${convId}: user ${user} heard ${seq} after ${last}`);
    positions?.set(convId, seq);
    const number = Number(clientMsgId.slice(1));
    const letter = this.underway.get(number);
    if (letter?.convId !== convId || letter.lacking === 0) throw new Error(`user ${user} heard message ${clientMsgId} once too often`);
    letter.lacking--;
    if (user !== letter.sender) this.measured[this.areNear(user, letter.sender) ? 'near' : 'far'].add(at - letter.at);
    this.place(number, letter, seq);
  }

  /** Ack and events agree about where a message stands. */
  private place(number: number, letter: Underway, seq: number): void {
    letter.seq ??= seq;
    if (letter.seq !== seq) throw new Error(`${letter.convId}: message ${number} stands at ${letter.seq} and at ${seq}`);
    if (!letter.acked || letter.lacking > 0) return;
    this.underway.delete(number);
    if (this.underway.size === 0) this.wake();
  }
}
