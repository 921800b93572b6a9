import type { Entry } from '@app/sdk';

/** A stretch of a conversation without a hole: every entry that the user may see from `from` to `to`, both included. */
export interface MessageWindow {
  /** Another one for every stretch that was loaded on its own. */
  readonly id: number;
  readonly entries: readonly Entry[];
  /** The first `seq` that is covered; 1 when nothing is before it. */
  readonly from: number;
  /** The last `seq` that is covered; 0 while there is none. */
  readonly to: number;
  /** Whether it reaches the end of the log, so that what comes live belongs to it. */
  readonly atEnd: boolean;
}

/** An entry that changes a message before it. */
type Change = Extract<Entry, { kind: 'recalled' | 'edited' }>;

export const emptyWindow: MessageWindow = { id: 0, entries: [], from: 1, to: 0, atEnd: true };

/** Where the entry with that `seq` is, or would be. */
export function indexOfSeq(entries: readonly Entry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The window with a page before it, which covers everything from `from` on. */
export function withOlder(window: MessageWindow, page: readonly Entry[], from: number): MessageWindow {
  const older = page.filter(({ seq }) => seq >= from && seq < window.from);
  return { ...window, entries: [...older, ...window.entries], from: Math.max(1, from) };
}

/** The window with its last entries only. */
export function withoutOlder(window: MessageWindow, count: number): MessageWindow {
  const entries = window.entries.slice(-count);
  return { ...window, entries, from: entries[0]?.seq ?? window.from };
}

/** The window with a page behind it, of a log that ends at `lastSeq`. */
export function withNewer(window: MessageWindow, page: readonly Entry[], lastSeq: number): MessageWindow {
  const newer = page.filter(({ seq }) => seq > window.to);
  const to = Math.max(window.to, newer.at(-1)?.seq ?? 0);
  // An empty page says that nothing more is to be seen up to the end.
  const atEnd = newer.length === 0 || to >= lastSeq;
  return newer.reduce(changed, { ...window, entries: [...window.entries, ...newer], to: atEnd ? Math.max(to, lastSeq) : to, atEnd });
}

/**
 * The window after an entry that came live. One that does not follow without a hole changes what is there, and the window is not at the
 * end any more.
 */
export function withLive(window: MessageWindow, entry: Entry): MessageWindow {
  if (!window.atEnd || entry.seq <= window.to) return changed(window, entry);
  if (entry.seq > window.to + 1) return changed({ ...window, atEnd: false }, entry);
  return changed({ ...window, entries: [...window.entries, entry], to: entry.seq }, entry);
}

/** What an entry does to a message before it: to take it back, or to change what it says. */
function changed(window: MessageWindow, entry: Entry): MessageWindow {
  if (entry.kind !== 'recalled' && entry.kind !== 'edited') return window;
  const index = indexOfSeq(window.entries, entry.targetSeq);
  const target = window.entries[index];
  if (target?.kind !== 'message' || target.seq !== entry.targetSeq) return window;
  const entries = window.entries.slice();
  entries[index] = changedMessage(target, entry);
  return { ...window, entries };
}

function changedMessage(target: Extract<Entry, { kind: 'message' }>, change: Change): Entry {
  if (change.kind === 'recalled') {
    const { payload: _, ...rest } = target;
    return { ...rest, recalled: true };
  }
  const { payload, editedAt } = change;
  return target.recalled || payload === undefined ? target : { ...target, payload, editedAt };
}

/** The first message of others after the read position, if it is in the window. */
export function firstUnread(window: MessageWindow, readSeq: number, me: string): number | undefined {
  for (let i = indexOfSeq(window.entries, readSeq + 1); i < window.entries.length; i++) {
    const entry = window.entries[i]!;
    if (entry.kind === 'message' && entry.from !== me && entry.type !== 'system' && !entry.recalled) return entry.seq;
  }
  return undefined;
}
