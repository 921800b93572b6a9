import { type Group, type GroupMember, type Role, groupConversation } from '@app/protocol';
import type { GroupRow, Member } from '@app/storage';

/** A group as somebody of a role sees it. */
export const shown = (row: GroupRow, role: Role): Group => ({
  groupId: row.id,
  convId: groupConversation(row.id).convId,
  name: row.name,
  ownerId: row.owner_id,
  joinPolicy: row.join_policy,
  muteAll: row.mute_all === 1,
  historyFromStart: row.history_from_start === 1,
  memberCount: row.member_count,
  role,
  createdAt: row.created_at,
});

/** A member as the others see them. */
export const shownMember = ({
  user_id,
  role,
  joined_at,
  muted_until,
}: Pick<Member, 'user_id' | 'role' | 'joined_at' | 'muted_until'>): GroupMember => ({
  userId: user_id,
  role,
  joinedAt: joined_at,
  ...(muted_until === null ? {} : { mutedUntil: muted_until }),
});
