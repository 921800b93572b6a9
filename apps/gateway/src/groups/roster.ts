import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { ImError, type Role } from '@app/protocol';
import {
  BlockStore,
  type Change,
  type ConversationRef,
  type GroupRequestRow,
  GroupRequestStore,
  type GroupRow,
  GroupStore,
  type Membership,
  MemberStore,
} from '@app/storage';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { type Operation, allows, forbids, isMuted, speaking } from './roles';
import { requestLifetimeMs, shown } from './shown';

/** Who is in a group and what they may do, as a transaction sees it that holds the group: what it decides holds until the commit. */
@Injectable()
export class Roster {
  private readonly lifetimeMs: number;

  constructor(
    private readonly groups: GroupStore,
    private readonly members: MemberStore,
    private readonly requests: GroupRequestStore,
    private readonly blocks: BlockStore,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.lifetimeMs = requestLifetimeMs(config);
  }

  /** The user as a present member who may do something. Throws `NOT_GROUP_MEMBER`, `FORBIDDEN`, `MUTED`. */
  async check(change: Change, ref: ConversationRef, userId: string, operation: Operation): Promise<Membership> {
    const member = await this.members.get(ref, userId, change);
    if (member?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
    const { role, join_policy } = member;
    if (!allows(operation, role, { open: join_policy === 'open' })) throw new ImError('FORBIDDEN', 'your role does not allow this');
    if (speaking.has(operation) && isMuted(member, change.now)) throw new ImError('MUTED');
    return member;
  }

  /**
   * Another present member to whom the user may do something. Throws `NOT_GROUP_MEMBER`, `FORBIDDEN`, and `NOT_FOUND` when the other is no
   * member.
   */
  async checkOther(change: Change, ref: ConversationRef, userId: string, operation: Operation, otherId: string): Promise<Membership> {
    const member = await this.members.get(ref, userId, change);
    if (member?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
    if (forbids(operation, member.role)) throw new ImError('FORBIDDEN', 'your role does not allow this');
    const other = await this.members.get(ref, otherId, change);
    if (other?.until_seq !== null) throw new ImError('NOT_FOUND', 'there is no such member');
    if (!allows(operation, member.role, { other: other.role })) throw new ImError('FORBIDDEN', 'only those above a member may do this');
    return other;
  }

  /** The group. Throws `NOT_FOUND` when it has ended. */
  async group(change: Change, groupId: string): Promise<GroupRow> {
    const group = await this.groups.get(groupId, change);
    if (!group) throw new ImError('NOT_FOUND');
    return group;
  }

  /** Whether an invitation or request still waits for its answer. */
  isPending({ state, created_at }: GroupRequestRow, now: number): boolean {
    return state === 'pending' && created_at > now - this.lifetimeMs;
  }

  /** Whether somebody has an invitation that waits for its answer, of somebody who may still invite and does not block them. */
  async isInvited(change: Change, ref: ConversationRef, userId: string): Promise<boolean> {
    const [invitation] = await this.requests.of(ref, [userId], 'invitation', change);
    if (!invitation || !this.isPending(invitation, change.now)) return false;
    if (await this.blocks.get(invitation.by_id, userId, change)) return false;
    const inviter = await this.members.get(ref, invitation.by_id, change);
    return inviter?.until_seq === null && allows('invite', inviter.role, { open: inviter.join_policy === 'open' });
  }

  /** Throws `BLOCKED` when a user blocks one of the others, or one of them blocks the user. */
  async checkBlocks(change: Change, userId: string, others: readonly string[]): Promise<void> {
    const { own, theirs } = await this.blocks.anyBetween(userId, others, change);
    if (own.length + theirs.length > 0) throw new ImError('BLOCKED', 'you and one of them may not meet');
  }

  /** Makes users members, who are none yet, and answers the group as it is then. Throws `TOO_LARGE` when they do not fit in. */
  async admit(change: Change, ref: ConversationRef, group: GroupRow, userIds: readonly string[], by = ''): Promise<GroupRow> {
    if (userIds.length === 0) return group;
    if (group.member_count + userIds.length > this.config.maxGroupSize) throw new ImError('TOO_LARGE', 'the group is full');
    const opened = userIds.map((userId) => {
      const { seq, number, timestamp } = change.append(by || userId, { kind: 'member_joined', fields: { userId } });
      const fromSeq = group.history_from_start === 1 ? 1 : seq;
      return { userId, role: 'member' as const, fromSeq, joinedSeq: seq, readSeq: seq, readNumber: number, at: timestamp };
    });
    await this.members.open(change, ref, opened);
    await this.requests.settle(change, ref, userIds, change.now);
    await this.groups.countMembers(change, group.id, userIds.length);
    return { ...group, member_count: group.member_count + userIds.length };
  }

  /** Tells the devices of users that they are members now, with this role. For after the commit. */
  tellJoined(group: GroupRow, userIds: readonly string[], role: Role = 'member'): void {
    for (const userId of userIds) this.hub.publishState(userId, 'group_joined', shown(group, role));
  }

  /** Ends a membership. */
  async end(
    change: Change,
    ref: ConversationRef,
    groupId: string,
    { by, userId, reason }: { by: string; userId: string; reason: 'left' | 'removed' },
  ): Promise<void> {
    const { seq, timestamp } = change.append(by, { kind: 'member_left', fields: { userId, reason } });
    change.raiseAcl();
    await this.members.close(change, ref, userId, seq, timestamp);
    await this.groups.countMembers(change, groupId, -1);
  }
}
