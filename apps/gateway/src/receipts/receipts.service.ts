import { Injectable } from '@nestjs/common';
import { type ActionInput, type ActionOutput, type ConversationName, ImError, type UnreadSummary } from '@app/protocol';
import { Background } from '@app/kit';
import { ConversationListStore, ConversationStore, PositionStore, type Receipt } from '@app/storage';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { Endings } from '../messages/endings';

/** Of so many conversations each is told by itself; of more, one `resync` tells the user's devices to ask. */
const maxHints = 100;

/** What a user has read of a conversation at once. */
interface Passed {
  readonly name: ConversationName;
  readonly movedFrom: number;
  readonly readSeq: number;
}

/**
 * How far somebody is. It is state, not an entry: a change is one row, a hint to the user's own devices, and a receipt to the other side of
 * a c2c, unless one of the two has blocked the other.
 */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly access: Access,
    private readonly positions: PositionStore,
    private readonly lists: ConversationListStore,
    private readonly conversations: ConversationStore,
    private readonly hub: Hub,
    private readonly endings: Endings,
    private readonly background: Background,
  ) {}

  /** Moves the read position forward. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async read({ userId }: Caller, input: ActionInput<'read'>): Promise<ActionOutput<'read'>> {
    const name = this.access.nameOf(input, userId);
    const { ref, window } = await this.access.checkRead(name, userId);
    if (!ref) return { convId: name.convId, readSeq: 0, unread: 0, mentionedUnread: 0 };
    const position = window.until === null ? await this.positions.moveRead(ref, userId, input.seq) : undefined;
    if (!position) throw new ImError('NOT_GROUP_MEMBER');
    const { movedFrom, receipt, ...rest } = position;
    const answer = { convId: name.convId, ...rest };
    if (movedFrom !== undefined) this.hub.publishState(userId, 'read', answer);
    this.tell(name, userId, receipt);
    if (movedFrom !== undefined) this.burn(userId, [{ name, movedFrom, readSeq: answer.readSeq }]);
    return answer;
  }

  /** Moves forward how far a c2c was delivered to the caller. Throws `NOT_FOUND`. */
  async delivered({ userId }: Caller, input: ActionInput<'delivered'>): Promise<ActionOutput<'delivered'>> {
    const name = this.access.nameOf(input, userId);
    const { ref } = await this.access.checkRead(name, userId);
    if (ref) this.tell(name, userId, await this.positions.moveDelivered(ref, userId, input.seq));
    return {};
  }

  /** What the caller has not read, over all conversations. */
  summary({ userId }: Caller): Promise<UnreadSummary> {
    return this.lists.summary(userId);
  }

  /** Reads every conversation to its end. What is said meanwhile may stay unread; again is harmless. */
  async markAllRead({ userId }: Caller): Promise<{ conversations: number }> {
    const hints: ActionOutput<'read'>[] = [];
    const passed: Passed[] = [];
    let conversations = 0;
    for (let cursor: number | null = 0; cursor !== null;) {
      const chunk = await this.positions.readAll(userId, cursor);
      cursor = chunk.cursor;
      conversations += chunk.read.length;
      for (const { name, readSeq, receipt } of chunk.read) {
        if (hints.length <= maxHints) hints.push({ convId: name.convId, readSeq, unread: 0, mentionedUnread: 0 });
        this.tell(name, userId, receipt);
      }
      passed.push(...chunk.read);
    }
    this.burn(userId, passed);
    if (hints.length > maxHints) this.hub.publishState(userId, 'resync', { reason: 'read' });
    else for (const hint of hints) this.hub.publishState(userId, 'read', hint);
    return { conversations };
  }

  /** Takes back what the other sides of c2cs wanted to be read once: of one after the other, for there may be thousands. */
  private burn(userId: string, passed: readonly Passed[]): void {
    const c2cs = passed.filter(({ name }) => name.convType === 'c2c');
    if (c2cs.length > 0) this.background.run('burn', this.burnRead(userId, c2cs));
  }

  private async burnRead(userId: string, c2cs: readonly Passed[]): Promise<void> {
    for (const { name, movedFrom, readSeq } of c2cs) {
      const ref = await this.conversations.find(name);
      if (ref) await this.endings.burnRead(ref, userId, { after: movedFrom, upTo: readSeq });
    }
  }

  /** Tells the other side of a c2c how far the user is. */
  private tell(name: ConversationName, userId: string, receipt: Receipt | undefined): void {
    if (name.convType !== 'c2c' || !receipt) return;
    const [a, b] = name.users;
    this.hub.publishState(a === userId ? b : a, 'receipt', { convId: name.convId, userId, ...receipt });
  }
}
