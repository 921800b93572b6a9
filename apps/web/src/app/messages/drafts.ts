import { keep, kept } from '../../kit/kept';
import type { Chat } from '../chat';
import { draftPrefix } from '../session/account';

/** So long (ms) nothing is written until a draft goes to the other devices. */
const quietMs = 1_000;
/** The server keeps drafts of up to so many characters; longer ones stay in this browser. */
const maxKept = 4_096;

/**
 * What was begun to be written in a conversation. It is kept in this browser with every letter, and given to the server after a
 * moment of quiet; what the server has not got yet is what counts here.
 */
export class Draft {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly key: string;

  constructor(
    private readonly chat: Chat,
    private readonly convId: string,
  ) {
    this.key = `${draftPrefix}${chat.userId}.${convId}`;
  }

  /** What is there to go on with. */
  read(): string {
    return kept(this.key) ?? this.chat.store.getState().conversations[this.convId]?.draft ?? '';
  }

  /** Whether this browser has something that the server has not. */
  get isOurs(): boolean {
    return kept(this.key) !== null;
  }

  /** Keeps a text. */
  write(text: string): void {
    keep(this.key, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), quietMs);
  }

  /** Gives it to the server now. */
  flush(): void {
    clearTimeout(this.timer);
    const text = kept(this.key);
    if (text === null || text.length > maxKept) return;
    const line = this.chat.store.getState().conversations[this.convId];
    // A conversation in which nothing was said yet has no place for it.
    if (!line) return text === '' ? this.forget() : undefined;
    const draft = text.trim() === '' ? null : text.toWellFormed();
    this.chat.saveDraft(this.convId, draft).then(
      () => {
        if (kept(this.key) === text) this.forget();
      },
      () => undefined,
    );
  }

  private forget(): void {
    keep(this.key, null);
  }
}
