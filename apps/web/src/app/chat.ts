import {
  type Conversation,
  type Entry,
  type EventData,
  type OutgoingMessage,
  ParleyClient,
  ParleyError,
  type Target,
  c2cConvId,
  groupIdOf,
} from '@app/sdk';
import { joinedLine, withEntry, withLine, withNudge, withSynced } from './conversations/conversations';
import { type MessageWindow, emptyWindow, indexOfSeq, withLive, withNewer, withOlder } from './messages/window';
import { Outbox } from './outbox/outbox';
import type { Account } from './session/account';
import { type ChatState, type ChatStore, createChatStore } from './state';

/** Somebody counts as writing for so long (ms) after they were told to; `typing` comes every 3 s. */
const typingLastsMs = 5_000;
/** How many entries are read at once. */
const pageSize = 60;
/** So many groups are heard all the time; of the others the server tells that something was said. The server allows 1,000. */
const maxHeardGroups = 300;
/** Close codes that end a session: KICKED, and a token that is no good. */
const sessionEnded: readonly number[] = [4500, 4501, 4503];

/** What a signed-in person has on the screen, kept true by the SDK: the connection, the list, what was said, what waits to be sent. */
export class Chat {
  readonly store: ChatStore = createChatStore();
  readonly client: ParleyClient;
  private readonly outbox: Outbox;
  private readonly heard = new Set<string>();
  private readonly loading = new Set<string>();
  private readonly typingSent = new Map<string, number>();
  private readonly reading = new Map<string, number>();

  constructor(
    readonly userId: string,
    account: Account,
    deviceId: string,
  ) {
    this.client = new ParleyClient({
      url: location.origin,
      token: account.token,
      deviceId,
      onError: (error) => console.warn('parley:', error instanceof ParleyError ? `${error.code} ${error.message}` : error),
    });
    this.outbox = new Outbox(this.client, userId, (outbox) => this.set({ outbox }));
    this.listen(account);
    void this.outbox.resume();
  }

  /** Ends the connection. What waits to be sent stays in the browser. */
  close(): void {
    this.client.close();
  }

  /** Shows a conversation at its first unread message, or at its end: loads what is around it. Throws a `ParleyError`. */
  async open(convId: string): Promise<void> {
    this.hear(convId);
    if (this.state.windows[convId] || this.loading.has(convId)) return;
    const line = this.state.conversations[convId];
    const around = line && line.unread > pageSize ? line.readSeq : undefined;
    await this.once(convId, () => this.load(convId, around));
    await this.catchUp(convId);
  }

  /** Shows the stretch around a message in place of what is shown. Throws a `ParleyError`. */
  async jumpTo(convId: string, seq: number): Promise<void> {
    const window = this.state.windows[convId];
    if (window && seq >= window.from && seq <= window.to) return;
    await this.once(convId, () => this.load(convId, seq));
  }

  /** Shows the newest messages in place of what is shown. Throws a `ParleyError`. */
  async jumpToEnd(convId: string): Promise<void> {
    if (this.state.windows[convId]?.atEnd) return;
    await this.once(convId, () => this.load(convId, undefined));
    await this.catchUp(convId);
  }

  /** Reads what is before what is shown; answers when it is there. Throws a `ParleyError`. */
  async loadOlder(convId: string): Promise<void> {
    await this.once(convId, async () => {
      const window = this.state.windows[convId];
      if (!window || window.from <= 1) return;
      const after = Math.max(0, window.from - 1 - pageSize);
      const { entries } = await this.client.call('entries', { convId, afterSeq: after, limit: window.from - 1 - after });
      // Nothing to be seen there: what is before it may be outside of the membership, and then it has no end.
      const from = entries.length > 0 ? after + 1 : await this.olderThan(convId, after + 1);
      this.change(convId, (now) => withOlder(now, entries, from));
    });
  }

  /** Reads what is behind what is shown. Throws a `ParleyError`. */
  async loadNewer(convId: string): Promise<void> {
    await this.once(convId, async () => {
      const window = this.state.windows[convId];
      if (!window || window.atEnd) return;
      const { entries, lastSeq } = await this.client.call('entries', { convId, afterSeq: window.to, limit: pageSize });
      this.change(convId, (now) => withNewer(now, entries, lastSeq));
    });
  }

  /** Sends a message: it shows at once, survives a reload, and is stored once. */
  send(convId: string, message: Omit<OutgoingMessage, 'to' | 'groupId' | 'convId'>): Promise<void> {
    this.stopTyping(convId);
    return this.outbox.add(convId, { ...message, ...this.targetOf(convId) });
  }

