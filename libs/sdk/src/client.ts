import { Backoff, type BackoffOptions } from './backoff';
import { Connection, type ConnectionState, type Reply, type ConnectionChange } from './connection';
import { Credentials, type TokenSource } from './credentials';
import { Deliveries } from './deliveries';
import { Emitter, type Unsubscribe } from './emitter';
import { ParleyError } from './errors';
import { newClientMsgId } from './ids';
import { jsonOf, sizeProblem } from './frame';
import { type FileBytes, ParleyRest, type RequestArguments, type UploadOptions } from './rest';
import { type OutgoingMessage, type PendingMessage, Sends } from './sends';
import type { SocketConstructor } from './socket';
import type { ClientState } from './state';
import { Sync } from './sync';
import type { Timeline } from './timeline';
import { Timelines, type TimelineOptions, type TimelineTarget } from './timelines';
import { systemTimers as timers } from './timers';
import { onNetworkBack } from './wake';
import {
  type ActionName,
  type ActionOutput,
  type ActionRequest,
  type EventData,
  type EventName,
  type RouteAnswer,
  type RouteName,
  type SendAck,
  type Session,
  type SyncSections,
  entryOf,
} from './wire';

/** How a client finds its server, and how it behaves. */
export interface ParleyOptions {
  /** The server's address: `https://chat.example.org`, or the WebSocket's own (`wss://chat.example.org/ws`). In a browser it may be relative. */
  readonly url: string;
  /** The token, or a function that gives one and is asked before every connection and request. */
  readonly token: string | TokenSource;
  /** The name of this device (1–64 of `A-Za-z0-9._-`); made when absent. Of two connections of one device the server keeps the newer. */
  readonly deviceId?: string;
  /** The class of WebSockets. Default: the global one, or that of the package `ws` where there is none (Node.js 20). */
  readonly WebSocket?: SocketConstructor;
  /** What `state()` of an earlier client of the same user gave; void when it belongs to another user or another store (event `reset`). */
  readonly state?: ClientState;
  /** How many sends, and how many calls, may wait; default 1,000 each. */
  readonly maxPending?: number;
  /** Whether the server is told of what came of c2cs that the app listens to; default true. */
  readonly delivered?: boolean;
  /** The waits between attempts. */
  readonly reconnect?: BackoffOptions;
  /** Hears what listeners and the token function throw, and why attempts failed. */
  readonly onError?: (error: unknown) => void;
}

/**
 * What is new or changed of each thing that `sync` tells, after every connect and whenever the server asks for it. Nothing new is not told,
 * but the first `conversations` of a client come even when there are none: who waits for the list knows that it is empty.
 */
export type SyncEvents = { readonly [S in keyof SyncSections]: Readonly<SyncSections[S]> };

/** What a client tells of itself, beside the events of the server. */
export interface ClientEvents extends SyncEvents {
  /** The connection changed its state. The first `connecting` comes before anybody can listen. */
  connection: ConnectionChange;
  /** A c2c that the app has not opened has something to tell: listen to it now. */
  timeline: Timeline;
  /** The server has another store (a restore, a promotion): everything that was loaded is void. Timelines go on from the present end. */
  reset: { readonly epoch: string };
}

/** Every event of a client, with what it carries. Those of the server come as they come: a timeline is what orders them. */
export type AllEvents = ClientEvents & { [E in EventName]: EventData<E> };

interface WaitingCall {
  readonly action: ActionName;
  readonly json: string;
  readonly onReply: (reply: Reply) => void;
}

const maxPendingDefault = 1_000;

/**
 * A client of a Parley server. It connects at once and comes back after every cut: sends are stored once and in order, and timelines
 * tell every entry once and in order, whatever happens to the connection.
 */
export class ParleyClient {
  /** The name of this device. */
  readonly deviceId: string;
  private readonly connection: Connection;
  private readonly events: Emitter<AllEvents>;
  private readonly sends: Sends;
  private readonly timelines: Timelines;
  private readonly sync: Sync;
  private readonly deliveries: Deliveries;
  private readonly rest: ParleyRest;
  private readonly maxPending: number;
  private readonly waiting: WaitingCall[] = [];
  private readonly stopListening: () => void;
  /** How far conversations were known to reach when the state was saved. */
  private readonly heads: { convId: string; lastSeq: number }[] = [];
  private toldConversations = false;
  private epoch: string | undefined;
  private user: string | undefined;

