import { type Conversation, type Entry, type EventData, type ParleyClient, groupConvId } from '@app/sdk';
import type { ChatState, ChatStore, Leaving } from '../state';
import { type Conversations, isNewer, only, withEntry, withLine, withNudge, withSynced, without } from './conversations';

/**
 * The conversation list, kept true: `sync` is the truth, what is told in between is put on top of it, and what this user sets shows at
 * once and is taken back when the server refuses it.
 */
export class Lines {
  /** How far this page has told the server that conversations were read. */
  private readonly reading = new Map<string, number>();
  /** What changed on this connection before `sync` told anything; all else that is shown until then is of an earlier visit. */
  private readonly heard = new Set<string>();

  constructor(
    private readonly client: ParleyClient,
    private readonly store: ChatStore,
    private readonly me: string,
  ) {
    client.on('read', ({ convId, readSeq, unread, mentionedUnread }) => this.change(convId, { readSeq, unread, mentionedUnread }));
    client.on('receipt', ({ convId, userId, readSeq, deliveredSeq }) =>
      this.change(convId, { receipt: { userId, readSeq, deliveredSeq } }),
    );
    client.on('group_removed', ({ groupId, reason }) => this.left(groupConvId(groupId), reason));
  }

  /** The line of a conversation; undefined while it is not in the list. */
  of(convId: string): Conversation | undefined {
    return this.state.conversations[convId];
  }

  /** Takes what `sync` tells. */
  synced(lines: readonly Conversation[]): void {
    const left = lines.reduce((known, line) => (line.left ? known : without(known, line.convId)), this.state.left);
    const known = this.state.synced ? this.state.conversations : only(this.state.conversations, this.heard);
    this.heard.clear();
    this.store.setState({ synced: true, left, conversations: withSynced(known, lines) });
    for (const line of lines) {
      if (line.left) this.left(line.convId, undefined, line);
      else if (isNewer(known[line.convId], line)) this.recount(line.convId);
    }
  }

  /** Takes an entry of a log. */
  told(entry: Entry): void {
    const { convId } = entry;
    const { conversations, synced } = this.state;
    const next = withEntry(conversations, entry, this.me);
    if (!synced && next !== conversations) this.heard.add(convId);
    this.set(next);
    if (entry.kind === 'recalled') this.recount(convId);
    if (entry.kind === 'group_dissolved') this.left(convId, 'dissolved');
    if (entry.kind === 'member_left' && entry.userId === this.me) this.left(convId, entry.reason);
  }

  /** Takes the word that something was said in a conversation of the list that this connection does not follow. */
  nudged(nudge: EventData<'conversation'>): void {
    this.set(withNudge(this.state.conversations, nudge));
    this.recount(nudge.convId);
  }

  /** Changes some fields of a line, if it is there. */
  change(convId: string, fields: Partial<Conversation>): void {
    this.set(withLine(this.state.conversations, convId, fields));
  }

  /** Forgets everything: the server has another store. */
  reset(): void {
    this.reading.clear();
    this.store.setState({ conversations: {}, left: {} });
  }

  /** Tells that everything up to there was seen. Never moves backwards; a failure is made good by the next call. */
  read(convId: string, seq: number): void {
    const line = this.of(convId);
    if (!line || seq <= Math.max(line.readSeq, this.reading.get(convId) ?? 0)) return;
    this.reading.set(convId, seq);
    this.tellRead(convId, seq, () => this.reading.delete(convId));
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
  async saveDraft(convId: string, text: string | null): Promise<void> {
    if ((this.of(convId)?.draft ?? null) === text) return;
    await this.setting(convId, { draft: text }, () => this.client.request('saveDraft', { params: { convId }, body: { text } }));
  }

  /** Shows a conversation no more until something is said there again. */
  hide(convId: string): void {
    this.change(convId, { hidden: true, unread: 0, mentionedUnread: 0, lastMessage: null });
  }

  private get state(): ChatState {
    return this.store.getState();
  }

  private set(conversations: Conversations): void {
    this.store.setState({ conversations });
  }

  /** The user is in a group no more: it goes from the list, and who looks at it can still read it. */
  private left(convId: string, why: Leaving | undefined, told?: Conversation): void {
    const line = this.of(convId) ?? told;
    if (!line) return;
    const known = why ?? this.state.left[convId]?.why;
    const left = { ...this.state.left, [convId]: known === undefined ? line : { ...line, why: known } };
    this.store.setState({ conversations: without(this.state.conversations, convId), left });
  }

  /** Asks for what is unread: a read position that does not move is answered with the truth. */
  private recount(convId: string): void {
    const line = this.of(convId);
    if (line && line.readSeq > 0) this.tellRead(convId, line.readSeq);
  }

  private tellRead(convId: string, seq: number, failed: () => void = () => undefined): void {
    void this.client
      .call('read', { convId, seq })
      .then(({ readSeq, unread, mentionedUnread }) => this.change(convId, { readSeq, unread, mentionedUnread }), failed);
  }

  /** Shows a setting at once, and takes it back when it is refused. */
  private async setting(convId: string, fields: Partial<Conversation>, ask: () => Promise<unknown>): Promise<void> {
    const before = this.of(convId);
    this.change(convId, fields);
    try {
      await ask();
    } catch (error) {
      if (before) this.change(convId, Object.fromEntries(Object.keys(fields).map((key) => [key, before[key as keyof Conversation]])));
      throw error;
    }
  }
}
