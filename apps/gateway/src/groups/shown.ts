import type { Config } from '@app/config';
import { type Group, type GroupMember, type GroupRequest, type Role, groupConversation } from '@app/protocol';
import type { GroupRequestRow, GroupRow, Member } from '@app/storage';

/** How long an invitation or a request to join may be answered, in milliseconds. */
export const requestLifetimeMs = ({ groupRequestDays }: Config): number => groupRequestDays * 24 * 3_600_000;

/** A group as somebody of a role sees it. */
export const shown = (row: GroupRow, role: Role): Group => ({
  groupId: row.id,
  convId: groupConversation(row.id).convId,
  name: row.name,
  ownerId: row.owner_id,
  avatarUrl: row.avatar_url,
  joinPolicy: row.join_policy,
  muteAll: row.mute_all === 1,
  historyFromStart: row.history_from_start === 1,
  minSecondsBetweenMessages: row.min_seconds ?? 0,
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

/** An invitation, or a request to join: who only asked is not told the name of the group. */
export const shownRequest = (row: GroupRequestRow, lifetimeMs: number): GroupRequest => ({
  id: row.id,
  groupId: row.group_id,
  ...(row.kind === 'invitation' ? { name: row.group_name } : {}),
  kind: row.kind,
  userId: row.user_id,
  by: row.by_id,
  state: row.state,
  createdAt: row.created_at,
  expiresAt: row.created_at + lifetimeMs,
});
