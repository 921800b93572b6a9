import { Backoff, type BackoffOptions } from './backoff';
import { ParleyError, errorOf } from './errors';
import { Heartbeat } from './heartbeat';
import type { Credentials } from './credentials';
import { type Socket, type SocketConstructor, findSocketConstructor, socketUrl } from './socket';
import type { Cancel, Timers } from './timers';
import { type ServerFrame, type Session, isSession } from './wire';
import type { ErrorBody } from '@app/protocol';

/**
 * Where a connection stands:
 * - `connecting`: a token is asked for, or a socket is being opened,
 * - `online`: the server has said `connected`,
 * - `waiting`: the next attempt begins after a delay,
 * - `closed`: for good; only a new client begins again.
 */
export type ConnectionState = 'connecting' | 'online' | 'waiting' | 'closed';

/** A change of the connection's state, and what led to it. */
export interface ConnectionChange {
  readonly state: ConnectionState;
  /** With `waiting`: when the next attempt begins (ms from now). */
  readonly retryInMs?: number;
  /** With `waiting` and `closed`: the close code, where the server gave one, and why. */
  readonly closeCode?: number;
  readonly reason?: string;
}

/** The answer to a frame. A connection that goes answers what is outstanding with `DISCONNECTED`. */
export type Reply = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: ParleyError };

/** Who is told what happens on a connection. Called in the order in which it happened. */
interface ConnectionListener {
  changed(change: ConnectionChange): void;
  online(session: Session): void;
  event(name: string, data: unknown): void;
  /** The connection has gone, and every outstanding answer was given. */
  offline(): void;
  failed(error: unknown): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly url: string;
  readonly deviceId: string;
  readonly credentials: Credentials;
  readonly socketConstructor: SocketConstructor | undefined;
  readonly timers: Timers;
  readonly backoff: BackoffOptions | undefined;
  readonly listener: ConnectionListener;
}

/** From this close code on, the same credentials will not do (`libs/protocol`, close codes). */
const lastRetriedCode = 4499;
/** A connection that has lasted that long (ms) starts the waits from the beginning. */
const steadyMs = 10_000;
/** How long a connection may take from the first byte to `connected` (ms). */
const openPatienceMs = 15_000;
const subprotocol = 'parley.v1';

/** How long a server has to answer a close (ms). */
const goodbyeMs = 1_000;

const notTheProtocol = 'the server does not speak the protocol';

/** One connection to a gateway after the other, for as long as the server lets it come back. */
export class Connection {
  state: ConnectionState = 'connecting';
  session: Session | undefined;
  private readonly address: string;
  private readonly backoff: Backoff;
  private readonly replies = new Map<string, (reply: Reply) => void>();
  private refs = 0;
  private socket: Socket | undefined;
  private heartbeat: Heartbeat | undefined;
  /** Ends the wait, the patience or the probation of the present state. */
  private cancelTimer: Cancel = () => undefined;
  /** When the server asked to be left alone until (ms since 1970). */
  private comeBackAt: number | undefined;

  constructor(private readonly parts: ConnectionParts) {
    this.address = socketUrl(parts.url, parts.deviceId);
    this.backoff = new Backoff(parts.backoff);
  }

  /** Begins the first attempt. */
  start(): void {
    void this.attempt();
  }

  /** Writes a frame of an action whose `data` is JSON already, and hands over the answer, in the order in which frames were written. */
  ask(action: string, data: string, onReply: (reply: Reply) => void): void {
    const { socket } = this;
    if (!socket || this.state !== 'online') return onReply(disconnected());
    const ref = String(++this.refs);
    this.replies.set(ref, onReply);
    socket.send(`{"action":${JSON.stringify(action)},"ref":"${ref}","data":${data}}`);
  }

  /** The machine has woken up, or its network has come back: does not wait any longer, and does not trust what seems to be open. */
  wake(): void {
    if (this.state === 'waiting' && this.comeBackAt === undefined) void this.attempt();
    else this.heartbeat?.check();
  }

  /** Ends it for good. */
  close(): void {
    if (this.state === 'closed') return;
    const { socket } = this;
    this.socket = undefined;
    if (socket) this.hangUp(socket);
    this.leave({ state: 'closed', reason: 'closed by the client' });
  }