  /** Throws a `TypeError` when the url is none. */
  constructor(options: ParleyOptions) {
    const { token, state, maxPending = maxPendingDefault, reconnect: backoff, onError: report = () => undefined } = options;
    this.deviceId = options.deviceId ?? newClientMsgId();
    this.maxPending = maxPending;
    this.events = new Emitter(report);
    this.rest = new ParleyRest(options);
    const ask = <A extends ActionName>(action: A, data: ActionRequest<A>) => this.call(action, data);
    const userId = () => this.user ?? '';
    this.deliveries = new Deliveries({ ask, timers, backoff: new Backoff(backoff), userId });
    this.connection = new Connection({
      url: options.url,
      deviceId: this.deviceId,
      credentials: new Credentials(token),
      socketConstructor: options.WebSocket,
      timers,
      backoff,
      listener: {
        changed: (change) => this.changed(change),
        online: (session) => this.online(session),
        offline: () => this.offline(),
        event: (name, data) => this.told(name, data),
        failed: report,
      },
    });
    this.sends = new Sends({ timers, maxPending, backoff, ask: (json, onReply) => this.connection.ask('send', json, onReply) });
    this.timelines = new Timelines({
      ask,
      timers,
      backoff,
      report,
      userId,
      told: (entry) => {
        if (options.delivered !== false) this.deliveries.told(entry);
      },
      opened: (timeline) => this.events.emit('timeline', timeline),
      wanted: () => this.events.heard('timeline'),
    });
    this.sync = new Sync({
      ask,
      timers,
      backoff: new Backoff(backoff),
      report,
      take: (sections) => this.learn(sections),
      done: () => this.timelines.learned(),
    });
    if (state) this.load(state);
    this.stopListening = onNetworkBack(() => this.wake());
    this.connection.start();
  }

  /** Where the connection stands. */
  get status(): ConnectionState {
    return this.connection.state;
  }

  /** What the server said first on the last connection; `undefined` before the first one. */
  get session(): Session | undefined {
    return this.connection.session;
  }

  /** Messages that are not acked yet, oldest first. Keep them, and `send` them again with their `clientMsgId` after a page load. */
  get pending(): readonly PendingMessage[] {
    return this.sends.pending;
  }

  /** Listens; what is returned ends it. A listener that throws disturbs nobody: `onError` hears of it. */
  on<E extends keyof AllEvents>(event: E, listener: (data: AllEvents[E]) => void): Unsubscribe {
    return this.events.on(event, listener);
  }

  /**
   * Asks for an action and resolves with the data of its ack. While there is no connection it waits for one; when the connection goes
   * before the answer, it is rejected with `DISCONNECTED`. Throws a `ParleyError`. For messages use `send`, which survives that.
   */
  call<A extends ActionName>(action: A, data: ActionRequest<A>): Promise<ActionOutput<A>> {
    return new Promise((resolve, reject) => {
      if (this.status === 'closed') return reject(closedError());
      if (this.waiting.length >= this.maxPending) return reject(new ParleyError('QUEUE_FULL', `${this.maxPending} calls are waiting`));
      const onReply = (reply: Reply) => (reply.ok ? resolve(reply.data as ActionOutput<A>) : reject(reply.error));
      const call = { action, json: jsonOf(data), onReply };
      if (this.status === 'online') this.ask(call);
      else this.waiting.push(call);
    });
  }

  /**
   * Asks a REST route and resolves with its answer; connected or not. Throws a `ParleyError`; `DISCONNECTED` when no answer came: it may
   * have happened or not.
   */
  request<R extends RouteName>(route: R, ...request: RequestArguments<R>): Promise<RouteAnswer<R>> {
    return this.rest.request(route, ...request);
  }

  /** Uploads a file; connected or not. See `ParleyRest.upload`. */
  upload(bytes: FileBytes, options: UploadOptions = {}): Promise<RouteAnswer<'completeFile'>> {
    return this.rest.upload(bytes, options);
  }

