import { type EntryKind, type MessageType, mentionAll } from '@app/protocol';

/** A row of the log as it was found. */
export interface FoundEntry {
  readonly seq: number;
  readonly kind: 'message' | EntryKind;
  readonly sender: string;
  readonly type: MessageType | null;
  readonly mentions: string | null;
  readonly body: string | null;
}

interface Said {
  readonly sender: string;
  readonly isMessage: boolean;
  readonly countable: boolean;
  readonly mentions: readonly string[];
  recalled: boolean;
}

/** A conversation as its log tells it, entry by entry: no counter, no position, nothing that the store has worked out. */
export class LogModel {
  readonly present = new Set<string>();
  /** The seq by which somebody became a member the last time. */
  readonly joinedAt = new Map<string, number>();
  private readonly said: Said[] = [];

  constructor(
    readonly convId: string,
    readonly members: readonly string[],
  ) {
    for (const userId of convId.startsWith('c2c:') ? members : []) this.join(userId, 0);
  }

  get isGroup(): boolean {
    return this.convId.startsWith('group:');
  }

  get lastSeq(): number {
    return this.said.length;
  }

  take({ seq, kind, sender, type, mentions, body }: FoundEntry): void {
    expect(seq).toBe(this.lastSeq + 1);
    const isMessage = kind === 'message';
    const named = JSON.parse(mentions ?? '[]') as string[];
    this.said.push({ sender, isMessage, countable: isMessage && type !== 'system', mentions: named, recalled: false });
    const fields = isMessage ? {} : (JSON.parse(body ?? '{}') as { userId?: string; userIds?: string[]; targetSeq?: number });
    if (kind === 'group_created') for (const userId of fields.userIds ?? []) this.join(userId, seq);
    if (kind === 'member_joined') this.join(fields.userId ?? '', seq);
    if (kind === 'member_left') this.present.delete(fields.userId ?? '');
    const target = kind === 'recalled' ? this.said[(fields.targetSeq ?? 0) - 1] : undefined;
    if (target) target.recalled = true;
  }

  /** Counts one by one what others said above a seq. */
  unreadOf(userId: string, base: number): { unread: number; mentionedUnread: number } {
    const above = this.said.slice(base).filter(({ countable, recalled, sender }) => countable && !recalled && sender !== userId);
    const mentioned = above.filter(({ mentions }) => mentions.includes(userId) || mentions.includes(mentionAll));
    return { unread: above.length, mentionedUnread: mentioned.length };
  }

  /** The seq of the last message; 0 if there is none. */
  lastMessage(): number {
    return this.said.findLastIndex(({ isMessage }) => isMessage) + 1;
  }

  /** Messages among the last so many entries that somebody said and nobody took back. */
  recentOf(sender: string, entries: number): number[] {
    const first = Math.max(0, this.lastSeq - entries);
    return this.said
      .slice(first)
      .flatMap((said, index) => (said.isMessage && said.sender === sender && !said.recalled ? [first + index + 1] : []));
  }

  private join(userId: string, seq: number): void {
    this.present.add(userId);
    this.joinedAt.set(userId, seq);
  }
}
