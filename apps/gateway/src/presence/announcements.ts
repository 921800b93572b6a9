import { Inject, Injectable } from '@nestjs/common';
import { Background } from '@app/kit';
import type { Presence } from '@app/presence';
import { type EventData, ImError } from '@app/protocol';
import { PresenceStore } from '@app/storage';
import { Hub } from '../hub/hub';
import { PRESENCE } from '../infra/infra.module';

/** Of so many friends those who are connected are told; others ask. */
const maxFriendsTold = 500;

/** When more users come and go than can be told, the oldest news are dropped: they are hints. */
const maxWaiting = 10_000;

/** Tells friends who are connected that a user came or has gone. One user after the other, so that a rush costs the store no more. */
@Injectable()
export class Announcements {
  /** Whether each came or went, the oldest first. */
  private readonly waiting = new Map<string, boolean>();
  private telling = false;

  constructor(
    private readonly store: PresenceStore,
    private readonly hub: Hub,
    private readonly background: Background,
    @Inject(PRESENCE) private readonly presence: Presence,
  ) {}

  /** Lets a user's friends know, unless it is not so any more when their turn comes. */
  tell(userId: string, online: boolean): void {
    this.waiting.delete(userId);
    this.waiting.set(userId, online);
    if (this.waiting.size > maxWaiting) this.takeOldest();
    if (this.telling) return;
    this.telling = true;
    this.background.run('announcements', this.tellAll());
  }

  private async tellAll(): Promise<void> {
    try {
      for (let next = this.takeOldest(); next; next = this.takeOldest()) await this.tellFriends(...next);
    } finally {
      this.telling = false;
    }
  }

  private takeOldest(): readonly [userId: string, online: boolean] | undefined {
    for (const oldest of this.waiting) {
      this.waiting.delete(oldest[0]);
      return oldest;
    }
    return undefined;
  }

  private async tellFriends(userId: string, online: boolean): Promise<void> {
    try {
      const friends = await this.store.friendsToTell(userId, maxFriendsTold);
      if (friends.length === 0) return;
      const here = await this.presence.look([userId, ...friends.map(({ friend_id }) => friend_id)]);
      // Who came back or went meanwhile is told of by who heard of that.
      if (here.has(userId) !== online) return;
      for (const { friend_id, last_seen_at } of friends) {
        const event: EventData<'presence'> = { userId, online, lastSeenAt: last_seen_at };
        if (here.has(friend_id)) this.hub.publishState(friend_id, 'presence', event);
      }
    } catch (error) {
      // The store is away: whoever wants to know asks.
      if (!(error instanceof ImError)) throw error;
    }
  }
}
