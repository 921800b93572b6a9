import type { Conversation, Entry, EventData } from '@app/sdk';

/** The conversation list by `convId`. */
export type Conversations = Readonly<Record<string, Conversation>>;

export const mentionAll = '@all';

/** Whether what is known of a conversation reaches further than what is told: an entry may come before the answer that does not count it yet. */
export const isNewer = (known: Conversation | undefined, told: Conversation): boolean => (known?.lastSeq ?? 0) > told.lastSeq;

/** What `sync` tells replaces what was known, but for what is newer; what was left is gone. */
export function withSynced(known: Conversations, lines: readonly Conversation[]): Conversations {
  const next = { ...known };
  for (const line of lines) {
    if (line.left) delete next[line.convId];
    else if (!isNewer(known[line.convId], line)) next[line.convId] = line;
  }
  return next;
}

/** The list after an entry of a log. One that the list counts already changes nothing. */
export function withEntry(known: Conversations, entry: Entry, me: string): Conversations {
  const line = known[entry.convId] ?? newLine(entry, me);
  if (!line || entry.seq <= line.lastSeq) return known;
  const { hidden, ...shown } = line;
  // What was deleted comes back with the next message.
  const base = hidden && entry.kind !== 'message' ? line : shown;
  const next = { ...base, lastSeq: entry.seq, ...(entry.kind === 'message' ? said(line, entry, me) : changed(line, entry, me)) };
  return { ...known, [entry.convId]: next };
}

/** The list after a nudge: something was said in a group that this connection does not hear. How much of it is unread, `read` tells. */
export function withNudge(known: Conversations, { convId, lastSeq, lastMessage }: EventData<'conversation'>): Conversations {
  const line = known[convId];
  if (!line || lastSeq <= line.lastSeq) return known;
  const activeAt = lastMessage ? Math.max(line.activeAt, lastMessage.timestamp) : line.activeAt;
  const { hidden: _, ...shown } = line;
  return { ...known, [convId]: { ...shown, lastSeq, lastMessage: lastMessage ?? line.lastMessage, activeAt } };
}

/** The list with some fields of a line different; as it is when there is no such line. */
export function withLine(known: Conversations, convId: string, fields: Partial<Conversation>): Conversations {
  const line = known[convId];
  return line ? { ...known, [convId]: { ...line, ...fields } } : known;
}

/** The lines in the order in which they are shown: the pinned ones first, then by their last activity. */
export function inOrder(known: Conversations): readonly Conversation[] {
  return Object.values(known)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || (b.pinnedAt ?? 0) - (a.pinnedAt ?? 0) || b.activeAt - a.activeAt);
}

/** What a title badge counts: unread messages of what is not muted, and mentions everywhere. */
export function unreadOf(known: Conversations): number {
  return Object.values(known).reduce(
    (sum, { muted, unread, mentionedUnread, hidden }) => sum + (hidden ? 0 : muted ? mentionedUnread : unread),
    0,
  );
}

/** Whether a message mentions somebody, by name or with everybody. */
export const mentions = (message: { readonly mentions?: readonly string[] | undefined }, userId: string): boolean =>
  message.mentions?.some((mentioned) => mentioned === userId || mentioned === mentionAll) ?? false;

/** Everything but one key; the same when it is not there. */
export function without<T>(known: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!(key in known)) return known;
  const { [key]: _, ...rest } = known;
  return rest;
}

/** Those of some keys. */
export const only = (known: Conversations, convIds: ReadonlySet<string>): Conversations =>
  Object.fromEntries(Object.entries(known).filter(([convId]) => convIds.has(convId)));

const blankLine = {
  lastSeq: 0,
  readSeq: 0,
  unread: 0,
  mentionedUnread: 0,
  lastMessage: null,
  pinned: false,
  muted: false,
  draft: null,
} as const;

/** The line of a c2c that begins with this entry. What is known of a group comes otherwise. */
function newLine(entry: Entry, me: string): Conversation | undefined {
  if (entry.kind !== 'message' || entry.convType !== 'c2c') return undefined;
  const other = entry.from === me ? entry.to : entry.from;
  return {
    ...blankLine,
    convId: entry.convId,
    convType: 'c2c',
    activeAt: entry.timestamp,
    ...(other === undefined ? {} : { userId: other }),
  };
}

function said(line: Conversation, message: Extract<Entry, { kind: 'message' }>, me: string): Partial<Conversation> {
  const { kind: _, ...lastMessage } = message;
  const counts = message.from !== me && message.type !== 'system' && !message.recalled;
  return {
    lastMessage,
    activeAt: Math.max(line.activeAt, message.timestamp),
    ...(counts ? { unread: line.unread + 1, mentionedUnread: line.mentionedUnread + (mentions(message, me) ? 1 : 0) } : {}),
  };
}

function changed(line: Conversation, entry: Exclude<Entry, { kind: 'message' }>, me: string): Partial<Conversation> {
  switch (entry.kind) {
    case 'recalled': {
      const { lastMessage } = line;
      if (lastMessage?.seq !== entry.targetSeq) return {};
      const { payload: _, ...rest } = lastMessage;
      return { lastMessage: { ...rest, recalled: true } };
    }
    case 'edited': {
      const { lastMessage } = line;
      if (lastMessage?.seq !== entry.targetSeq || entry.payload === undefined) return {};
      return { lastMessage: { ...lastMessage, payload: entry.payload, editedAt: entry.editedAt } };
    }
    case 'group_updated': {
      const { name, joinPolicy, muteAll, minSecondsBetweenMessages, avatarUrl, ownerId } = entry;
      // Who hands a group over is an admin then.
      const role = ownerId === undefined ? undefined : ownerId === me ? 'owner' : line.role === 'owner' ? 'admin' : undefined;
      return defined({ name, joinPolicy, muteAll, minSecondsBetweenMessages, avatarUrl, ownerId, role });
    }
    case 'member_updated':
      if (entry.userId !== me) return {};
      // `null` says that the mute is over, as a moment in the past does.
      return { ...defined({ role: entry.role }), ...(entry.mutedUntil === undefined ? {} : { mutedUntil: entry.mutedUntil ?? 0 }) };
    case 'member_joined':
      return line.memberCount === undefined ? {} : { memberCount: line.memberCount + 1 };
    case 'member_left':
      return line.memberCount === undefined ? {} : { memberCount: line.memberCount - 1 };
    case 'group_created':
    case 'group_dissolved':
      return {};
  }
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
