import {
  type ConversationName,
  type Entry,
  type EntryEvent,
  type EntryFields,
  type EntryKind,
  type Message,
  type MessageType,
  parseConvId,
} from '@app/protocol';

/** A conversation in the store: its row and what its id says. */
export interface ConversationRef {
  readonly rowId: number;
  readonly name: ConversationName;
}

/** A row of `entries`, as every dialect answers it. */
export interface EntryRow {
  readonly seq: number;
  readonly kind: 'message' | EntryKind;
  readonly sender: string;
  readonly msg_key: string;
  readonly type: MessageType | null;
  readonly number: number;
  readonly at: number;
  readonly body: string | null;
  readonly reply_to: number | null;
  readonly mentions: string | null;
  readonly edited_at: number | null;
  readonly recalled: number;
  readonly expire_at: number | null;
  readonly burn: number | null;
}

export const entryColumns = 'seq, kind, sender, msg_key, type, number, at, body, reply_to, mentions, edited_at, recalled, expire_at, burn';

/**
 * Keys are unique per conversation and sender. A suffix keeps those of clients apart from the server's own, and keeps a client's
 * trailing spaces significant on stores that pad when they compare.
 */
export const clientKey = (clientMsgId: string): string => `${clientMsgId}/c`;
export const serverKey = (id: string): string => `${id}/s`;
const clientMsgIdOf = (key: string): string => key.slice(0, -2);

/**
 * The server's name of a message, made from its place and time. It needs no column and no index, and differs from what stood at
 * the same place before a restore.
 */
export const serverMsgIdOf = (rowId: number, seq: number, at: number): string =>
  [rowId, seq, at].map((part) => part.toString(36)).join('-');

/** The seq in a `serverMsgId`, or `undefined` if it is of another conversation or none of ours. */
export function seqOfServerMsgId(serverMsgId: string, rowId: number): number | undefined {
  const [row, seq, at] = serverMsgId.split('-').map((part) => parseInt(part, 36));
  if (row !== rowId || at === undefined || !Number.isSafeInteger(seq) || seq === undefined) return undefined;
  return serverMsgIdOf(rowId, seq, at) === serverMsgId ? seq : undefined;
}

/**
 * What is stored of the own fields of an entry. What an edit says stands in the row of its message alone, where readers find it: no earlier
 * text outlives an edit or a recall.
 */
export function storedFields<K extends EntryKind>(kind: K, fields: EntryFields<K>): string {
  if (kind !== 'edited') return JSON.stringify(fields);
  const { payload: _, ...rest } = fields as EntryFields<'edited'>;
  return JSON.stringify(rest);
}

/** A stored row as the wire shows it. */
export function entryOf({ rowId, name }: ConversationRef, row: EntryRow): Entry {
  if (row.kind === 'message') return { kind: 'message', ...messageOf(rowId, name, row) };
  return {
    convId: name.convId,
    seq: row.seq,
    from: row.sender,
    timestamp: row.at,
    kind: row.kind,
    ...(JSON.parse(row.body ?? '{}') as object),
  } as EntryEvent;
}

/** A row as it is to be shown at a time: a message whose time has come is gone, whether or not it was taken back already. */
export const rowAt = <R extends EntryRow>(row: R, now: number): R =>
  row.expire_at !== null && row.expire_at <= now ? { ...row, recalled: 1 } : row;

/**
 * Whether a message says what somebody was no longer to hear who left at a time. Of an edit in the same millisecond it is not known; such a
 * one counts as later.
 */
export const editedSince = ({ edited_at }: Pick<EntryRow, 'edited_at'>, leftAt: number): boolean =>
  edited_at !== null && edited_at >= leftAt;

/** The message of a row whose kind is `message`. */
export function messageOf(rowId: number, name: ConversationName, row: EntryRow): Message {
  const message: Message = {
    convId: name.convId,
    convType: name.convType,
    seq: row.seq,
    number: row.number,
    serverMsgId: serverMsgIdOf(rowId, row.seq, row.at),
    clientMsgId: clientMsgIdOf(row.msg_key),
    from: row.sender,
    ...(name.convType === 'c2c' ? { to: otherOf(name.users, row.sender) } : { groupId: name.groupId }),
    type: row.type ?? 'system',
    timestamp: row.at,
  };
  if (row.recalled) return { ...message, recalled: true };
  if (row.body !== null) message.payload = JSON.parse(row.body) as Record<string, unknown>;
  if (row.reply_to !== null) message.replyTo = row.reply_to;
  if (row.mentions !== null) message.mentions = JSON.parse(row.mentions) as string[];
  if (row.edited_at !== null) message.editedAt = row.edited_at;
  if (row.expire_at !== null) message.expireAtMs = row.expire_at;
  if (row.burn) message.burnAfterRead = true;
  return message;
}

/** The other user of a c2c. */
export const otherOf = ([a, b]: readonly [string, string], userId: string): string => (userId === a ? b : a);

/** The name of a conversation that is stored under its id. */
export function nameOf(convId: string): ConversationName {
  const name = parseConvId(convId);
  if (!name) throw new Error('a stored conversation id cannot be read');
  return name;
}
