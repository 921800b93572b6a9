import type { Block } from '@app/protocol';
import type { BlockRow } from '@app/storage';

/** A block as the one who made it sees it. */
export const shownBlock = ({ blocked_id, created_at, removed_at }: BlockRow): Block => ({
  userId: blocked_id,
  createdAt: created_at,
  ...(removed_at === null ? {} : { removed: true as const }),
});