  /** Sends a refused message again. */
  retry(clientMsgId: string): Promise<void> {
    return this.outbox.retry(clientMsgId);
  }

  /** Gives a refused message up. */
  drop(clientMsgId: string): Promise<void> {
    return this.outbox.drop(clientMsgId);
  }

  /** Tells that everything up to there was seen. Never moves backwards; a failure is made good by the next call. */
  read(convId: string, seq: number): void {
    const line = this.state.conversations[convId];
    if (!line || seq <= Math.max(line.readSeq, this.reading.get(convId) ?? 0)) return;
    this.reading.set(convId, seq);
    void this.client.call('read', { convId, seq }).then(
      ({ readSeq, unread, mentionedUnread }) => this.setLine(convId, { readSeq, unread, mentionedUnread }),
      () => this.reading.delete(convId),
    );
  }

  /** Tells the others that something is being written; at most every three seconds. */
  writing(convId: string): void {
    const now = Date.now();
    if (now - (this.typingSent.get(convId) ?? 0) < 3_000) return;
    this.typingSent.set(convId, now);
    this.hint('typing', { ...this.targetOf(convId), typing: true });
  }

  /** Tells the others that nothing is being written any more. */
  stopTyping(convId: string): void {
    if (this.typingSent.delete(convId)) this.hint('typing', { ...this.targetOf(convId), typing: false });
  }

  /** Asks who of some users is there; those whom one may not ask about are left out. */
  async askPresence(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const { users } = await this.client.call('presence', { userIds: userIds.slice(0, 200) });
    const told = users.map(({ userId, online, lastSeenAt }) => [userId, { online, lastSeenAt }] as const);
    this.set({ presence: { ...this.state.presence, ...Object.fromEntries(told) } });
  }

  /** Pins, or not; the list shows it at once. Throws a `ParleyError`. */
  pin(convId: string, pinned: boolean): Promise<void> {
    return this.setting(convId, { pinned, ...(pinned ? { pinnedAt: Date.now() } : {}) }, () =>
      this.client.request('pinConversation', { params: { convId }, body: { pinned } }),
    );
  }

  /** Mutes, or not. Throws a `ParleyError`. */
  mute(convId: string, muted: boolean): Promise<void> {
    return this.setting(convId, { muted }, () => this.client.request('muteConversation', { params: { convId }, body: { muted } }));
  }

  /** Keeps what was begun to be written, for this user's other devices too. Throws a `ParleyError`. */
  saveDraft(convId: string, text: string | null): Promise<void> {
    if (!this.state.conversations[convId]) return Promise.resolve();
    return this.setting(convId, { draft: text }, () => this.client.request('saveDraft', { params: { convId }, body: { text } }));
  }

  /** Takes a conversation from the list until something is said there again. Throws a `ParleyError`. */
  async remove(convId: string): Promise<void> {
    await this.client.request('deleteConversation', { body: { convId } });
    this.setLine(convId, { hidden: true, unread: 0, mentionedUnread: 0 });
    const { [convId]: _, ...windows } = this.state.windows;
    this.set({ windows });
  }

  private get state(): ChatState {
    return this.store.getState();
  }

  private set(part: Partial<ChatState>): void {
    this.store.setState(part);
  }

  private listen(account: Account): void {
    const { client } = this;
    client.on('connection', ({ state, retryInMs, closeCode }) => {
      this.set({
        connection: {
          state,
          ...(retryInMs === undefined ? {} : { retryAt: Date.now() + retryInMs }),
          ...(closeCode === undefined ? {} : { closeCode }),
        },
      });
      if (state === 'closed' && closeCode !== undefined && sessionEnded.includes(closeCode)) account.ended();
      if (state === 'online' && !this.state.synced) setTimeout(() => this.set({ synced: true }), 3_000);
    });
    client.on('conversations', (lines) => this.synced(lines));
    client.on('friends', (all) => this.set({ friends: merged(this.state.friends, all, ({ userId }) => userId) }));
    client.on('friendRequests', (all) => this.set({ friendRequests: merged(this.state.friendRequests, all, ({ id }) => id) }));
    client.on('groupRequests', (all) => this.set({ groupRequests: merged(this.state.groupRequests, all, ({ id }) => id) }));
    client.on('blocks', (all) => this.set({ blocks: merged(this.state.blocks, all, ({ userId }) => userId) }));
    client.on('friend_added', (friend) => this.set({ friends: merged(this.state.friends, [friend], ({ userId }) => userId) }));
    client.on('friend_removed', ({ userId }) => this.set({ friends: without(this.state.friends, userId) }));
    client.on('friend_request', (one) => this.set({ friendRequests: merged(this.state.friendRequests, [one], ({ id }) => id) }));
    client.on('group_request', (one) => this.set({ groupRequests: merged(this.state.groupRequests, [one], ({ id }) => id) }));
    client.on('group_joined', (group) => {
      if (!this.state.conversations[group.convId]) this.set({ conversations: withSynced(this.state.conversations, [joinedLine(group)]) });
      this.hear(group.convId);
    });
    client.on('group_removed', ({ groupId }) => this.left(`group:${groupId}`));
    client.on('conversation', (nudge) => this.nudged(nudge));
    client.on('conversation_settings', ({ convId, ...settings }) => this.setLine(convId, settings));
    client.on('read', ({ convId, readSeq, unread, mentionedUnread }) => this.setLine(convId, { readSeq, unread, mentionedUnread }));
    client.on('receipt', ({ convId, userId, readSeq, deliveredSeq }) =>
      this.setLine(convId, { receipt: { userId, readSeq, deliveredSeq } }),
    );
    client.on('typing', (told) => this.typed(told));
    client.on('presence', ({ userId, online, lastSeenAt }) =>
      this.set({ presence: { ...this.state.presence, [userId]: { online, lastSeenAt } } }),
    );
    client.on('timeline', (timeline) => this.follow(timeline));
    client.on('reset', () => this.set({ windows: {}, conversations: {} }));
  }

