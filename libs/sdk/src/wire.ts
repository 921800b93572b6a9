import type { ActionName, ActionOutput, ActionRequest, Conversation, Entry, EventData, EventName } from '@app/protocol';

/** What the server says first on a connection. */
export type Session = EventData<'connected'>;

/** What a stored message is acked with. */
export type SendAck = ActionOutput<'send'>;

/** The answer to a reply's `ref`. */
export type Ask = <A extends ActionName>(action: A, data: ActionRequest<A>) => Promise<ActionOutput<A>>;

/** A frame from the server, as it came. */
export interface ServerFrame {
  readonly action: string;
  readonly ref?: string;
  readonly data: unknown;
}

export type { ActionName, ActionOutput, ActionRequest, Conversation, Entry, EventData, EventName };

/** The entry that an event carries; `undefined` when the event is of another sort. */
export function entryOf(event: string, data: unknown): Entry | undefined {
  if (event === 'message') return { kind: 'message', ...(data as EventData<'message'>) };
  return event === 'entry' ? (data as EventData<'entry'>) : undefined;
}
