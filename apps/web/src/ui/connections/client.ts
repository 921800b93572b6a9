import { type ConnectionChange, ParleyClient, type Session, type Socket } from '@app/sdk';
import { type StoreApi, createStore } from 'zustand/vanilla';
import { FrameLog, type Outcome } from './frame-log';
import { recordingSocket } from './recording-socket';
import { type RestCall, addressOf, initOf } from './rest-call';

/** Where one of the connections side by side stands. */
export interface ClientState {
  readonly status: 'idle' | 'connecting' | 'online' | 'waiting' | 'closed';
  readonly session?: Session | undefined;
  /** The last ping there and back. */
  readonly latencyMs?: number | undefined;
  /** With `waiting`: when the next attempt begins (ms since 1970). */
  readonly retryAt?: number | undefined;
  /** Why the last socket went. */
  readonly closed?: { readonly code?: number | undefined; readonly reason?: string | undefined } | undefined;
  /** Who logged in, where that is known. */
  readonly username?: string | undefined;
  readonly hasToken: boolean;
}

/** What came of something that was asked for here. */
export interface Answer extends Outcome {
  /** The HTTP status; undefined for actions, and where no answer came. */
  readonly status?: number | undefined;
  readonly text: string;
  readonly value: unknown;
}

const pingEveryMs = 15_000;
/** Refs of the console; the SDK numbers its own. */
const ownRef = /^ui-/;
/** Refs of pings that nobody asked for. */
export const pingRef = /^ui-ping-/;

/**
 * One connection of the console: a client of the SDK whose frames are written down. What is asked for here is written to its socket as it
 * stands, so that mistakes reach the server too.
 */
export class ConsoleClient {
  readonly log = new FrameLog();
  readonly store: StoreApi<ClientState> = createStore<ClientState>(() => ({ status: 'idle', hasToken: false }));
  /** The client of the SDK, while there is one. */
  sdk: ParleyClient | undefined;
  private socket: Socket | undefined;
  private accessToken: string | undefined;
  private refs = 0;
  private readonly replies = new Map<string, (answer: Answer) => void>();
  private pings: ReturnType<typeof setInterval> | undefined;

  /** `letter` tells connections apart: A, B, … */
  constructor(
    readonly id: string,
    readonly letter: string,
  ) {}

  /** The token in use, for who asked to see secrets. */
  get token(): string | undefined {
    return this.accessToken;
  }

  /** Connects with a token that somebody has. Without a device name the SDK makes one. */
  connect(token: string, deviceId?: string): void {
    this.disconnect();
    this.accessToken = token;
    this.store.setState({ hasToken: true, closed: undefined, session: undefined });
    const { username } = this.store.getState();
    const sdk = new ParleyClient({
      url: location.origin,
      // Who logged in has a session that can be renewed; a pasted token is all there is.
      token: username === undefined ? token : ({ refresh }) => (refresh ? this.renew() : this.accessToken!),
      ...(deviceId ? { deviceId } : {}),
      WebSocket: recordingSocket({
        connecting: (socket, url) => this.connecting(socket, url),
        opened: () => this.log.happened('open', {}, 'in'),
        sent: (text) => this.log.sent(text, this.originOf(text)),
        received: (text) => this.received(text),
        closed: (code, reason) => this.log.happened('close', { code, reason }, 'in'),
      }),
    });
    this.sdk = sdk;
    sdk.on('connection', (change) => {
      if (this.sdk === sdk) this.changed(change);
    });
    this.store.setState({ status: 'connecting' });
  }

  /** Logs in and connects. Answers what the server said where it refused. */
  async logIn(username: string, password: string, deviceId?: string): Promise<Answer> {
    const answer = await this.request({ method: 'POST', path: '/api/login', body: { username, password } }, { open: true });
    const { token } = (answer.value ?? {}) as { token?: string };
    if (answer.ok && token !== undefined) {
      this.store.setState({ username });
      this.connect(token, deviceId);
    }
    return answer;
  }

  /** Ends the connection; the log stays, and so does the token, for another one. */
  disconnect(): void {
    const { sdk } = this;
    // It was asked for, so there is nothing to be said about why it went.
    this.sdk = undefined;
    sdk?.close();
    this.stopPings();
    this.leaveUnanswered();
    if (this.store.getState().status !== 'idle') this.store.setState({ status: 'closed', retryAt: undefined, closed: undefined });
  }

  /** Connects again with the token that there is. */
  again(): void {
    const { session } = this.store.getState();
    if (this.accessToken !== undefined) this.connect(this.accessToken, session?.deviceId);
  }

