import type { ActionInput, ActionName, ActionOutput } from '@app/protocol';
import type { AppendSequence } from '@app/storage';
import type { Outbox } from './hub/outbox';

/** Who asks: what the token says, and the connection if it is a WebSocket that asks. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string | null;
  readonly deviceId: string | null;
  readonly connection?: CallerConnection;
}

/** The connection of a caller, as far as features may know it. */
export interface CallerConnection {
  readonly box: Outbox;
  /** The connection's appends to a conversation, which fail together. */
  sequenceOf(convId: string): AppendSequence;
}

/** Somebody who asks over a WebSocket. */
export type SocketCaller = Caller & { readonly connection: CallerConnection };

/**
 * What a handler answers: the data of an ack; or an ack with something that follows it; or an ack that comes later while further frames
 * of the connection are already taken up.
 */
export type Answer<T> =
  { readonly kind: 'ack'; readonly data: T; readonly after?: () => void } | { readonly kind: 'later'; readonly data: Promise<T> };

/** Handles one action. It has been authenticated, counted against its buckets and checked by its schema. */
export type Handler<A extends ActionName> = (
  caller: SocketCaller,
  input: ActionInput<A>,
) => Answer<ActionOutput<A>> | Promise<Answer<ActionOutput<A>>>;

/** One handler for every action: the compiler names the one that is missing. */
export type Handlers = { readonly [A in ActionName]: Handler<A> };

/** An ack, and what follows it. */
export const ack = <T>(data: T, after?: () => void): Answer<T> => (after ? { kind: 'ack', data, after } : { kind: 'ack', data });
