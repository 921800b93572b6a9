import { Injectable } from '@nestjs/common';
import { type Friend, ImError } from '@app/protocol';
import { FriendStore } from '@app/storage';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { Pairs } from './pairs';
import { shown } from './shown';

/** Friends. How two become friends is in `FriendRequestsService`. */
@Injectable()
export class FriendsService {
  constructor(
    private readonly friends: FriendStore,
    private readonly pairs: Pairs,
    private readonly hub: Hub,
  ) {}

  /** The caller's friends by user id. */
  async list(
    { userId }: Caller,
    { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
  ): Promise<{ friends: Friend[]; next: string | null }> {
    const rows = await this.friends.page(userId, cursor, limit + 1);
    const page = rows.slice(0, limit);
    return { friends: page.map(shown), next: rows.length > limit ? (page.at(-1)?.friend_id ?? null) : null };
  }

  /** Gives a friend a name that only the caller sees. Throws `NOT_FOUND`. */
  async remark({ userId }: Caller, friendId: string, remark: string | null): Promise<Friend> {
    if (!(await this.friends.get(userId, friendId))) throw notFriend();
    const friend = await this.pairs.change(userId, friendId, async (change) => {
      const row = await this.friends.get(userId, friendId, change);
      if (!row) throw notFriend();
      await this.friends.setRemark(change, userId, friendId, remark, change.now);
      return { ...row, remark };
    });
    this.hub.publishState(userId, 'resync', { reason: 'friends' });
    return shown(friend);
  }

  /** Ends a friendship, for both. Throws `NOT_FOUND`. */
  async remove({ userId }: Caller, friendId: string): Promise<void> {
    if (!(await this.friends.get(userId, friendId))) throw notFriend();
    await this.pairs.change(userId, friendId, async (change) => {
      if (!(await this.friends.get(userId, friendId, change))) return;
      await this.friends.remove(change, userId, friendId, change.now);
      await this.friends.remove(change, friendId, userId, change.now);
      change.raiseAcl();
    });
    this.hub.publishState(userId, 'friend_removed', { userId: friendId });
    this.hub.publishState(friendId, 'friend_removed', { userId });
  }
}

const notFriend = () => new ImError('NOT_FOUND', 'there is no such friend');
