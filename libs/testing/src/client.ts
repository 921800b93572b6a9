import {
  type ActionName,
  type ActionOutput,
  type ActionRequest,
  type ErrorBody,
  type EventData,
  type EventName,
  subprotocol,
} from '@app/protocol';
import { WebSocket } from 'ws';

/** A frame from the server, as it came. */
export interface ServerFrame {
  readonly action: string;
  readonly ref?: string;
  readonly data: unknown;
}

/** How a connection ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** An error reply. */
export class Refused extends Error {
  constructor(readonly body: ErrorBody) {
    super(`${body.code}: ${body.message}`);
  }

  get code(): string {
    return this.body.code;
  }
}

/** An upgrade that was answered with plain HTTP. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {
    super(`upgrade refused with ${status}: ${body.code}`);
  }
}

/** How to connect. */
export interface ConnectOptions {
  readonly token?: string;
  readonly deviceId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly protocols?: readonly string[];
  /** `false` leaves the server's pings without an answer. */
  readonly autoPong?: boolean;
}

const patienceMs = 10_000;

/** A client that speaks the protocol and nothing more: no reconnect, no ordering, so that tests see what the server does. */
export class TestClient {
  /** Every event so far, in the order of arrival; `connected` is the first. */
  readonly events: ServerFrame[] = [];
  /** Every reply so far, in the order of arrival. */
  readonly replies: ServerFrame[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Closed>;
  private readonly calls = new Map<string, { resolve(data: unknown): void; reject(error: unknown): void }>();
  private readonly watchers = new Set<() => void>();
  private taken = 0;
  private refs = 0;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        for (const call of this.calls.values()) call.reject(new Error(`the connection was closed with ${code}`));
        resolve({ code, reason: reason.toString() });
        this.changed();
      });
    });
    socket.on('message', (data) => this.receive(JSON.parse((data as Buffer).toString()) as ServerFrame));
    socket.on('error', () => undefined);
  }

  /** Connects and waits for `connected`. Throws `UpgradeRefused`. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<TestClient> {
    const { token, deviceId, headers, path = '/ws', autoPong = true } = options;
    const protocols = options.protocols ?? (token === undefined ? [] : [subprotocol, `bearer.${token}`]);
    const query = deviceId === undefined ? '' : `?deviceId=${deviceId}`;
    const socket = new WebSocket(`${url}${path}${query}`, [...protocols], {
      ...(headers ? { headers } : {}),
      perMessageDeflate: false,
      autoPong,
    });
    const client = new TestClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
      socket.on('unexpected-response', (_, response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          reject(new UpgradeRefused(response.statusCode ?? 0, bodyOf(text, response.headers['content-type']), response.headers)),
        );
      });
    });
    await client.next('connected');
    return client;
  }

  /** Asks for an action and waits for its ack. Throws `Refused` for an error. */
  call<A extends ActionName>(action: A, data: ActionRequest<A>): Promise<ActionOutput<A>> {
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.reject(new Error('the connection is closed'));
    const ref = `r${++this.refs}`;
    const answer = new Promise<ActionOutput<A>>((resolve, reject) => {
      this.calls.set(ref, { resolve: resolve, reject });
    });
    this.raw(JSON.stringify({ action, ref, data }));
    return answer;
  }

  /** Sends a text message and waits for its ack. */
  say(
    target: { to: string } | { groupId: string } | { convId: string },
    text: string,
    clientMsgId = `m${++this.refs}`,
  ): Promise<ActionOutput<'send'>> {
    return this.call('send', { ...target, type: 'text', payload: { text }, clientMsgId });
  }

  /** Writes a frame as it is. */
  raw(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** The next event of that name that nobody has taken yet and that fits; waits for it. */
  async next<E extends EventName>(event: E, fits: (data: EventData<E>) => boolean = () => true): Promise<EventData<E>> {
    let found: EventData<E> | undefined;
    await this.until(() => {
      while (this.taken < this.events.length) {
        const frame = this.events[this.taken++];
        if (frame?.action !== event || !fits(frame.data as EventData<E>)) continue;
        found = frame.data as EventData<E>;
        return true;
      }
      return false;
    }, `the event ${event}`);
    return found as EventData<E>;
  }

  /** The data of every event of that name so far. */
  all<E extends EventName>(event: E): EventData<E>[] {
    return this.events.filter((frame) => frame.action === event).map((frame) => frame.data as EventData<E>);
  }

  /** Waits until `done` holds; it is asked after every frame. Throws when that takes too long. */
  async until(done: () => boolean, what = 'a condition'): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (!done()) return;
        clearTimeout(timer);
        this.watchers.delete(watch);
        resolve();
      };
      const giveUp = (why: string) => {
        clearTimeout(timer);
        this.watchers.delete(watch);
        const seen = this.events.slice(-5).map((frame) => JSON.stringify(frame).slice(0, 200));
        reject(new Error(`waited in vain for ${what}${why}; the last events were ${seen.join(' ')}`));
      };
      const timer = setTimeout(() => giveUp(''), patienceMs);
      void this.closed.then(() => giveUp(', the connection was closed'));
      this.watchers.add(watch);
    });
  }

  /** Waits until everything that the server had sent before has arrived. */
  async settled(): Promise<void> {
    await this.call('ping', {});
    // An event may be published in the turn after the reply; a second round trip is behind it.
    await this.call('ping', {});
  }

  /** Closes and waits for the end. */
  async close(): Promise<Closed> {
    this.socket.close();
    return this.closed;
  }

  /** Cuts the connection as a lost network does. */
  cut(): void {
    this.socket.terminate();
  }

  private receive(frame: ServerFrame): void {
    if (frame.action === 'ack' || frame.action === 'error') {
      this.replies.push(frame);
      const call = this.calls.get(frame.ref ?? '');
      this.calls.delete(frame.ref ?? '');
      if (frame.action === 'ack') call?.resolve(frame.data);
      else call?.reject(new Refused(frame.data as ErrorBody));
    } else this.events.push(frame);
    this.changed();
  }

  private changed(): void {
    for (const watch of [...this.watchers]) watch();
  }
}

/** The body of a refusal; a proxy answers in words of its own. */
function bodyOf(text: string, type = ''): ErrorBody {
  return (type.startsWith('application/json') ? JSON.parse(text || '{}') : { message: text }) as ErrorBody;
}

/** Runs `attempt` and answers the code it was refused with; throws when it was not refused. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    if (error instanceof UpgradeRefused) return error.body.code;
    throw error;
  }
  throw new Error('this was not refused');
}