  /** Forgets who it is: another user may connect here. */
  forget(): void {
    this.disconnect();
    this.accessToken = undefined;
    this.store.setState({
      status: 'idle',
      hasToken: false,
      session: undefined,
      username: undefined,
      latencyMs: undefined,
      closed: undefined,
    });
  }

  /** Writes an action to the socket and resolves with its reply; `DISCONNECTED` where there is no socket, or it goes before the reply. */
  ask(action: string, data: unknown, ref = `ui-${++this.refs}`): Promise<Answer> {
    return new Promise((resolve) => {
      if (!this.write(JSON.stringify({ action, ref, data }), () => this.replies.set(ref, resolve))) resolve(disconnected);
    });
  }

  /** Writes any text to the socket, whatever it is; whether there was a socket. */
  write(text: string, before: () => void = () => undefined): boolean {
    if (!this.socket || this.store.getState().status !== 'online') return false;
    before();
    this.socket.send(text);
    return true;
  }

  /** Asks a REST route with the token of this connection, `open` aside, and writes both halves into the log. */
  async request(call: RestCall, { open = false } = {}): Promise<Answer> {
    const address = addressOf(call);
    const init = initOf(call);
    const text = typeof init.body === 'string' ? init.body : call.file ? `(${call.file.name}, ${call.file.size} bytes)` : '';
    const answered = this.log.request(`${call.method} ${address}`, text);
    if (this.accessToken !== undefined && !open) init.headers.authorization = `Bearer ${this.accessToken}`;
    try {
      // The cookie of this browser is that of the app: who logs out here must not sign out there.
      const response = await fetch(address, { ...init, credentials: 'omit', signal: AbortSignal.timeout(30_000) });
      const isText = /^(application\/json|text\/)/.test(response.headers.get('content-type') ?? 'text/');
      const body = isText ? await response.text() : `(${(await response.blob()).size} bytes)`;
      const outcome = answered({ ok: response.ok, code: String(response.status), text: body });
      const value = parse(body);
      const { code } = (value ?? {}) as { code?: unknown };
      return { ...outcome, ...(typeof code === 'string' ? { code } : {}), status: response.status, text: body, value };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ...answered({ ok: false, code: 'DISCONNECTED', text: reason }), text: reason, value: undefined };
    }
  }

  /** Measures how long it is to the server and back. */
  async ping(): Promise<void> {
    const { ok, tookMs } = await this.ask('ping', {}, `ui-ping-${++this.refs}`);
    if (ok) this.store.setState({ latencyMs: tookMs });
  }

  private async renew(): Promise<string> {
    const { ok, value, text } = await this.request({ method: 'POST', path: '/api/token/refresh' });
    const { token } = (value ?? {}) as { token?: string };
    if (!ok || token === undefined) throw new Error(text);
    return (this.accessToken = token);
  }

  private originOf(text: string): 'console' | 'sdk' {
    const ref = (parse(text) as { ref?: unknown } | undefined)?.ref;
    return typeof ref !== 'string' || ownRef.test(ref) ? 'console' : 'sdk';
  }

  private connecting(socket: Socket, url: string): void {
    this.socket = socket;
    this.log.happened('connecting', { url, protocols: ['parley.v1', 'bearer.…'] }, 'out');
  }

  private received(text: string): void {
    const outcome = this.log.received(text);
    const { ref, data } = (parse(text) ?? {}) as { ref?: string; data?: unknown };
    const resolve = ref === undefined ? undefined : this.replies.get(ref);
    if (!resolve || !outcome) return;
    this.replies.delete(ref!);
    resolve({ ...outcome, text: JSON.stringify(data, null, 2), value: data });
  }

  private changed({ state, retryInMs, closeCode, reason }: ConnectionChange): void {
    if (state === 'online') {
      this.store.setState({ status: state, session: this.sdk?.session, retryAt: undefined, closed: undefined });
      void this.ping();
      this.pings ??= setInterval(() => void this.ping(), pingEveryMs);
      return;
    }
    this.stopPings();
    this.leaveUnanswered();
    const { status, closed } = this.store.getState();
    // Attempts that fail afterwards say less than how the connection went.
    const isNews = (state === 'waiting' || state === 'closed') && (status === 'online' || closed === undefined || state === 'closed');
    const went = isNews ? { closed: { code: closeCode, reason } } : {};
    this.store.setState({ status: state, retryAt: retryInMs === undefined ? undefined : Date.now() + retryInMs, ...went });
  }

  private leaveUnanswered(): void {
    for (const resolve of this.replies.values()) resolve(disconnected);
    this.replies.clear();
  }

  private stopPings(): void {
    clearInterval(this.pings);
    this.pings = undefined;
  }
}

const disconnected: Answer = { ok: false, code: 'DISCONNECTED', tookMs: 0, text: '', value: undefined };

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