  private synced(lines: readonly Conversation[]): void {
    this.set({ synced: true, conversations: withSynced(this.state.conversations, lines) });
    for (const { convId, convType, left } of lines) {
      if (left) this.left(convId);
      else if (convType === 'group' && this.heard.size < maxHeardGroups) this.hear(convId);
    }
  }

  /** Follows a conversation from where the list knows it; once. */
  private hear(convId: string): void {
    const line = this.state.conversations[convId];
    // A c2c tells of itself; a group that is not in the list is none of ours.
    if (this.heard.has(convId) || !line) return;
    this.follow(this.client.timeline({ convId }, { fromSeq: line.lastSeq, missed: 'skip' }));
  }

  private follow(timeline: ReturnType<ParleyClient['timeline']>): void {
    const { convId } = timeline;
    this.heard.add(convId);
    timeline.on('entry', (entry) => this.told(entry));
    timeline.on('gap', () => this.reload(convId));
    timeline.on('reset', () => this.reload(convId));
    timeline.on('end', () => this.heard.delete(convId));
  }

  private told(entry: Entry): void {
    const { convId } = entry;
    this.set({ conversations: withEntry(this.state.conversations, entry, this.userId) });
    const wasAtEnd = this.state.windows[convId]?.atEnd;
    this.change(convId, (window) => withLive(window, entry));
    if (wasAtEnd && !this.state.windows[convId]?.atEnd) void this.loadNewer(convId).catch(() => undefined);
    if (entry.kind !== 'message') {
      if (entry.kind === 'recalled') this.recount(convId);
      return;
    }
    if (entry.from === this.userId) this.outbox.settle(convId, entry.seq);
    else this.stopped(convId, entry.from);
  }

  private nudged(nudge: EventData<'conversation'>): void {
    const { convId } = nudge;
    if (this.heard.has(convId)) return;
    this.set({ conversations: withNudge(this.state.conversations, nudge) });
    this.recount(convId);
  }

  /** Asks for what is unread: a read position that does not move is answered with the truth. */
  private recount(convId: string): void {
    const line = this.state.conversations[convId];
    if (!line || line.lastSeq === 0) return;
    const answered = line.readSeq === 0 ? undefined : this.client.call('read', { convId, seq: line.readSeq });
    void answered?.then(
      ({ readSeq, unread, mentionedUnread }) => this.setLine(convId, { readSeq, unread, mentionedUnread }),
      () => undefined,
    );
  }

  private left(convId: string): void {
    const { [convId]: _, ...conversations } = this.state.conversations;
    this.set({ conversations });
  }

  private typed({ convId, userId, typing }: EventData<'typing'>): void {
    if (!typing) return this.stopped(convId, userId);
    const until = Date.now() + typingLastsMs;
    this.set({ typing: { ...this.state.typing, [convId]: { ...this.state.typing[convId], [userId]: until } } });
    setTimeout(() => {
      if ((this.state.typing[convId]?.[userId] ?? Infinity) <= Date.now()) this.stopped(convId, userId);
    }, typingLastsMs + 50);
  }

  private stopped(convId: string, userId: string): void {
    const writers = this.state.typing[convId];
    if (writers && userId in writers) this.set({ typing: { ...this.state.typing, [convId]: without(writers, userId) } });
  }

