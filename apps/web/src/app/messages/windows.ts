import { type Entry, type ParleyClient, ParleyError, groupIdOf } from '@app/sdk';
import type { ChatStore } from '../state';
import { type MessageWindow, emptyWindow, withLive, withNewer, withOlder, withoutOlder } from './window';

/** How many entries are read at once. */
export const pageSize = 60;
/** A window whose end is shown, or that is not shown at all, keeps no more than so many entries; it is cut when it has half as many again. */
const keptEntries = 600;

/** What the windows work with. */
export interface WindowsParts {
  readonly client: Pick<ParleyClient, 'call'>;
  readonly store: ChatStore;
  /** A conversation shows everything up to there. */
  readonly shown: (convId: string, window: MessageWindow) => void;
}

/** The stretches of conversations that are loaded: each without a hole, and growing at whichever end the reader comes to. */
export class Windows {
  private readonly loading = new Map<string, Promise<void>>();
  private lastId = 0;
  /** The conversation in which somebody reads what is not at the end: nothing is cut there. */
  private readingBack: string | undefined;

  constructor(private readonly parts: WindowsParts) {}

  /** Loads what is around the first unread message, or the end; does nothing when something is loaded. Throws a `ParleyError`. */
  async open(convId: string): Promise<void> {
    if (this.of(convId)) return;
    const line = this.line(convId);
    const around = line && line.unread > pageSize / 2 ? line.readSeq : undefined;
    await this.once(convId, () => this.load(convId, around));
    await this.catchUp(convId);
  }

  /** Loads the stretch around a message in place of what is loaded. Throws a `ParleyError`. */
  async jumpTo(convId: string, seq: number): Promise<void> {
    const covers = () => {
      const window = this.of(convId);
      return window !== undefined && seq >= window.from && seq <= window.to;
    };
    if (covers()) return;
    await this.loading.get(convId)?.catch(() => undefined);
    if (!covers()) await this.once(convId, () => this.load(convId, seq));
  }

  /** Loads the newest messages in place of what is loaded. Throws a `ParleyError`. */
  async jumpToEnd(convId: string): Promise<void> {
    if (this.of(convId)?.atEnd) return;
    await this.loading.get(convId)?.catch(() => undefined);
    await this.once(convId, () => this.load(convId, undefined));
    await this.catchUp(convId);
  }

  /** Reads what is before what is loaded; answers when it is there. Throws a `ParleyError`. */
  async loadOlder(convId: string): Promise<void> {
    await this.once(convId, async () => {
      const window = this.of(convId);
      if (!window || window.from <= 1) return;
      const after = Math.max(0, window.from - 1 - pageSize);
      const page = await this.parts.client.call('entries', { convId, afterSeq: after, limit: window.from - 1 - after });
      // Of a stretch that is not for this reader the server tells what is behind it.
      const entries = page.entries.filter(({ seq }) => seq < window.from);
      // Nothing to be seen there: what is before it may be outside of the membership, and then it has no end.
      const from = entries.length > 0 ? after + 1 : await this.olderThan(convId, after + 1);
      this.change(convId, (now) => (now.id === window.id ? withOlder(now, entries, from) : now));
    });
  }

  /** Reads what is behind what is loaded. Throws a `ParleyError`. */
  async loadNewer(convId: string): Promise<void> {
    await this.once(convId, async () => {
      const window = this.of(convId);
      if (!window || window.atEnd) return;
      const { entries, lastSeq } = await this.parts.client.call('entries', { convId, afterSeq: window.to, limit: pageSize });
      this.change(convId, (now) => (now.id === window.id ? withNewer(now, entries, lastSeq) : now));
    });
  }

  /** An entry came live. */
  told(entry: Entry): void {
    const { convId } = entry;
    const wasAtEnd = this.of(convId)?.atEnd;
    this.change(convId, (window) => this.trimmed(convId, withLive(window, entry)));
    if (wasAtEnd && !this.of(convId)?.atEnd) void this.loadNewer(convId).catch(() => undefined);
  }

