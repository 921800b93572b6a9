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
import { holdPage } from '../kit/renewal';
import { followConnection } from './connection';
import { Hearing } from './conversations/hearing';
import { Lines } from './conversations/lines';
import { listenToPeople } from './friends/told';
import { Joiners } from './groups/joiners';
import { FileLinks } from './messages/file-links';
import { Recalls } from './messages/recall';
import { Typing } from './messages/typing';
import { Uploads } from './messages/uploads';
import { Windows } from './messages/windows';
import { Outbox } from './outbox/outbox';
import type { Account } from './session/account';
import { type ChatState, type ChatStore, createChatStore } from './state';
import { type PresenceWatch, watchPresence } from './users/presence-watch';

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
  /** Taking messages back. */
  readonly recalls: Recalls;
  /** Files on their way to the server. */
  readonly uploads: Uploads;
  /** Where files can be read. */
  readonly files: FileLinks;
  /** Who is there. */
  readonly presence: PresenceWatch;
  /** Who wants to join the groups that the user runs. */
  readonly joiners: Joiners;
  private readonly lines: Lines;
  private readonly hearing: Hearing;
  private readonly outbox: Outbox;
  private readonly letGo: () => void;
  private readonly listeners = new Set<Said>();
  private lookTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it is to be asked who wants to join: once per connection. */
  private joinersDue = false;

  constructor(
    readonly userId: string,
    account: Account,
    deviceId: string,
  ) {
    this.client = new ParleyClient({
      url: location.origin,
      token: account.tokenOf(userId),
      deviceId,
      onError: (error) => console.warn('parley:', error instanceof ParleyError ? `${error.code} ${error.message}` : error),
    });
    const { client, store } = this;
    this.lines = new Lines(client, store, userId);
    this.outbox = new Outbox(client, userId, (outbox) => this.set({ outbox }));
    this.windows = new Windows({ client, store, shown: (convId, { entries, to }) => this.outbox.settle(convId, to, entries) });
    this.hearing = new Hearing(client, store, { told: (entry) => this.told(entry), missed: (convId) => this.windows.reload(convId) });
    this.typing = new Typing(client, store, (convId) => this.targetOf(convId));
    this.recalls = new Recalls(client, store, userId);
    this.uploads = new Uploads(
      client,
      (uploads) => this.set({ uploads }),
      (convId, message) => this.send(convId, message),
    );
    this.files = new FileLinks((ids) => client.links(ids));
    this.presence = watchPresence(client, store);
    this.joiners = new Joiners(client, store, userId);
    this.letGo = holdPage(() => this.state.uploads.length > 0);
    this.listen(account);
    void this.outbox.resume();
  }

  /** Ends the connection. What waits to be sent stays in the browser. */
  close(): void {
    clearTimeout(this.lookTimer);
    this.letGo();
    this.presence.close();
    this.joiners.close();
    this.client.close();
  }

  /** Hears of every message that others write from now on; what is returned ends it. */
  whenSaid(listener: Said): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Shows a conversation at its first unread message, or at its end: loads what is around it. Throws a `ParleyError`. */
  async open(convId: string): Promise<void> {
    if (groupIdOf(convId) !== undefined && !this.lines.of(convId)) await this.learn(convId);
    this.hearing.hear(convId);
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

  /** Keeps a copy of a message among the favourites. Throws a `ParleyError`. */
  async keep(convId: string, seq: number): Promise<void> {
    await this.client.request('addFavoriteMessage', { body: { convId, seq } });
  }

  /** Tells that everything up to there was seen. Never moves backwards; a failure is made good by the next call. */
  read(convId: string, seq: number): void {
    this.lines.read(convId, seq);
  }

  /** Pins, or not; the list shows it at once. Throws a `ParleyError`. */
  pin(convId: string, pinned: boolean): Promise<void> {
    return this.lines.pin(convId, pinned);
  }

  /** Mutes, or not. Throws a `ParleyError`. */
  mute(convId: string, muted: boolean): Promise<void> {
    return this.lines.mute(convId, muted);
  }

  /** Keeps what was begun to be written, for this user's other devices too. Throws a `ParleyError`. */
  saveDraft(convId: string, text: string | null): Promise<void> {
    return this.lines.saveDraft(convId, text);
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
    const { client, lines } = this;
    followConnection(client, this.store, { online: () => this.online(), ended: () => account.ended(this.userId) });
    client.on('conversations', (all) => this.synced(all));
    listenToPeople(client, this.store);
    client.on('group_joined', ({ convId }) => void this.learn(convId));
    client.on('conversation', (nudge) => this.nudged(nudge));
    client.on('conversation_settings', ({ convId, ...settings }) => {
      lines.change(convId, settings);
      const { hiddenSeq = -1 } = settings;
      // Another device deleted it.
      if (hiddenSeq >= (lines.of(convId)?.lastSeq ?? Infinity)) this.hide(convId);
    });
    client.on('typing', (told) => this.typing.heard(told));
    client.on('reset', () => {
      lines.reset();
      this.set({ windows: {} });
    });
  }

  private online(): void {
    // A tab that was closed without a network has left what it could not send.
    void this.outbox.resume();
    this.presence.again();
    this.joinersDue = true;
    this.lookSoon();
  }

  private synced(lines: readonly Conversation[]): void {
    this.lines.synced(lines);
    for (const { convId, convType, left } of lines) if (!left && convType === 'group') this.hearing.hearIfFew(convId);
    this.lookSoon();
  }

  /** Asks what the list does not tell of those who are in it, a moment after it came. */
  private lookSoon(): void {
    clearTimeout(this.lookTimer);
    this.lookTimer = setTimeout(() => {
      this.presence.ask(Object.values(this.state.conversations).flatMap(({ userId }) => userId ?? []));
      if (!this.joinersDue || !this.state.synced) return;
      this.joinersDue = false;
      this.joiners.askAll();
    }, 200);
  }

  private told(entry: Entry): void {
    const { convId } = entry;
    const before = this.lines.of(convId);
    this.lines.told(entry);
    this.windows.told(entry);
    this.joiners.told(entry);
    if (entry.kind !== 'message') return;
    if (entry.from === this.userId) return this.outbox.settle(convId, 0, [entry]);
    this.typing.stopped(convId, entry.from);
    if (entry.seq > (before?.lastSeq ?? 0)) this.tellSaid(entry);
  }

  private nudged(nudge: EventData<'conversation'>): void {
    const { convId, lastMessage } = nudge;
    if (this.hearing.has(convId)) return;
    const before = this.lines.of(convId);
    if (!before) return void this.learn(convId);
    this.lines.nudged(nudge);
    if (nudge.lastSeq > before.lastSeq && lastMessage && lastMessage.from !== this.userId) this.tellSaid(lastMessage);
  }

  private tellSaid(message: Message): void {
    const line = this.lines.of(message.convId);
    if (line) for (const listener of this.listeners) listener(message, line);
  }

  private hide(convId: string): void {
    this.lines.hide(convId);
    this.windows.forget(convId);
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
