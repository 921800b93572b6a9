import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { ImError } from '@app/protocol';
import { type Change, type ConversationRef, type GroupRow, GroupStore, type Membership, MemberStore } from '@app/storage';
import { CONFIG } from '../infra/config';
import { type Operation, allows, forbids, isMuted, speaking } from './roles';

/** Who is in a group and what they may do, as a transaction sees it that holds the group: what it decides holds until the commit. */
@Injectable()
export class Roster {
  constructor(
    private readonly groups: GroupStore,
    private readonly members: MemberStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

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
    await this.groups.countMembers(change, group.id, userIds.length);
    return { ...group, member_count: group.member_count + userIds.length };
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
