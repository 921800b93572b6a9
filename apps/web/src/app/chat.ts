import {
  type Conversation,
  type Entry,
  type EventData,
  type Message,
  type OutgoingMessage,
  ParleyClient,
  ParleyError,
  type Target,
  c2cConvId,
  groupIdOf,
} from '@app/sdk';
import { withEntry, withLine, withNudge, withSynced, without } from './conversations/conversations';
import { listenToPeople } from './friends/told';
import { FileLinks } from './messages/file-links';
import { Typing } from './messages/typing';
import { Uploads } from './messages/uploads';
import { Windows } from './messages/windows';
import { Outbox } from './outbox/outbox';
import type { Account } from './session/account';
import { type ChatState, type ChatStore, createChatStore } from './state';

/** So many groups are heard all the time; of the others the server tells that something was said. The server allows 1,000. */
const maxHeardGroups = 300;
/** Of so many users presence is asked at once. */
const presencePage = 200;
/** Close codes that end a session: KICKED, and a token that is no good. */
const sessionEnded: readonly number[] = [4500, 4501, 4503];

/** A message that somebody else has just written, and the line of its conversation after it. */
export type Said = (message: Message, line: Conversation) => void;

/** What a signed-in person has on the screen, kept true by the SDK: the connection, the list, what was said, what waits to be sent. */
export class Chat {
  readonly store: ChatStore = createChatStore();
  readonly client: ParleyClient;
  /** What is loaded of conversations. */
  readonly windows: Windows;
  /** Who is writing. */
  readonly typing: Typing;
  /** Files on their way to the server. */
  readonly uploads: Uploads;
  /** Where files can be read. */
  readonly files: FileLinks;
  private readonly outbox: Outbox;
  private readonly heard = new Set<string>();
  private readonly reading = new Map<string, number>();
  private readonly listeners = new Set<Said>();
  private presenceTimer: ReturnType<typeof setTimeout> | undefined;

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
    const { client, store } = this;
    this.outbox = new Outbox(client, userId, (outbox) => this.set({ outbox }));
    this.windows = new Windows({ client, store, shown: (convId, { entries, to }) => this.outbox.settle(convId, to, entries) });
    this.typing = new Typing(client, store, (convId) => this.targetOf(convId));
    this.uploads = new Uploads(
      client,
      (uploads) => this.set({ uploads }),
      (convId, message) => this.send(convId, message),
    );
    this.files = new FileLinks((ids) => client.links(ids));
    this.listen(account);
    void this.outbox.resume();
  }

  /** Ends the connection. What waits to be sent stays in the browser. */
  close(): void {
    clearTimeout(this.presenceTimer);
    this.client.close();
  }

  /** Hears of every message that others write from now on; what is returned ends it. */
  whenSaid(listener: Said): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Shows a conversation at its first unread message, or at its end: loads what is around it. Throws a `ParleyError`. */
  async open(convId: string): Promise<void> {
    if (groupIdOf(convId) !== undefined && !this.state.conversations[convId]) await this.learn(convId);
    this.hear(convId);
    await this.windows.open(convId);
  }

  /** Takes a group into the list that the user is in since a moment ago: nobody tells who has made one. */
  async learn(convId: string): Promise<void> {
    const answer = await this.client.request('conversations', { query: { limit: 50 } }).catch(() => undefined);
    const lines = answer?.conversations.filter((line) => line.convId === convId) ?? [];
    if (lines.length > 0) this.synced(lines);
  }

  /** Sends a message: it shows at once, survives a reload, and is stored once. */
  send(convId: string, message: Omit<OutgoingMessage, 'to' | 'groupId' | 'convId'>): Promise<void> {
    this.typing.end(convId);
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

  /** Changes what an own text message says. Throws a `ParleyError`. */
  async edit(convId: string, seq: number, text: string): Promise<void> {
    await this.client.call('edit', { convId, seq, payload: { text } });
  }

  /** Takes a message back. Throws a `ParleyError`: `RECALL_EXPIRED` when it is too late. */
  async recall(convId: string, seq: number): Promise<void> {
    await this.client.call('recall', { convId, seq });
  }

  /** Keeps a copy of a message among the favourites. Throws a `ParleyError`. */
  async keep(convId: string, seq: number): Promise<void> {
    await this.client.request('addFavoriteMessage', { body: { convId, seq } });
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

  /** Asks who of some users is there; those whom one may not ask about are left out. */
  async askPresence(userIds: readonly string[]): Promise<void> {
    for (let at = 0; at < userIds.length; at += presencePage) {
      const { users } = await this.client.call('presence', { userIds: userIds.slice(at, at + presencePage) });
      const told = users.map(({ userId, online, lastSeenAt }) => [userId, { online, lastSeenAt }] as const);
      this.set({ presence: { ...this.state.presence, ...Object.fromEntries(told) } });
    }
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
    if ((this.state.conversations[convId]?.draft ?? null) === text) return Promise.resolve();
    return this.setting(convId, { draft: text }, () => this.client.request('saveDraft', { params: { convId }, body: { text } }));
  }

  /** Takes a conversation from the list until something is said there again. Throws a `ParleyError`. */
  async remove(convId: string): Promise<void> {
    await this.client.request('deleteConversation', { body: { convId } });
    this.hide(convId);
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
      if (state === 'online') this.online();
    });
    client.on('conversations', (lines) => this.synced(lines));
    listenToPeople(client, this.store);
    client.on('group_joined', ({ convId }) => void this.learn(convId));
    client.on('group_removed', ({ groupId }) => this.left(`group:${groupId}`));
    client.on('conversation', (nudge) => this.nudged(nudge));
    client.on('conversation_settings', ({ convId, ...settings }) => {
      this.setLine(convId, settings);
      const { hiddenSeq = -1 } = settings;
      // Another device deleted it.
      if (hiddenSeq >= (this.state.conversations[convId]?.lastSeq ?? Infinity)) this.hide(convId);
    });
    client.on('read', ({ convId, readSeq, unread, mentionedUnread }) => this.setLine(convId, { readSeq, unread, mentionedUnread }));
    client.on('receipt', ({ convId, userId, readSeq, deliveredSeq }) =>
      this.setLine(convId, { receipt: { userId, readSeq, deliveredSeq } }),
    );
    client.on('typing', (told) => this.typing.heard(told));
    client.on('presence', ({ userId, online, lastSeenAt }) =>
      this.set({ presence: { ...this.state.presence, [userId]: { online, lastSeenAt } } }),
    );
    client.on('timeline', (timeline) => this.follow(timeline));
    client.on('reset', () => {
      this.reading.clear();
      this.set({ windows: {}, conversations: {}, left: {} });
    });
  }

  private online(): void {
    this.presenceSoon();
    if (this.state.synced) return;
    // Who has no conversation is told of none, so nobody says that this is all.
    this.client
      .request('conversations', { query: { limit: 1 } })
      .then(({ conversations }) => {
        if (conversations.length === 0) this.set({ synced: true });
      })
      .catch(() => undefined);
  }

  private synced(lines: readonly Conversation[]): void {
    const left = lines.reduce((known, line) => (line.left ? known : without(known, line.convId)), this.state.left);
    this.set({ synced: true, left, conversations: withSynced(this.state.conversations, lines) });
    for (const line of lines) {
      if (line.left) this.left(line.convId, line);
      else if (line.convType === 'group' && this.heard.size < maxHeardGroups) this.hear(line.convId);
    }
    this.presenceSoon();
  }

  /** Asks who is there of those whom the list shows, a moment after it came. */
  private presenceSoon(): void {
    clearTimeout(this.presenceTimer);
    this.presenceTimer = setTimeout(() => {
      const users = Object.values(this.state.conversations).flatMap(({ userId }) => userId ?? []);
      void this.askPresence(users).catch(() => undefined);
    }, 200);
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
    timeline.on('gap', () => this.windows.reload(convId));
    timeline.on('reset', () => this.windows.reload(convId));
    timeline.on('end', () => this.heard.delete(convId));
  }

  private told(entry: Entry): void {
    const { convId } = entry;
    const before = this.state.conversations[convId];
    this.set({ conversations: withEntry(this.state.conversations, entry, this.userId) });
    this.windows.told(entry);
    if (entry.kind === 'recalled') this.recount(convId);
    if (entry.kind === 'group_dissolved' || (entry.kind === 'member_left' && entry.userId === this.userId)) this.left(convId);
    if (entry.kind !== 'message') return;
    if (entry.from === this.userId) return this.outbox.settle(convId, 0, [entry]);
    this.typing.stopped(convId, entry.from);
    if (entry.seq > (before?.lastSeq ?? 0)) this.tellSaid(entry);
  }

  private nudged(nudge: EventData<'conversation'>): void {
    const { convId, lastMessage } = nudge;
    if (this.heard.has(convId)) return;
    if (!this.state.conversations[convId]) return void this.learn(convId);
    const isNews = nudge.lastSeq > (this.state.conversations[convId]?.lastSeq ?? Infinity);
    this.set({ conversations: withNudge(this.state.conversations, nudge) });
    this.recount(convId);
    if (isNews && lastMessage && lastMessage.from !== this.userId) this.tellSaid(lastMessage);
  }

  private tellSaid(message: Message): void {
    const line = this.state.conversations[message.convId];
    if (line) for (const listener of this.listeners) listener(message, line);
  }

  /** Asks for what is unread: a read position that does not move is answered with the truth. */
  private recount(convId: string): void {
    const line = this.state.conversations[convId];
    if (!line || line.readSeq === 0) return;
    void this.client.call('read', { convId, seq: line.readSeq }).then(
      ({ readSeq, unread, mentionedUnread }) => this.setLine(convId, { readSeq, unread, mentionedUnread }),
      () => undefined,
    );
  }

  /** The user is in a group no more: it goes from the list, and who looks at it can still read it. */
  private left(convId: string, told?: Conversation): void {
    const line = this.state.conversations[convId] ?? told;
    if (!line) return;
    this.set({ conversations: without(this.state.conversations, convId), left: { ...this.state.left, [convId]: line } });
  }

  private hide(convId: string): void {
    this.setLine(convId, { hidden: true, unread: 0, mentionedUnread: 0, lastMessage: null });
    this.windows.forget(convId);
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
}

/** The other user of a c2c. */
export function otherOf(convId: string, me: string): string {
  const [, a = '', b = ''] = convId.split(':');
  return a === me ? b : a;
}

/** The conversation with somebody. */
export const convIdWith = (me: string, userId: string): string => c2cConvId(me, userId);