  private async load(convId: string, around: number | undefined): Promise<void> {
    const lastKnown = this.state.conversations[convId]?.lastSeq ?? 0;
    const after = Math.max(0, (around ?? lastKnown) - (around === undefined ? pageSize : pageSize / 2));
    try {
      const { entries, lastSeq } = await this.client.call('entries', { convId, afterSeq: after, limit: pageSize * 2 });
      const begun: MessageWindow = { ...emptyWindow, from: after + 1, to: after, atEnd: false };
      // What came meanwhile may have come before this answer.
      const known = Math.max(lastSeq, this.state.conversations[convId]?.lastSeq ?? 0);
      this.setWindow(convId, withNewer(begun, entries, entries.length === 0 ? lastSeq : known));
    } catch (error) {
      // A c2c in which nothing was said yet does not exist.
      if (!(error instanceof ParleyError) || error.code !== 'NOT_FOUND' || groupIdOf(convId) !== undefined) throw error;
      this.setWindow(convId, emptyWindow);
    }
  }

  /** The timeline left entries out: what is shown at the end is loaded anew. */
  private reload(convId: string): void {
    if (this.state.windows[convId]?.atEnd)
      void this.load(convId, undefined)
        .then(() => this.catchUp(convId))
        .catch(() => undefined);
  }

  /** The end of the next stretch before `seq` in which something is to be seen; 1 when there is none. */
  private async olderThan(convId: string, seq: number): Promise<number> {
    if (seq <= 1) return 1;
    const { messages } = await this.client.call('history', { convId, beforeSeq: seq, limit: 1 });
    return messages[0] ? messages[0].seq + 1 : 1;
  }

  /** Reads the few entries that came while a page was on its way. */
  private async catchUp(convId: string): Promise<void> {
    const { windows, conversations } = this.state;
    const [window, line] = [windows[convId], conversations[convId]];
    if (window && line && !window.atEnd && line.lastSeq - window.to <= pageSize) await this.loadNewer(convId);
  }

  private async once(convId: string, work: () => Promise<void>): Promise<void> {
    if (this.loading.has(convId)) return;
    this.loading.add(convId);
    try {
      await work();
    } finally {
      this.loading.delete(convId);
    }
  }

  private change(convId: string, by: (window: MessageWindow) => MessageWindow): void {
    const window = this.state.windows[convId];
    if (!window) return;
    const next = by(window);
    if (next !== window) this.setWindow(convId, next);
  }

  private setWindow(convId: string, window: MessageWindow): void {
    this.set({ windows: { ...this.state.windows, [convId]: window } });
    this.outbox.settle(convId, window.to);
  }

  private setLine(convId: string, fields: Partial<Conversation>): void {
    this.set({ conversations: withLine(this.state.conversations, convId, fields) });
  }

  /** Shows a setting at once, and takes it back when it is refused. */
  private async setting(convId: string, fields: Partial<Conversation>, ask: () => Promise<unknown>): Promise<void> {
    const before = this.state.conversations[convId];
    this.setLine(convId, fields);
    try {
      await ask();
    } catch (error) {
      if (before) this.setLine(convId, Object.fromEntries(Object.keys(fields).map((key) => [key, before[key as keyof Conversation]])));
      throw error;
    }
  }

  private targetOf(convId: string): Target {
    const groupId = groupIdOf(convId);
    return groupId === undefined ? { to: otherOf(convId, this.userId) } : { groupId };
  }

  /** Something that nobody waits for, and that is worthless later. */
  private hint(action: 'typing', data: Target & { typing: boolean }): void {
    if (this.client.status === 'online') void this.client.call(action, data).catch(() => undefined);
  }
}

/** The other user of a c2c. */
export function otherOf(convId: string, me: string): string {
  const [, a = '', b = ''] = convId.split(':');
  return a === me ? b : a;
}

/** The conversation with somebody. */
export const convIdWith = (me: string, userId: string): string => c2cConvId(me, userId);

/** The first message after the read position, if it is shown. */
export function firstUnread(window: MessageWindow, readSeq: number, me: string): number | undefined {
  const entry = window.entries.slice(indexOfSeq(window.entries, readSeq + 1)).find((one) => one.kind === 'message' && one.from !== me);
  return entry?.seq;
}

function merged<T extends object>(
  known: Readonly<Record<string, T>>,
  news: readonly T[],
  keyOf: (one: T) => string,
): Readonly<Record<string, T>> {
  const next = { ...known };
  for (const one of news) {
    if ('removed' in one) delete next[keyOf(one)];
    else next[keyOf(one)] = one;
  }
  return next;
}

function without<T>(known: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = known;
  return rest;
}
