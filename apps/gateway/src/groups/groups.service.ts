import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { newId } from '@app/kit';
import {
  type ActionInput,
  type ActionOutput,
  type Group,
  type GroupMember,
  ImError,
  type JoinPolicy,
  type Role,
  groupConversation,
} from '@app/protocol';
import {
  type Change,
  ConversationLog,
  type ConversationRef,
  ConversationStore,
  type GroupRow,
  GroupStore,
  type Member,
  MemberStore,
  UserStore,
} from '@app/storage';
import type { Caller, SocketCaller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';

/** Groups: making them, joining, leaving, listening. Who is no member does not learn that a group exists. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly access: Access,
    private readonly conversations: ConversationStore,
    private readonly groups: GroupStore,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly log: ConversationLog,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Makes a group of the caller and the given users. Throws `NOT_FOUND` when one of them is no user. */
  async create(
    { userId }: Caller,
    { name, memberIds, joinPolicy }: { name: string; memberIds: readonly string[]; joinPolicy: JoinPolicy },
  ): Promise<{ groupId: string; convId: string }> {
    if (memberIds.length > this.config.maxListItems) throw new ImError('TOO_LARGE', `at most ${this.config.maxListItems} memberIds`);
    const others = [...new Set(memberIds)].filter((id) => id !== userId);
    if (others.length >= this.config.maxGroupSize)
      throw new ImError('TOO_LARGE', `a group has at most ${this.config.maxGroupSize} members`);
    if ((await this.users.countExisting(others)) < others.length) throw new ImError('NOT_FOUND', 'not all memberIds are users');
    const groupId = newId();
    const ref = await this.conversations.ensure(groupConversation(groupId));
    await this.log.change(ref, async (change) => {
      const userIds = [userId, ...others];
      const { seq, number, timestamp } = change.append(userId, { kind: 'group_created', fields: { name, userIds } });
      const row = { id: groupId, name, owner_id: userId, join_policy: joinPolicy, member_count: userIds.length, created_at: timestamp };
      await this.groups.insert(change, ref, row);
      const role = (id: string): Role => (id === userId ? 'owner' : 'member');
      const opened = userIds.map((id) => ({ userId: id, role: role(id), fromSeq: seq, readSeq: seq, readNumber: number, at: timestamp }));
      await this.members.openFirst(change, ref, opened);
    });
    return { groupId, convId: ref.name.convId };
  }

  /** A group as one of its members sees it. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async get({ userId }: Caller, groupId: string): Promise<Group> {
    const { member } = await this.access.checkMember(groupConversation(groupId), userId);
    return shown(await this.row(groupId), member.role);
  }

  /** The caller's groups by id. */
  async list(
    { userId }: Caller,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ groups: Group[]; next: string | null }> {
    const rows = await this.groups.ofUser(userId, cursor ?? '', limit + 1);
    const page = rows.slice(0, limit);
    return { groups: page.map((row) => shown(row, row.role)), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  /** Present members by user id. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async listMembers(
    { userId }: Caller,
    groupId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ members: GroupMember[]; next: string | null }> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    const rows = await this.members.page(ref, cursor ?? '', limit + 1);
    const page = rows.slice(0, limit);
    return {
      members: page.map(shownMember),
      next: rows.length > limit ? (page.at(-1)?.user_id ?? null) : null,
    };
  }

  /**
   * Makes the caller a member; somebody who is one stays one. What was said before stays hidden from a new member. A group that is
   * not open answers like one that does not exist.
   */
  async join(caller: Caller, groupId: string): Promise<Group> {
    const ref = await this.access.checkJoin(groupId, caller.userId);
    const { userId } = caller;
    await this.log.change(ref, async (change) => {
      const member = await this.members.get(ref, userId, change);
      if (member?.until_seq === null) return;
      const current = await this.groups.get(groupId, change);
      if (current?.join_policy !== 'open') throw new ImError('NOT_FOUND');
      if (current.member_count >= this.config.maxGroupSize) throw new ImError('TOO_LARGE', 'the group is full');
      const { seq, number, timestamp } = change.append(userId, { kind: 'member_joined', fields: { userId } });
      await this.members.open(change, ref, { userId, role: 'member', fromSeq: seq, readSeq: seq, readNumber: number, at: timestamp });
      await this.groups.countMember(change, groupId, 1);
    });
    return this.get(caller, groupId);
  }

  /**
   * Ends another's membership; what was said until then stays readable to them, and nothing of theirs is stored after it. Throws
   * `FORBIDDEN` unless the caller is above them.
   */
  async remove(caller: Caller, groupId: string, userId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    await this.log.change(ref, async (change) => {
      await this.checkAbove(change, ref, caller.userId, userId);
      await this.endMembership(change, ref, groupId, { by: caller.userId, userId, reason: 'removed' });
    });
  }

  /**
   * Keeps a member from writing until a time, or lets them write again with `null`. Throws `FORBIDDEN` unless the caller is above
   * them.
   */
  async mute(caller: Caller, groupId: string, userId: string, mutedUntil: number | null): Promise<GroupMember> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    return this.log.change(ref, async (change) => {
      const member = await this.checkAbove(change, ref, caller.userId, userId);
      const { timestamp } = change.append(caller.userId, { kind: 'member_updated', fields: { userId, mutedUntil } });
      change.raiseAcl();
      await this.members.mute(change, ref, userId, mutedUntil, timestamp);
      return shownMember({ ...member, muted_until: mutedUntil });
    });
  }

  /** Ends the caller's membership; what was said until then stays readable. Throws `FORBIDDEN` for the owner. */
  async leave({ userId }: Caller, groupId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    await this.log.change(ref, async (change) => {
      const member = await this.members.get(ref, userId, change);
      if (member?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
      if (member.role === 'owner') throw new ImError('FORBIDDEN', 'the owner cannot leave the group');
      await this.endMembership(change, ref, groupId, { by: userId, userId, reason: 'left' });
    });
  }

  /** Lets the caller's connection hear the group. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`, `TOO_LARGE`. */
  async subscribe(
    { userId, connection: { box } }: SocketCaller,
    { groupId, fromSeq }: ActionInput<'subscribe_group'>,
  ): Promise<{ data: ActionOutput<'subscribe_group'>; start: () => void }> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    const { name } = ref;
    const admit = async () => {
      const { member } = await this.access.checkMember(name, userId);
      return { lastSeq: member.last_seq, from: member.from_seq };
    };
    const subscribed = await this.hub.subscribe(ref, { box, userId }, admit, { fromSeq, limit: this.config.recoveryLimit });
    // Counted afterwards: subscribing again to a group that is heard already is no further subscription.
    if (this.hub.subscriptionsOf(box) > this.config.maxSubscriptionsPerConnection) {
      this.hub.unsubscribe(name.convId, box);
      throw new ImError('TOO_LARGE', `at most ${this.config.maxSubscriptionsPerConnection} subscriptions per connection`);
    }
    const { lastSeq, recovered } = subscribed;
    return { data: { groupId, convId: name.convId, lastSeq, recovered }, start: () => subscribed.start() };
  }

  /** Ends what `subscribe` began. Tells nothing of whether the group exists. */
  unsubscribe({ connection: { box } }: SocketCaller, groupId: string): ActionOutput<'unsubscribe_group'> {
    this.hub.unsubscribe(groupConversation(groupId).convId, box);
    return { groupId };
  }

  /** Somebody whom the user may remove and mute, as the transaction sees them. */
  private async checkAbove(change: Change, ref: ConversationRef, callerId: string, userId: string): Promise<Member> {
    const caller = await this.members.get(ref, callerId, change);
    if (caller?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
    const member = await this.members.get(ref, userId, change);
    if (member?.until_seq !== null) throw new ImError('NOT_FOUND', 'there is no such member');
    if (ranks[caller.role] <= ranks[member.role]) throw new ImError('FORBIDDEN', 'only those above a member may do this');
    return member;
  }

  private async endMembership(
    change: Change,
    ref: ConversationRef,
    groupId: string,
    { by, userId, reason }: { by: string; userId: string; reason: 'left' | 'removed' },
  ): Promise<void> {
    const { seq, timestamp } = change.append(by, { kind: 'member_left', fields: { userId, reason } });
    change.raiseAcl();
    await this.members.close(change, ref, userId, seq, timestamp);
    await this.groups.countMember(change, groupId, -1);
  }

  private async row(groupId: string): Promise<GroupRow> {
    const row = await this.groups.get(groupId);
    if (!row) throw new ImError('NOT_FOUND');
    return row;
  }
}

/** Who is above whom. */
const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

const shownMember = ({ user_id, role, joined_at, muted_until }: Member): GroupMember => ({
  userId: user_id,
  role,
  joinedAt: joined_at,
  ...(muted_until === null ? {} : { mutedUntil: muted_until }),
});

const shown = (row: GroupRow, role: Role): Group => ({
  groupId: row.id,
  convId: groupConversation(row.id).convId,
  name: row.name,
  ownerId: row.owner_id,
  joinPolicy: row.join_policy,
  memberCount: row.member_count,
  role,
  createdAt: row.created_at,
});
