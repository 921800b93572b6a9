import { Backoff, type BackoffOptions } from './backoff';
import type { Reply } from './connection';
import { ParleyError, isPassing } from './errors';
import { jsonOf, sizeProblem } from './frame';
import { type Target, convIdOf, newClientMsgId } from './ids';
import { Pace } from './pace';
import type { Cancel, Timers } from './timers';
import type { ActionRequest, SendAck, Session } from './wire';

/** A message to be sent: its conversation by one of `to`, `groupId`, `convId`, a type and a payload. */
export type OutgoingMessage = Target &
  Pick<ActionRequest<'send'>, 'type' | 'payload' | 'replyTo' | 'mentions'> & {
    /** Your own name for the message (1–64 printable ASCII characters); made when absent. Sending again with the same one stores nothing twice. */
    readonly clientMsgId?: string;
  };

/** A message that is not acked yet, with the name under which it will be stored. */
export type PendingMessage = OutgoingMessage & { readonly clientMsgId: string };

/** What an outbox works with. */
export interface SendsParts {
  readonly timers: Timers;
  /** Writes a `send` whose `data` is JSON already. */
  readonly ask: (data: string, onReply: (reply: Reply) => void) => void;
  readonly maxPending: number;
  readonly backoff: BackoffOptions | undefined;
}

/** Far fewer than the server takes at once. */
const maxInFlight = 64;
/** A message that the server fails at so often is given back. */
const maxFailures = 10;
/** For so long after the server refused a send as too fast (ms), only one per conversation is under way, so that none overtakes another. */
const carefulMs = 60_000;
/** A message that a group's slow mode lets wait for so long (ms) goes out by itself then; one that it lets wait longer is given back. */
const slowModePatienceMs = 10_000;

interface Send {
  readonly target: Target;
  readonly clientMsgId: string;
  /** The data of the frame. Taken when it was sent: what becomes of the payload later does not matter. */
  readonly json: string;
  readonly resolve: (ack: SendAck) => void;
  readonly reject: (error: ParleyError) => void;
  inFlight: boolean;
  failures: number;
}

/** The sends to one conversation. */
interface Lane {
  inFlight: number;
  /** One has failed for now: the others under way come back first, then all go again in their order. */
  mending: boolean;
  notBefore: number;
  /** Until then (ms) its sends go one at a time: its group is in slow mode. */
  carefulUntil: number;
  readonly backoff: Backoff;
}

/**
 * The outbox: every send stays in it until it is acked or refused for good. Sends of one conversation are written in their order, again
 * after every reconnect and after every passing failure, always with the same `clientMsgId`.
 */
export class Sends {
  /** In the order in which they were sent; those under way keep their place. */
  private readonly queue = new Set<Send>();
  private readonly lanes = new Map<string, Lane>();
  private readonly pace: Pace;
  private session: Session | undefined;
  private inFlight = 0;
  private carefulUntil = 0;
  private closed = false;
  private cancelPump: Cancel = () => undefined;

  constructor(private readonly parts: SendsParts) {
    this.pace = new Pace(() => parts.timers.now());
  }

  /** Takes a message. Rejects with a `ParleyError`. */
  add(message: OutgoingMessage): Promise<SendAck> {
    if (this.closed) return Promise.reject(closedError());
    if (this.queue.size >= this.parts.maxPending) {
      return Promise.reject(new ParleyError('QUEUE_FULL', `${this.parts.maxPending} messages are waiting to be acked`));
    }
    const clientMsgId = message.clientMsgId ?? newClientMsgId(this.parts.timers.now());
    return new Promise((resolve, reject) => {
      const json = jsonOf({ ...message, clientMsgId });
      this.queue.add({ target: message, clientMsgId, json, resolve, reject, inFlight: false, failures: 0 });
      this.pump();
    });
  }

  /** What is not acked yet, oldest first. */
  get pending(): readonly PendingMessage[] {
    return Array.from(this.queue, ({ json }) => JSON.parse(json) as PendingMessage);
  }

