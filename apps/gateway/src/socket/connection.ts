import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { newId } from '@app/kit';
import { type CloseReason, closeCodes } from '@app/protocol';
import { AppendSequence } from '@app/storage';
import type { Caller, CallerConnection } from '../caller';
import { Outbox } from '../hub/outbox';
import type { Turn } from '../hub/turn';
import { textFrame } from '../hub/ws-frame';
import type { Identity } from '../sessions/sessions.service';
import type { Dispatcher } from './dispatcher';
import { type FrameLimits, FrameLoop, type Peer } from './frame-loop';

/** How long a peer has to answer a close before its socket is cut. */
const closeTimeoutMs = 2_000;

/** Above so many conversations, those without trouble are forgotten. */
const maxSequences = 1_000;

/** What a connection is made of. */
export interface ConnectionParts {
  readonly socket: WebSocket;
  /** The socket below the WebSocket, to which whole frames are written. */
  readonly raw: Duplex;
  readonly identity: Identity;
  readonly deviceId: string;
  readonly turn: Turn;
  readonly dispatcher: Dispatcher;
  readonly frameLimits: FrameLimits;
  readonly maxOutboxBytes: number;
  readonly onSlow: (connection: Connection) => void;
}

/** One open socket and whom it belongs to. Text written to it leaves in order; after `close` nothing more does. */
export class Connection implements CallerConnection, Peer {
  readonly id = newId();
  readonly caller: Caller & { connection: Connection };
  readonly expiresAt: number;
  readonly box: Outbox;
  readonly frames: FrameLoop;
  /** When the peer was last heard (ms of the process's clock). */
  lastHeard = 0;
  lastPinged = 0;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  private readonly socket: WebSocket;
  // Most connections never need these, and there may be a hundred thousand.
  private sequences: Map<string, AppendSequence> | undefined;
  private seen: Map<string, () => void> | undefined;
  private closing = false;
  private reading = true;
  private marks = 0;

  constructor(parts: ConnectionParts) {
    const { socket, raw, identity, deviceId, turn, dispatcher, frameLimits, maxOutboxBytes, onSlow } = parts;
    this.socket = socket;
    this.caller = { userId: identity.userId, sessionId: identity.sessionId, deviceId, connection: this };
    this.expiresAt = identity.expiresAt;
    this.box = new Outbox(raw, turn, maxOutboxBytes, () => onSlow(this));
    this.box.muted = true;
    this.frames = new FrameLoop(this, dispatcher, frameLimits);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('ping', (data: Buffer) => this.pinged(data));
    socket.on('pong', (data: Buffer) => this.passed(data.toString('latin1')));
  }

  /** Whether frames may still be written. */
  get open(): boolean {
    return !this.closing && this.socket.readyState === this.socket.OPEN;
  }

  /** Whether it is this gateway, and not the peer, that keeps the peer from being heard. */
  get held(): boolean {
    return !this.reading && !this.box.behind;
  }

  /** Says the first word; nothing is heard before it. */
  begin(text: string): void {
    this.box.muted = false;
    this.write(text);
  }

  write(text: string): void {
    if (this.open) this.box.push(textFrame(text));
  }

  ping(): void {
    if (this.open) this.socket.ping();
  }

  /** Runs `then` once the peer has received all that was written until now: a ping goes behind it, and its pong comes back. */
  afterSeen(then: () => void): void {
    if (!this.open) return;
    const mark = `seen ${++this.marks}`;
    (this.seen ??= new Map<string, () => void>()).set(mark, then);
    this.box.flush();
    this.socket.ping(mark);
  }

  sequenceOf(convId: string): AppendSequence {
    const sequences = (this.sequences ??= new Map<string, AppendSequence>());
    const found = sequences.get(convId);
    if (found) return found;
    const sequence = new AppendSequence();
    sequences.set(convId, sequence);
    return sequence;
  }

  /** Lets sends to a conversation succeed again; those that are in work behind the one that failed still fail. */
  mend(convId: string): void {
    this.sequences?.get(convId)?.mend();
  }

  /** Called when no send is in work. */
  quiet(): void {
    if (!this.sequences || this.sequences.size <= maxSequences) return;
    for (const [convId, sequence] of this.sequences) if (!sequence.broken) this.sequences.delete(convId);
  }

  /** Stops and resumes reading from the peer. */
  pause(): void {
    if (this.closing) return;
    this.reading = false;
    this.socket.pause();
  }

  resume(): void {
    this.reading = true;
    this.socket.resume();
  }

  /** Closes with a code of the catalogue; the socket is cut when the peer does not answer. */
  close(reason: CloseReason): void {
    if (this.closing) return;
    this.box.flush();
    this.closing = true;
    this.socket.close(closeCodes[reason], reason);
    // Its answer must be read.
    this.resume();
    setTimeout(() => this.cut(), closeTimeoutMs).unref();
  }

  /** Ends the connection without a word. */
  cut(): void {
    this.socket.terminate();
  }

  /** Answers a ping, unless the peer sends too many or reads none of the answers. */
  private pinged(data: Buffer): void {
    if (this.open && this.frames.pinged() && !this.box.behind) this.socket.pong(data);
  }

  private passed(mark: string): void {
    const then = this.seen?.get(mark);
    this.seen?.delete(mark);
    then?.();
  }
}
