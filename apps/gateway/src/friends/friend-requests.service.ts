import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Clock, newId } from '@app/kit';
import { type Friend, type FriendRequest, ImError } from '@app/protocol';
import {
  BlockStore,
  type Change,
  type FriendRequestRow,
  FriendRequestStore,
  type FriendRow,
  FriendStore,
  UserStore,
  requestSights,
} from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { placeId, placeToken } from '../place-token';
import { Pairs } from './pairs';
import { requestLifetimeMs, seenBy, shown, shownRequest } from './shown';

/** The place of a page's last request. */
const places = placeToken(z.object({ createdAt: z.number().int().min(0), id: placeId }));

/** What became of a request; `isNew`: by this call. */
interface Settled {
  readonly request: FriendRequestRow;
  readonly isNew: boolean;
}

/** Requests for friendship: how two users become friends. Who is blocked asks like everybody else, and is not heard. */
@Injectable()
export class FriendRequestsService {
  private readonly lifetimeMs: number;

  constructor(
    private readonly friends: FriendStore,
    private readonly requests: FriendRequestStore,
    private readonly blocks: BlockStore,
    private readonly users: UserStore,
    private readonly pairs: Pairs,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lifetimeMs = requestLifetimeMs(config);
  }

  /** Requests that nobody has settled, newest first. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    { direction, limit, cursor }: { direction: 'in' | 'out'; limit: number; cursor?: string | undefined },
  ): Promise<{ requests: FriendRequest[]; next: string | null }> {
    const after = cursor === undefined ? undefined : places.read(cursor);
    const rows = await this.requests.page(userId, direction, this.clock.now() - this.lifetimeMs, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      requests: page.map((row) => shownRequest(userId, row, this.lifetimeMs)),
      next: last ? places.write({ createdAt: last.created_at, id: last.id }) : null,
    };
  }

  /**
   * Asks somebody for friendship, or accepts what they asked. Asking again changes nothing. Somebody who blocks the caller does not hear of
   * it. Throws `BAD_REQUEST` for oneself, `NOT_FOUND`, `ALREADY_EXISTS`, `BLOCKED` when the caller blocks them, `TOO_LARGE`.
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
    const { request, isNew } = await this.pairs.change<Settled>(userId, friendId, async (change, earlier) => {
      if (earlier && (await this.isStored(change, earlier.request))) return earlier;
      const blocking = await this.blocks.between(userId, friendId, change);
      if (blocking.includes(userId)) throw new ImError('BLOCKED', 'you have blocked this user');
      const isHeard = blocking.length === 0;
      const [asked, own] = [await this.requests.last(friendId, userId, change), await this.requests.last(userId, friendId, change)];
      // Also what was asked while the caller blocked them: to who asked it is pending still.
      if (asked && isHeard && this.isPendingFor(friendId, asked, change.now)) {
        await this.befriend(change, asked, remark);
        return { request: { ...asked, state: 'accepted' }, isNew: true };
      }
      if (await this.friends.get(userId, friendId, change)) throw new ImError('ALREADY_EXISTS', 'you are friends already');
      if (own && this.isPendingFor(userId, own, change.now) && (!isHeard || own.state === 'pending')) return { request: own, isNew: false };
      await this.checkPending(change, userId);
      const known = own !== undefined && requestSights[own.state].to !== undefined;
      const state = isHeard ? 'pending' : known ? 'unseen' : 'unheard';
      const request = { id: own?.id ?? newId(), from_id: userId, to_id: friendId, message, remark, state, created_at: change.now } as const;
      await this.requests.put(change, request);
      return { request, isNew: true };
    });
    if (isNew && request.state === 'accepted') await this.tellFriends(request);
    else if (isNew) this.tell(request);
    return shownRequest(userId, request, this.lifetimeMs);
  }

  /** Accepts a request that the caller got. Throws `NOT_FOUND`, `CONFLICT` for one that was settled otherwise or has expired, `TOO_LARGE`. */
  async accept({ userId }: Caller, id: string): Promise<Friend> {
    const { from_id, to_id } = await this.requestOf(userId, id);
    if (to_id !== userId) throw new ImError('CONFLICT', 'the request is for the other user to accept');
    const { request, friend, isNew } = await this.pairs.change<Settled & { friend: FriendRow }>(
      userId,
      from_id,
      async (change, earlier) => {
        if (earlier && (await this.isStored(change, earlier.request))) return earlier;
        const request = await this.fresh(change, id);
        const friend = await this.friends.get(userId, from_id, change);
        if (request.state === 'accepted' && friend) return { request, friend, isNew: false };
        if (!this.isPendingFor(userId, request, change.now)) throw settled();
        return { request: { ...request, state: 'accepted' }, friend: await this.befriend(change, request, null), isNew: true };
      },
    );
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
    const isOwn = from_id === userId;
    const { request, isNew, isQuiet } = await this.pairs.change<Settled & { isQuiet: boolean }>(from_id, to_id, async (change, earlier) => {
      if (earlier && (await this.isStored(change, earlier.request))) return earlier;
      const request = await this.fresh(change, id);
      const isQuiet = isHidden(request);
      if (seenBy(userId, request) === (isOwn ? 'withdrawn' : 'rejected')) return { request, isNew: false, isQuiet };
      if (!this.isPendingFor(userId, request, change.now)) throw settled();
      if (isOwn) return { request: { ...request, state: await this.requests.withdraw(change, request, change.now) }, isNew: true, isQuiet };
      await this.requests.setState(change, id, 'rejected', change.now);
      return { request: { ...request, state: 'rejected' }, isNew: true, isQuiet };
    });
    if (isNew) this.tell(request, isQuiet);
  }

