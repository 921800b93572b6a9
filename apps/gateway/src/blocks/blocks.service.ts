import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Block, ImError } from '@app/protocol';
import { BlockStore, FriendRequestStore, UserStore, requestSights } from '@app/storage';
import type { Caller } from '../caller';
import { Pairs } from '../friends/pairs';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { shownBlock } from './shown';

/** Who wants no messages exchanged with whom. The one who is blocked is told nothing. */
@Injectable()
export class BlocksService {
  constructor(
    private readonly blocks: BlockStore,
    private readonly requests: FriendRequestStore,
    private readonly users: UserStore,
    private readonly pairs: Pairs,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Users whom the caller blocks, by user id. */
  async list(
    { userId }: Caller,
    { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
  ): Promise<{ blocks: Block[]; next: string | null }> {
    const rows = await this.blocks.page(userId, cursor, limit + 1);
    const page = rows.slice(0, limit);
    return { blocks: page.map(shownBlock), next: rows.length > limit ? (page.at(-1)?.blocked_id ?? null) : null };
  }

  /**
   * Blocks somebody: nothing is stored in the c2c of the two from then on, and what they asked of each other is over, though to the other
   * it seems open. Again is harmless. Throws `BAD_REQUEST` for oneself, `NOT_FOUND`, `TOO_LARGE`.
   */
  async add({ userId }: Caller, otherId: string): Promise<Block> {
    if (otherId === userId) throw new ImError('BAD_REQUEST', 'you cannot block yourself');
    if (!(await this.users.exists(otherId))) throw new ImError('NOT_FOUND', 'there is no such user');
    const row = await this.pairs.change(userId, otherId, async (change) => {
      const standing = await this.blocks.get(userId, otherId, change);
      if (standing) return standing;
      await this.users.hold(change, [userId]);
      if ((await this.blocks.count(userId, change)) >= this.config.maxFriends) {
        throw new ImError('TOO_LARGE', `a user blocks at most ${this.config.maxFriends} others`);
      }
      await this.blocks.add(change, userId, otherId, change.now);
      const [own, theirs] = [await this.requests.last(userId, otherId, change), await this.requests.last(otherId, userId, change)];
      if (own && requestSights[own.state].from === 'pending') await this.requests.withdraw(change, own, change.now);
      if (theirs?.state === 'pending') await this.requests.setState(change, theirs.id, 'unseen', change.now);
      change.raiseAcl();
      return { blocked_id: otherId, created_at: change.now, removed_at: null };
    });
    this.hub.publishState(userId, 'resync', { reason: 'blocks' });
    return shownBlock(row);
  }

  /** Lifts a block. Throws `NOT_FOUND`. */
  async remove({ userId }: Caller, otherId: string): Promise<void> {
    if (!(await this.blocks.get(userId, otherId))) throw new ImError('NOT_FOUND', 'there is no such block');
    await this.pairs.change(userId, otherId, async (change) => {
      if (!(await this.blocks.get(userId, otherId, change))) return;
      await this.blocks.remove(change, userId, otherId, change.now);
      change.raiseAcl();
    });
    this.hub.publishState(userId, 'resync', { reason: 'blocks' });
  }
}
