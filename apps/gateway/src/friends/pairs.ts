import { Injectable } from '@nestjs/common';
import { c2cConversation } from '@app/protocol';
import { type Change, ConversationLog, ConversationStore } from '@app/storage';

/** What changes between two users. It holds their c2c: of what both do at once there is one outcome, and rights to write can be voided. */
@Injectable()
export class Pairs {
  constructor(
    private readonly conversations: ConversationStore,
    private readonly log: ConversationLog,
  ) {}

  /**
   * Runs `work` while the two are held. `earlier` is what a run before this one answered whose COMMIT may have gone through without an
   * answer: let `work` look whether that is stored.
   */
  async change<T>(a: string, b: string, work: (change: Change, earlier: T | undefined) => Promise<T>): Promise<T> {
    const ref = await this.conversations.ensure(c2cConversation(a, b));
    let earlier: T | undefined;
    return this.log.change(ref, async (change) => {
      earlier = await work(change, earlier);
      return earlier;
    });
  }
}