  private async attempt(): Promise<void> {
    this.cancelTimer();
    this.comeBackAt = undefined;
    this.state = 'connecting';
    this.parts.listener.changed({ state: 'connecting' });
    try {
      const [constructor, token] = await Promise.all([findSocketConstructor(this.parts.socketConstructor), this.parts.credentials.token()]);
      if (this.state === 'connecting') this.open(new constructor(this.address, [subprotocol, `bearer.${token}`]));
    } catch (error) {
      if (this.state !== 'connecting') return;
      this.parts.listener.failed(error);
      this.retry({ reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private open(socket: Socket): void {
    this.socket = socket;
    const current = () => this.socket === socket;
    this.cancelTimer = this.parts.timers.after(openPatienceMs, () => this.cut('the server does not answer'));
    socket.addEventListener('message', ({ data }) => {
      if (current() && typeof data === 'string') this.receive(data);
    });
    // A close follows and says all that may be known.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code, reason }) => {
      if (current()) this.closedByPeer(code, reason);
    });
  }

  private receive(text: string): void {
    this.heartbeat?.heard();
    const frame = parse(text);
    if (typeof frame?.action !== 'string') return this.cut(notTheProtocol);
    const { action, ref, data } = frame;
    if (action === 'ack' || action === 'error') {
      const onReply = this.replies.get(ref ?? '');
      this.replies.delete(ref ?? '');
      return onReply?.(action === 'ack' ? { ok: true, data } : { ok: false, error: errorOf(data as ErrorBody) });
    }
    if (action === 'connected') {
      if (!isSession(data)) return this.cut(notTheProtocol);
      this.welcomed(data);
    }
    if (action === 'closing') this.toldToLeave(data);
    this.parts.listener.event(action, data);
  }

  private toldToLeave(data: unknown): void {
    const { reconnectInMs } = (data ?? {}) as { reconnectInMs?: unknown };
    if (typeof reconnectInMs === 'number' && reconnectInMs >= 0) this.comeBackAt = this.parts.timers.now() + reconnectInMs;
  }

  private welcomed(session: Session): void {
    const { timers, listener, credentials } = this.parts;
    this.session = session;
    credentials.accepted();
    this.cancelTimer();
    this.cancelTimer = timers.after(steadyMs, () => this.backoff.reset());
    this.heartbeat = new Heartbeat({
      timers,
      heartbeatMs: session.heartbeatMs,
      ping: () => this.ask('ping', '{}', () => undefined),
      cut: () => this.cut('the server has been silent'),
    });
    this.state = 'online';
    listener.online(session);
    // A listener may have closed it.
    if (this.socket) listener.changed({ state: 'online' });
  }

  private closedByPeer(closeCode: number, reason: string): void {
    const { credentials } = this.parts;
    const wasOnline = this.state === 'online';
    this.socket = undefined;
    if (closeCode > lastRetriedCode && !credentials.renew(closeCode)) return this.leave({ state: 'closed', closeCode, reason });
    // The answer to a refused upgrade cannot be read in a browser: it may have been a 401.
    if (!wasOnline) credentials.suspect();
    this.retry({ closeCode, reason });
  }

  /** Says goodbye, and waits a moment for a server to say it too: a process must be able to end although the server hangs. */
  private hangUp(socket: Socket): void {
    const cancel = this.parts.timers.after(goodbyeMs, () => socket.terminate?.());
    socket.addEventListener('close', cancel);
    socket.close(1000);
  }

  /** Lets go of a socket that may never say that it is closed. */
  private cut(reason: string): void {
    const { socket } = this;
    this.socket = undefined;
    if (socket?.terminate) socket.terminate();
    else socket?.close();
    this.retry({ reason });
  }

  private retry(why: { readonly closeCode?: number; readonly reason?: string }): void {
    const { timers } = this.parts;
    const asked = this.comeBackAt === undefined ? undefined : Math.max(0, this.comeBackAt - timers.now());
    const retryInMs = asked ?? this.backoff.next();
    this.leave({ state: 'waiting', retryInMs, ...why });
    // A listener may have closed it.
    if (this.state === 'waiting') this.cancelTimer = timers.after(retryInMs, () => void this.attempt());
  }

  /** Goes offline: what is outstanding is answered first, so that whoever asked can take it back. */
  private leave(change: ConnectionChange): void {
    this.cancelTimer();
    this.heartbeat?.stop();
    this.heartbeat = undefined;
    const outstanding = [...this.replies.values()];
    this.replies.clear();
    const wasOnline = this.state === 'online';
    this.state = change.state;
    for (const onReply of outstanding) onReply(disconnected());
    if (wasOnline) this.parts.listener.offline();
    this.parts.listener.changed(change);
  }
}

function parse(text: string): ServerFrame | undefined {
  try {
    return JSON.parse(text) as ServerFrame;
  } catch {
    return undefined;
  }
}

const disconnected = (): Reply => ({ ok: false, error: new ParleyError('DISCONNECTED', 'the connection has gone') });
