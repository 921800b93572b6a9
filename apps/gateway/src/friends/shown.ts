import type { Config } from '@app/config';
import type { Friend, FriendRequest, FriendRequestState } from '@app/protocol';
import { type FriendRequestRow, type FriendRow, requestSights } from '@app/storage';

/** How long a request for friendship may be answered, in milliseconds. */
export const requestLifetimeMs = ({ friendRequestDays }: Config): number => friendRequestDays * 24 * 3_600_000;

/** A friend as their own friend sees them. */
export const shown = ({ friend_id, remark, created_at, removed_at }: FriendRow): Friend => ({
  userId: friend_id,
  remark,
  createdAt: created_at,
  ...(removed_at === null ? {} : { removed: true as const }),
});

/** The state of a request in the eyes of one of the two; `undefined`: it is not there for them. */
export const seenBy = (userId: string, { state, from_id }: FriendRequestRow): FriendRequestState | undefined =>
  requestSights[state][from_id === userId ? 'from' : 'to'];

/** A request as one of the two sees it. What was taken back does not speak to the other any more. */
export const shownRequest = (userId: string, row: FriendRequestRow, lifetimeMs: number): FriendRequest => {
  const state = seenBy(userId, row) ?? 'withdrawn';
  return {
    id: row.id,
    from: row.from_id,
    to: row.to_id,
    message: state === 'withdrawn' && row.to_id === userId ? null : row.message,
    state,
    createdAt: row.created_at,
    expiresAt: row.created_at + lifetimeMs,
  };
};
