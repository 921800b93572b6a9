import type { Entry, Message } from '@app/sdk';
import type { OutboxItem } from '../outbox/item';
import type { UploadItem } from './uploads';

/** Messages of one person that follow each other within this time (ms) stand together. */
const togetherMs = 5 * 60_000;

/** What is the same for everything that stands in the list by itself. */
interface Place {
  /** Stays the same from sending a message on: for own messages it is the sender's name for it. */
  readonly key: string;
  /** Begins a day. */
  readonly day: boolean;
  /** The first, or the last, of some messages of one person that stand together. */
  readonly first: boolean;
  readonly last: boolean;
  /** How many messages are unread from here on; 0 everywhere but at the first of them. */
  readonly unread: number;
  readonly timestamp: number;
  /** Who said it; undefined for what nobody said. */
  readonly author: string | undefined;
}

/** A line of the message list: an entry of the log, a message that waits to be stored, or a file on its way. */
export type Row =
  | (Place & { readonly kind: 'entry'; readonly entry: Entry })
  | (Place & { readonly kind: 'pending'; readonly item: OutboxItem })
  | (Place & { readonly kind: 'upload'; readonly upload: UploadItem });

type Content =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'pending'; readonly item: OutboxItem }
  | { readonly kind: 'upload'; readonly upload: UploadItem };

/** Where the messages begin that were unread when the conversation was opened. */
export interface Unread {
  readonly seq: number;
  readonly count: number;
}

/** The lines of a conversation, and what they were made of. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly entries: readonly Entry[];
  readonly unread: Unread | undefined;
  /** How many of the lines are of entries. */
  readonly settled: number;
}

interface Waiting {
  readonly outbox: readonly OutboxItem[];
  readonly uploads: readonly UploadItem[];
}

/**
 * The lines of a conversation: what can be seen of its entries, and behind them what is on its way. Lines that were made before for the
 * same entries are taken over, so that one more message in 100,000 costs little.
 */
export function rowsOf(entries: readonly Entry[], waiting: Waiting, me: string, unread: Unread | undefined, before?: Rows): Rows {
  const [rows, from] = takenOver(entries, unread, before);
  for (let i = from; i < entries.length; i++) {
    const entry = entries[i]!;
    if (!isSeen(entry)) continue;
    const by = entry.kind === 'message' && entry.type !== 'system' ? entry.from : undefined;
    add(rows, { kind: 'entry', entry }, keyOf(entry, me), by, entry.timestamp, entry.seq === unread?.seq ? unread.count : 0);
  }
  const settled = rows.length;
  const onTheWay = [
    ...waiting.outbox.map((item) => ({ kind: 'pending', item, createdAt: item.createdAt }) as const),
    ...waiting.uploads.map((upload) => ({ kind: 'upload', upload, createdAt: upload.createdAt }) as const),
  ].sort((a, b) => a.createdAt - b.createdAt);
  for (const one of onTheWay) {
    const key = one.kind === 'pending' ? `own:${one.item.clientMsgId}` : `file:${one.upload.id}`;
    // The clock of this device may be behind that of the server.
    add(rows, one, key, me, Math.max(one.createdAt, rows.at(-1)?.timestamp ?? 0), 0);
  }
  const end = rows.at(-1);
  if (end && !end.last) rows[rows.length - 1] = { ...end, last: true };
  return { rows, entries, unread, settled };
}

/** The lines of entries that are still the same, and from which entry on there are others. */
function takenOver(entries: readonly Entry[], unread: Unread | undefined, before: Rows | undefined): [rows: Row[], from: number] {
  if (!before || before.unread !== unread || before.entries.length === 0 || entries[0] !== before.entries[0]) return [[], 0];
  const most = Math.min(entries.length, before.entries.length);
  let same = 0;
  while (same < most && entries[same] === before.entries[same]) same++;
  const next = same < before.entries.length ? before.entries[same]!.seq : Infinity;
  const rows = before.rows.slice(0, Math.min(before.settled, rowOfSeq(before.rows, next)));
  // Whether the last one stays the last of its kind, the next one says.
  const end = rows.at(-1);
  if (end?.author !== undefined) rows[rows.length - 1] = { ...end, last: false };
  return [rows, same];
}

function add(rows: Row[], content: Content, key: string, author: string | undefined, timestamp: number, unread: number): void {
  const previous = rows.at(-1);
  const day = previous === undefined || dayOf(timestamp) !== dayOf(previous.timestamp);
  const isApart = author === undefined || author !== previous?.author || timestamp - previous.timestamp > togetherMs;
  const first = isApart || day || unread > 0;
  if (first && previous && !previous.last) rows[rows.length - 1] = { ...previous, last: true };
  rows.push({ ...content, key, author, timestamp, day, first, last: author === undefined, unread });
}

/** Whether an entry has a line of its own: what changes another message is seen there. */
const isSeen = (entry: Entry): boolean => entry.kind !== 'recalled' && entry.kind !== 'edited';

/** Where the line of an entry is: that with this `seq`, or the next one that can be seen. */
export function rowOfSeq(rows: readonly Row[], seq: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (row.kind === 'entry' && row.entry.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

const keyOf = (entry: Entry, me: string): string =>
  entry.kind === 'message' && entry.from === me ? `own:${entry.clientMsgId}` : String(entry.seq);

let cached = { from: 0, to: 0 };

/** The day of a moment where the reader is. Making a date of every one of 100,000 moments would take long. */
function dayOf(timestamp: number): number {
  if (timestamp < cached.from || timestamp >= cached.to) {
    const date = new Date(timestamp);
    const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
    cached = { from: new Date(year, month, day).getTime(), to: new Date(year, month, day + 1).getTime() };
  }
  return cached.from;
}

/** The last own text message that can still be said otherwise. */
export function lastOwnText(entries: readonly Entry[], me: string): Message | undefined {
  for (let i = entries.length - 1; i >= Math.max(0, entries.length - 200); i--) {
    const entry = entries[i]!;
    if (entry.kind === 'message' && entry.from === me && entry.type === 'text' && !entry.recalled) return entry;
  }
  return undefined;
}
