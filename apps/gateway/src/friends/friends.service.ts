import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Clock, newId } from '@app/kit';
import { type Friend, type FriendRequest, ImError, c2cConversation } from '@app/protocol';
import {
  BlockStore,
  type Change,
  ConversationLog,
  ConversationStore,
  type FriendRequestRow,
  FriendRequestStore,
  type FriendRow,
  FriendStore,
  UserStore,
} from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { placeToken } from '../place-token';
import { requestLifetimeMs, shown, shownRequest } from './shown';

/** The place of a page's last request. */
const places = placeToken(z.object({ createdAt: z.number().int().min(0), id: z.string().max(64) }));

/**
 * Friends, and requests for friendship. Whatever concerns two users changes while their c2c is held: of what both do at once there is one
 * outcome, and rights to write there are checked anew.
 */
@Injectable()
export class FriendsService {
  private readonly lifetimeMs: number;

  constructor(
    private readonly friends: FriendStore,
    private readonly requests: FriendRequestStore,
    private readonly blocks: BlockStore,
    private readonly users: UserStore,
    private readonly conversations: ConversationStore,
    private readonly log: ConversationLog,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lifetimeMs = requestLifetimeMs(config);
  }

  /** The caller's friends by user id. */
  async list(
    { userId }: Caller,
    { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
  ): Promise<{ friends: Friend[]; next: string | null }> {
    const rows = await this.friends.page(userId, cursor, limit + 1);
    const page = rows.slice(0, limit);
    return { friends: page.map(shown), next: rows.length > limit ? (page.at(-1)?.friend_id ?? null) : null };
  }

  /** Requests that nobody has settled, newest first. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async listRequests(
    { userId }: Caller,
    { direction, limit, cursor }: { direction: 'in' | 'out'; limit: number; cursor?: string | undefined },
  ): Promise<{ requests: FriendRequest[]; next: string | null }> {
    const after = cursor === undefined ? undefined : places.read(cursor);
    const rows = await this.requests.page(userId, direction, this.clock.now() - this.lifetimeMs, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      requests: page.map((row) => this.shownTo(userId, row)),
      next: last ? places.write({ createdAt: last.created_at, id: last.id }) : null,
    };
  }

  /**
   * Asks somebody for friendship, or accepts what they asked. Asking again changes nothing. Somebody who blocks the caller does not hear of
   * it. Throws `BAD_REQUEST` for oneself, `NOT_FOUND`, `ALREADY_EXISTS`, and `BLOCKED` when the caller blocks them.
   */
  async ask(
    { userId }: Caller,
    {
      friendId,
      remark = null,
      message = null,
    }: { friendId: string; remark?: string | undefined | null; message?: string | undefined | null },
  ): Promise<FriendRequest> {
    if (friendId === userId) throw new ImError('BAD_REQUEST', 'you cannot be your own friend');
    if (!(await this.users.exists(friendId))) throw new ImError('NOT_FOUND', 'there is no such user');
    const { request, isNew } = await this.change(userId, friendId, async (change) => {
      const blocking = await this.blocks.between(userId, friendId, change);
      if (blocking.includes(userId)) throw new ImError('BLOCKED', 'you have blocked this user');
      const [asked, own] = [await this.requests.last(friendId, userId, change), await this.requests.last(userId, friendId, change)];
      if (asked && this.isPending(asked, change.now)) {
        await this.befriend(change, asked, remark);
        return { request: { ...asked, state: 'accepted' as const }, isNew: true };
      }
      if (await this.friends.get(userId, friendId, change)) throw new ImError('ALREADY_EXISTS', 'you are friends already');
      const state = blocking.length > 0 ? ('unseen' as const) : ('pending' as const);
      if (own && this.isPendingFor(userId, own, change.now) && (own.state === 'pending' || state === 'unseen')) {
        return { request: own, isNew: false };
      }
      const request = { id: own?.id ?? newId(), from_id: userId, to_id: friendId, message, remark, state, created_at: change.now };
      await this.requests.put(change, request);
      return { request, isNew: true };
    });
    if (isNew && request.state === 'accepted') await this.tellFriends(request);
    else if (isNew) this.tellRequest(request);
    return this.shownTo(userId, request);
  }

  /** Accepts a request that the caller got. Throws `NOT_FOUND`, `CONFLICT` for one that was settled otherwise or has expired. */
  async accept({ userId }: Caller, id: string): Promise<Friend> {
    const { from_id, to_id } = await this.requestOf(userId, id);
    if (to_id !== userId) throw new ImError('CONFLICT', 'the request is for the other user to accept');
    const { request, friend, isNew } = await this.change(userId, from_id, async (change) => {
      const request = await this.fresh(change, id);
      const friend = await this.friends.get(userId, from_id, change);
      if (request.state === 'accepted' && friend) return { request, friend, isNew: false };
      if (!this.isPending(request, change.now)) throw settled();
      return { request: { ...request, state: 'accepted' as const }, friend: await this.befriend(change, request, null), isNew: true };
    });
    if (isNew) await this.tellFriends(request);
    return shown(friend);
  }

  /** Turns down a request that the caller got. Throws `NOT_FOUND`, `CONFLICT` for one that was settled otherwise or has expired. */
  async reject(caller: Caller, id: string): Promise<void> {
    const { to_id } = await this.requestOf(caller.userId, id);
    if (to_id !== caller.userId) throw new ImError('CONFLICT', 'the request is for the other user to reject');
    await this.end(caller, id);
  }

  /** Ends a request: withdraws one that the caller made, turns down one that they got. Throws `NOT_FOUND`, `CONFLICT`. */
  async end({ userId }: Caller, id: string): Promise<void> {
    const { from_id, to_id } = await this.requestOf(userId, id);
    const state = from_id === userId ? 'withdrawn' : 'rejected';
    const request = await this.change(from_id, to_id, async (change) => {
      const request = await this.fresh(change, id);
      if (request.state === state) return undefined;
      if (!this.isPendingFor(userId, request, change.now)) throw settled();
      await this.requests.setState(change, id, state, change.now);
      return request;
    });
    if (request) this.tellRequest({ ...request, state }, readersOf(request));
  }

  /** Gives a friend a name that only the caller sees. Throws `NOT_FOUND`. */
  async remark({ userId }: Caller, friendId: string, remark: string | null): Promise<Friend> {
    if (!(await this.friends.get(userId, friendId))) throw notFriend();
    const friend = await this.change(userId, friendId, async (change) => {
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
    await this.change(userId, friendId, async (change) => {
      if (!(await this.friends.get(userId, friendId, change))) return;
      await this.friends.remove(change, userId, friendId, change.now);
      await this.friends.remove(change, friendId, userId, change.now);
      change.raiseAcl();
    });
    this.hub.publishState(userId, 'friend_removed', { userId: friendId });
    this.hub.publishState(friendId, 'friend_removed', { userId });
  }

  private async change<T>(a: string, b: string, work: (change: Change) => Promise<T>): Promise<T> {
    return this.log.change(await this.conversations.ensure(c2cConversation(a, b)), work);
  }

  /** Makes both friends of what one asked of the other, who calls them `remark`. */
  private async befriend(change: Change, request: FriendRequestRow, remark: string | null): Promise<FriendRow> {
    const { from_id, to_id } = request;
    for (const userId of [from_id, to_id]) {
      if ((await this.friends.count(userId, change)) >= this.config.maxFriends) {
        throw new ImError('TOO_LARGE', `a user has at most ${this.config.maxFriends} friends`);
      }
    }
    await this.friends.add(change, from_id, to_id, request.remark, change.now);
    await this.friends.add(change, to_id, from_id, remark, change.now);
    await this.requests.setState(change, request.id, 'accepted', change.now);
    change.raiseAcl();
    return { friend_id: from_id, remark, created_at: change.now, removed_at: null };
  }

  /** A request that the user made, or got and may see. */
  private async requestOf(userId: string, id: string): Promise<FriendRequestRow> {
    const request = await this.requests.get(id);
    const isTheirs = request?.from_id === userId || (request?.to_id === userId && request.state !== 'unseen');
    if (!request || !isTheirs) throw new ImError('NOT_FOUND', 'there is no such request');
    return request;
  }

  private async fresh(change: Change, id: string): Promise<FriendRequestRow> {
    const request = await this.requests.get(id, change);
    if (!request) throw new ImError('NOT_FOUND', 'there is no such request');
    return request;
  }

  private isPending({ state, created_at }: FriendRequestRow, now: number): boolean {
    return state === 'pending' && created_at > now - this.lifetimeMs;
  }

  /** Whether it is pending in the eyes of one of the two. */
  private isPendingFor(userId: string, { state, from_id, ...rest }: FriendRequestRow, now: number): boolean {
    const seen = state === 'unseen' && from_id === userId ? ('pending' as const) : state;
    return this.isPending({ ...rest, from_id, state: seen }, now);
  }

  private shownTo(userId: string, row: FriendRequestRow): FriendRequest {
    return shownRequest(userId, row, this.lifetimeMs);
  }

  private tellRequest(request: FriendRequestRow, readers = readersOf(request)): void {
    for (const userId of readers) this.hub.publishState(userId, 'friend_request', this.shownTo(userId, request));
  }

  private async tellFriends(request: FriendRequestRow): Promise<void> {
    this.tellRequest(request);
    for (const [userId, friendId] of [
      [request.from_id, request.to_id],
      [request.to_id, request.from_id],
    ] as const) {
      const friend = await this.friends.get(userId, friendId);
      if (friend) this.hub.publishState(userId, 'friend_added', shown(friend));
    }
  }
}

const readersOf = ({ state, from_id, to_id }: FriendRequestRow): string[] => (state === 'unseen' ? [from_id] : [from_id, to_id]);
const settled = () => new ImError('CONFLICT', 'the request is settled or has expired');
const notFriend = () => new ImError('NOT_FOUND', 'there is no such friend');
