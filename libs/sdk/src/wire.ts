import type {
  ActionName,
  ActionOutput,
  ActionRequest,
  Conversation,
  Entry,
  EventData,
  EventName,
  JsonRoute as RouteName,
  RouteAnswer,
} from '@app/protocol';

/** What the server says first on a connection. */
export type Session = EventData<'connected'>;

/** What a stored message is acked with. */
export type SendAck = ActionOutput<'send'>;

/** The answer to a reply's `ref`. */
export type Ask = <A extends ActionName>(action: A, data: ActionRequest<A>) => Promise<ActionOutput<A>>;

/** What a page of `sync` holds, section by section. */
export type SyncSections = Omit<ActionOutput<'sync'>, 'next' | 'hasMore'>;

/** A frame from the server, as it came. */
export interface ServerFrame {
  readonly action: string;
  readonly ref?: string;
  readonly data: unknown;
}

export type { ActionName, ActionOutput, ActionRequest, Conversation, Entry, EventData, EventName, RouteAnswer, RouteName };

/** The entry that an event carries; `undefined` when the event is of another sort, or has no place in a log. */
export function entryOf(event: string, data: unknown): Entry | undefined {
  if ((event !== 'message' && event !== 'entry') || !hasPlace(data)) return undefined;
  return event === 'message' ? { kind: 'message', ...(data as EventData<'message'>) } : (data as EventData<'entry'>);
}

/** Whether this is what a server says first: a proxy or another program may answer in its place. */
export function isSession(data: unknown): data is Session {
  const { userId, epoch, heartbeatMs, maxFrameBytes, sendQps, sendBurst } = (data ?? {}) as Partial<Session>;
  return [userId, epoch].every(isText) && [heartbeatMs, maxFrameBytes, sendQps, sendBurst].every(Number.isFinite);
}

function hasPlace(data: unknown): boolean {
  const { convId, seq } = (data ?? {}) as Partial<Entry>;
  return isText(convId) && Number.isSafeInteger(seq);
}

const isText = (value: unknown): boolean => typeof value === 'string';