  /** Addresses by which files can be read for some minutes. See `ParleyRest.links`. */
  links(fileIds: readonly string[]): ReturnType<ParleyRest['links']> {
    return this.rest.links(fileIds);
  }

  /**
   * Sends a message; resolves when it is stored, however often the connection goes meanwhile. Messages to one conversation are stored in
   * the order in which they were sent, each once. Rejects with a `ParleyError`: the server's reason, `TOO_LARGE`, `QUEUE_FULL`, `CLOSED`; and
   * `RATE_LIMIT` where the slow mode of a group would let it wait for more than ten seconds.
   */
  send(message: OutgoingMessage): Promise<SendAck> {
    return this.sends.add(message);
  }

  /**
   * The timeline of a conversation; the same one until it ends. Listen to it before anything is awaited. Throws a `TypeError` when no
   * conversation is named.
   */
  timeline(target: TimelineTarget, options?: TimelineOptions): Timeline {
    return this.timelines.timeline(target, options);
  }

  /** What a later client of the same user needs to go on from here, as plain JSON; `undefined` before the first connection. */
  state(): ClientState | undefined {
    const { epoch, user: userId } = this;
    if (epoch === undefined || userId === undefined) return undefined;
    const { token } = this.sync;
    return { epoch, userId, ...(token === undefined ? {} : { sync: token }), ...this.timelines.save() };
  }

  /**
   * Somebody does not want to wait, or is back: tries at once to connect where the client is waiting by itself, and not where the server
   * said when to come; of a connection that seems to be there it makes sure. A browser's `online` event does it too.
   */
  wake(): void {
    this.connection.wake();
  }

  /** Ends everything: what is not acked is rejected with `CLOSED`, and timelines end. */
  close(): void {
    this.connection.close();
  }

  private online(session: Session): void {
    const { epoch, userId } = session;
    const known = this.epoch !== undefined;
    const same = this.epoch === epoch && this.user === userId;
    this.epoch = epoch;
    this.user = userId;
    if (known && !same) {
      this.sync.restart();
      this.heads.length = 0;
      this.deliveries.clear();
      this.timelines.restart();
      this.events.emit('reset', { epoch });
    }
    this.timelines.resume();
    this.timelines.learn(this.heads.splice(0));
    this.sync.run();
    for (const call of this.waiting.splice(0)) this.ask(call);
    this.sends.online(session);
  }

  private offline(): void {
    this.sends.offline();
    this.sync.stop();
    this.timelines.suspend();
  }

  private told(name: string, data: unknown): void {
    const entry = entryOf(name, data);
    if (entry) this.timelines.offer(entry);
    if (name === 'resync') this.sync.run();
    // Events that this version does not know have no listeners.
    this.events.emit(name as EventName, data as EventData<EventName>);
  }

  private changed(change: ConnectionChange): void {
    if (change.state === 'closed') this.end();
    this.events.emit('connection', change);
  }

  private learn(sections: SyncSections): void {
    for (const name of Object.keys(sections) as (keyof SyncSections)[]) {
      // A newer server may tell more than lists.
      if (!Array.isArray(sections[name])) continue;
      const isFirst = name === 'conversations' && !this.toldConversations;
      if (isFirst) this.toldConversations = true;
      if (isFirst || sections[name].length > 0) this.events.emit(name, sections[name]);
    }
    this.timelines.learn(sections.conversations);
  }

  private end(): void {
    this.stopListening();
    this.rest.close();
    this.deliveries.clear();
    this.sends.close();
    this.sync.stop();
    this.timelines.close();
    for (const { onReply } of this.waiting.splice(0)) onReply({ ok: false, error: closedError() });
  }

  private ask({ action, json, onReply }: WaitingCall): void {
    const problem = sizeProblem(json, this.session?.maxFrameBytes ?? Infinity);
    if (problem) onReply({ ok: false, error: problem });
    else this.connection.ask(action, json, onReply);
  }

  private load(state: ClientState): void {
    this.epoch = state.epoch;
    this.user = state.userId;
    this.sync.restart(state.sync);
    this.timelines.load(state);
    this.heads.push(...Object.entries(state.heads).map(([convId, lastSeq]) => ({ convId, lastSeq })));
  }
}

const closedError = () => new ParleyError('CLOSED', 'the client is closed');
