import type { Config } from '@app/config';
import type { Friend, FriendRequest } from '@app/protocol';
import type { FriendRequestRow, FriendRow } from '@app/storage';

/** How long a request for friendship may be answered, in milliseconds. */
export const requestLifetimeMs = ({ friendRequestDays }: Config): number => friendRequestDays * 24 * 3_600_000;

/** A friend as their own friend sees them. */
export const shown = ({ friend_id, remark, created_at, removed_at }: FriendRow): Friend => ({
  userId: friend_id,
  remark,
  createdAt: created_at,
  ...(removed_at === null ? {} : { removed: true as const }),
});

/** A request as one of the two sees it: one that is not shown to whom it is for looks pending to the other, and withdrawn to them. */
export const shownRequest = (userId: string, row: FriendRequestRow, lifetimeMs: number): FriendRequest => ({
  id: row.id,
  from: row.from_id,
  to: row.to_id,
  message: row.message,
  state: row.state !== 'unseen' ? row.state : row.from_id === userId ? 'pending' : 'withdrawn',
  createdAt: row.created_at,
  expiresAt: row.created_at + lifetimeMs,
});