  /** A connection is there: what is not acked goes out in its order. */
  online(session: Session): void {
    this.session = session;
    this.pace.limit(session.sendQps, session.sendBurst);
    this.pump();
  }

  /** The connection has gone; what was under way was answered `DISCONNECTED`. */
  offline(): void {
    this.session = undefined;
    this.cancelPump();
  }

  /** Gives everything back with `CLOSED`. */
  close(): void {
    this.closed = true;
    this.offline();
    for (const send of this.queue) send.reject(closedError());
    this.queue.clear();
    this.lanes.clear();
  }

  private pump(): void {
    const { session } = this;
    if (!session) return;
    this.cancelPump();
    const now = this.parts.timers.now();
    const held = new Set<Lane>();
    let wakeInMs = Infinity;
    for (const send of this.queue) {
      if (this.inFlight >= maxInFlight) break;
      if (send.inFlight) continue;
      const convId = convIdOf(send.target, session.userId);
      const lane = this.laneOf(convId);
      if (held.has(lane)) continue;
      if (lane.inFlight > 0 ? lane.mending || now < Math.max(this.carefulUntil, lane.carefulUntil) : lane.notBefore > now) {
        // Those behind it wait with it.
        held.add(lane);
        if (lane.inFlight === 0) wakeInMs = Math.min(wakeInMs, lane.notBefore - now);
        continue;
      }
      const problem = sizeProblem(send.json, session.maxFrameBytes);
      if (problem) {
        this.settle(send, convId, () => send.reject(problem));
        continue;
      }
      const waitMs = this.pace.take();
      if (waitMs > 0) {
        wakeInMs = Math.min(wakeInMs, waitMs);
        break;
      }
      this.write(send, convId, lane);
      // It may have been answered at once, by a connection that has gone meanwhile.
      if (this.session !== session) return;
    }
    if (wakeInMs < Infinity) this.cancelPump = this.parts.timers.after(wakeInMs, () => this.pump());
  }

  private write(send: Send, convId: string, lane: Lane): void {
    send.inFlight = true;
    this.inFlight++;
    lane.inFlight++;
    this.parts.ask(send.json, (reply) => {
      send.inFlight = false;
      this.inFlight--;
      lane.inFlight--;
      if (this.closed) return;
      if (reply.ok) {
        lane.backoff.reset();
        this.settle(send, convId, () => send.resolve(reply.data as SendAck));
      } else this.failed(send, convId, lane, reply.error);
      if (lane.inFlight === 0) lane.mending = false;
      this.pump();
    });
  }

  private failed(send: Send, convId: string, lane: Lane, error: ParleyError): void {
    const now = this.parts.timers.now();
    if (error.code === 'DISCONNECTED') return this.offline();
    const waitMs = error.retryAfterMs ?? 1_000;
    const isSlowMode = error.code === 'RATE_LIMIT' && error.convId !== undefined;
    if (!isPassing(error) || (error.code === 'INTERNAL' && ++send.failures >= maxFailures) || (isSlowMode && waitMs > slowModePatienceMs)) {
      return this.settle(send, convId, () => send.reject(error));
    }
    if (isSlowMode) {
      lane.notBefore = now + waitMs;
      lane.carefulUntil = lane.notBefore + carefulMs;
    } else if (error.code === 'RATE_LIMIT') {
      this.pace.hold(waitMs);
      this.carefulUntil = now + carefulMs;
    } else if (!lane.mending) lane.notBefore = now + lane.backoff.next();
    lane.mending = true;
  }

  private settle(send: Send, convId: string, tell: () => void): void {
    this.queue.delete(send);
    tell();
    const lane = this.lanes.get(convId);
    if (lane?.inFlight === 0 && lane.carefulUntil <= this.parts.timers.now()) this.lanes.delete(convId);
  }

  private laneOf(convId: string): Lane {
    const known = this.lanes.get(convId);
    if (known) return known;
    const lane = { inFlight: 0, mending: false, notBefore: 0, carefulUntil: 0, backoff: new Backoff(this.parts.backoff) };
    this.lanes.set(convId, lane);
    return lane;
  }
}

const closedError = () => new ParleyError('CLOSED', 'the client is closed');
