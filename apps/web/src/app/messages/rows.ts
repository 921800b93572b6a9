import type { Entry, Message } from '@app/sdk';
import type { OutboxItem } from '../outbox/outbox';
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

/** The lines of a conversation: what can be seen of its entries, and behind them what is on its way. */
export function rowsOf(
  entries: readonly Entry[],
  waiting: { readonly outbox: readonly OutboxItem[]; readonly uploads: readonly UploadItem[] },
  me: string,
  unread: Unread | undefined,
): readonly Row[] {
  const rows: Row[] = [];
  let author: string | undefined;
  let before = 0;
  let day = '';
  const add = (content: Content, key: string, by: string | undefined, timestamp: number, unreadHere: number): void => {
    const today = dayOf(timestamp);
    const isNewDay = today !== day;
    const first = by === undefined || isNewDay || by !== author || timestamp - before > togetherMs || unreadHere > 0;
    const previous = rows.at(-1);
    if (first && previous && !previous.last) rows[rows.length - 1] = { ...previous, last: true };
    rows.push({ ...content, key, timestamp, day: isNewDay, first, last: by === undefined, unread: unreadHere });
    [author, before, day] = [by, timestamp, today];
  };
  for (const entry of entries) {
    if (!isSeen(entry)) continue;
    const by = entry.kind === 'message' && entry.type !== 'system' ? entry.from : undefined;
    add({ kind: 'entry', entry }, keyOf(entry, me), by, entry.timestamp, entry.seq === unread?.seq ? unread.count : 0);
  }
  const onTheWay = [
    ...waiting.outbox.map((item) => ({ kind: 'pending', item, createdAt: item.createdAt }) as const),
    ...waiting.uploads.map((upload) => ({ kind: 'upload', upload, createdAt: upload.createdAt }) as const),
  ].sort((a, b) => a.createdAt - b.createdAt);
  // The clock of this device may be behind that of the server.
  for (const one of onTheWay) {
    const key = one.kind === 'pending' ? `own:${one.item.clientMsgId}` : `file:${one.upload.id}`;
    add(one, key, me, Math.max(one.createdAt, before), 0);
  }
  const end = rows.at(-1);
  if (end) rows[rows.length - 1] = { ...end, last: true };
  return rows;
}

/** Whether an entry has a line of its own: what changes another message is seen there. */
export const isSeen = (entry: Entry): boolean => entry.kind !== 'recalled' && entry.kind !== 'edited';

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

let cachedDay = { from: 0, to: 0, name: '' };

/** The day of a moment where the reader is. Making a date of every one of 100,000 moments would take long. */
function dayOf(timestamp: number): string {
  if (timestamp >= cachedDay.from && timestamp < cachedDay.to) return cachedDay.name;
  const date = new Date(timestamp);
  const from = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const to = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
  cachedDay = { from, to, name: String(from) };
  return cachedDay.name;
}

/** The last own text message that can still be said otherwise. */
export function lastOwnText(entries: readonly Entry[], me: string): Message | undefined {
  for (let i = entries.length - 1; i >= Math.max(0, entries.length - 200); i--) {
    const entry = entries[i]!;
    if (entry.kind === 'message' && entry.from === me && entry.type === 'text' && !entry.recalled) return entry;
  }
  return undefined;
}