  /** Whether the reader of a conversation is away from its end. */
  readsBack(convId: string, isBack: boolean): void {
    if (isBack) this.readingBack = convId;
    else if (this.readingBack === convId) this.readingBack = undefined;
  }

  /** The timeline left entries out: what is shown at the end is loaded anew. */
  reload(convId: string): void {
    if (!this.of(convId)?.atEnd) return;
    void this.load(convId, undefined)
      .then(() => this.catchUp(convId))
      .catch(() => undefined);
  }

  /** Forgets what is loaded of a conversation. */
  forget(convId: string): void {
    const { [convId]: _, ...windows } = this.parts.store.getState().windows;
    this.parts.store.setState({ windows });
  }

  private of(convId: string): MessageWindow | undefined {
    return this.parts.store.getState().windows[convId];
  }

  private line(convId: string) {
    return this.parts.store.getState().conversations[convId];
  }

  private async load(convId: string, around: number | undefined): Promise<void> {
    const lastKnown = this.line(convId)?.lastSeq;
    // Of a conversation that the list does not know, nobody has said how long it is.
    const end =
      lastKnown ??
      (await this.parts.client.call('entries', { convId, afterSeq: Number.MAX_SAFE_INTEGER, limit: 1 }).catch(noConversation(convId)))
        ?.lastSeq;
    if (end === undefined) return this.set(convId, { ...emptyWindow, id: ++this.lastId });
    const after = Math.max(0, (around ?? end) - (around === undefined ? pageSize : pageSize / 2));
    const page = await this.parts.client.call('entries', { convId, afterSeq: after, limit: pageSize * 2 }).catch(noConversation(convId));
    if (!page) return this.set(convId, { ...emptyWindow, id: ++this.lastId });
    const begun: MessageWindow = { ...emptyWindow, id: ++this.lastId, from: after + 1, to: after, atEnd: false };
    // What came meanwhile may have come before this answer.
    const known = Math.max(page.lastSeq, this.line(convId)?.lastSeq ?? 0);
    this.set(convId, withNewer(begun, page.entries, page.entries.length === 0 ? page.lastSeq : known));
  }

  /** The end of the next stretch before `seq` in which something is to be seen; 1 when there is none. */
  private async olderThan(convId: string, seq: number): Promise<number> {
    if (seq <= 1) return 1;
    const { messages } = await this.parts.client.call('history', { convId, beforeSeq: seq, limit: 1 });
    return messages[0] ? messages[0].seq + 1 : 1;
  }

  /** Reads the few entries that came while a page was on its way. */
  private async catchUp(convId: string): Promise<void> {
    const [window, line] = [this.of(convId), this.line(convId)];
    if (window && line && !window.atEnd && line.lastSeq - window.to <= pageSize) await this.loadNewer(convId);
  }

  /** Of what asks for one conversation at the same time, the first is done; the others wait for it. */
  private once(convId: string, work: () => Promise<void>): Promise<void> {
    const running = this.loading.get(convId);
    if (running) return running;
    const begun = work().finally(() => this.loading.delete(convId));
    this.loading.set(convId, begun);
    return begun;
  }

  private trimmed(convId: string, window: MessageWindow): MessageWindow {
    const isKept = this.readingBack === convId || window.entries.length <= keptEntries * 1.5;
    return isKept ? window : withoutOlder(window, keptEntries);
  }

  private change(convId: string, by: (window: MessageWindow) => MessageWindow): void {
    const window = this.of(convId);
    if (!window) return;
    const next = by(window);
    if (next !== window) this.set(convId, next);
  }

  private set(convId: string, window: MessageWindow): void {
    this.parts.store.setState(({ windows }) => ({ windows: { ...windows, [convId]: window } }));
    this.parts.shown(convId, window);
  }
}

/** A c2c in which nothing was said yet does not exist; anything else is a failure. */
const noConversation =
  (convId: string) =>
  (error: unknown): undefined => {
    if (error instanceof ParleyError && error.code === 'NOT_FOUND' && groupIdOf(convId) === undefined) return undefined;
    throw error;
  };