  /** Makes both friends of what one asked of the other, who calls them `remark`. */
  private async befriend(change: Change, request: FriendRequestRow, remark: string | null): Promise<FriendRow> {
    const { from_id, to_id } = request;
    const both = [from_id, to_id].sort();
    await this.users.hold(change, both);
    for (const userId of both) {
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

  private async checkPending(change: Change, userId: string): Promise<void> {
    await this.users.hold(change, [userId]);
    if ((await this.requests.countPending(userId, change.now - this.lifetimeMs, change)) < this.config.maxFriends) return;
    throw new ImError('TOO_LARGE', `of what a user has asked, at most ${this.config.maxFriends} requests are pending`);
  }

  /** A request that the user made, or got and may see. */
  private async requestOf(userId: string, id: string): Promise<FriendRequestRow> {
    const request = await this.requests.get(id);
    const isTheirs = request?.from_id === userId || (request?.to_id === userId && !isHidden(request));
    if (!request || !isTheirs) throw new ImError('NOT_FOUND', 'there is no such request');
    return request;
  }

  private async fresh(change: Change, id: string): Promise<FriendRequestRow> {
    const request = await this.requests.get(id, change);
    if (!request) throw new ImError('NOT_FOUND', 'there is no such request');
    return request;
  }

  /** Whether an earlier run stored the request as it is given. */
  private async isStored(change: Change, { id, state, created_at }: FriendRequestRow): Promise<boolean> {
    const row = await this.requests.get(id, change);
    return row?.state === state && row.created_at === created_at;
  }

  /** Whether it is pending in the eyes of one of the two. */
  private isPendingFor(userId: string, request: FriendRequestRow, now: number): boolean {
    return seenBy(userId, request) === 'pending' && request.created_at > now - this.lifetimeMs;
  }

  private tell(request: FriendRequestRow, isQuiet = isHidden(request)): void {
    for (const userId of isQuiet ? [request.from_id] : [request.from_id, request.to_id]) {
      this.hub.publishState(userId, 'friend_request', shownRequest(userId, request, this.lifetimeMs));
    }
  }

  private async tellFriends(request: FriendRequestRow): Promise<void> {
    this.tell(request);
    for (const [userId, friendId] of [
      [request.from_id, request.to_id],
      [request.to_id, request.from_id],
    ] as const) {
      const friend = await this.friends.get(userId, friendId);
      if (friend) this.hub.publishState(userId, 'friend_added', shown(friend));
    }
  }
}

/** Whether the one it is for is not to hear of it. */
const isHidden = ({ state }: FriendRequestRow): boolean => state === 'unseen' || requestSights[state].to === undefined;
const settled = () => new ImError('CONFLICT', 'the request is settled or has expired');
