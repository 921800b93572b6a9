import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type GroupMember, ImError, type Joined, groupConversation } from '@app/protocol';
import { ConversationLog, MemberStore, UserStore } from '@app/storage';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { RequestsService } from './requests.service';
import { Roster } from './roster';
import { shown, shownMember } from './shown';

/** Members of groups: who comes, who goes, and who may do what. */
@Injectable()
export class MembersService {
  constructor(
    private readonly access: Access,
    private readonly roster: Roster,
    private readonly requests: RequestsService,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly log: ConversationLog,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Present members by user id. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async list(
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
   * Makes the caller a member, or asks those who run the group to let them in; somebody who is one stays one. A group by invitation answers
   * like one that does not exist to those who have none. Throws `NOT_FOUND`, `TOO_LARGE`.
   */
  async join(caller: Caller, groupId: string): Promise<Joined> {
    const ref = await this.access.checkJoin(groupId, caller.userId);
    const { userId } = caller;
    const outcome = await this.log.change(ref, async (change) => {
      const group = await this.roster.group(change, groupId);
      const member = await this.members.get(ref, userId, change);
      if (member?.until_seq === null) return { group, role: member.role, isNew: false };
      if (group.join_policy === 'open' || (await this.roster.isInvited(change, ref, userId))) {
        return { group: await this.roster.admit(change, ref, group, [userId]), role: 'member' as const, isNew: true };
      }
      if (group.join_policy === 'invite') throw new ImError('NOT_FOUND');
      return this.requests.ask(change, ref, group, userId);
    });
    if ('request' in outcome) {
      if (outcome.isNew) this.requests.tell(outcome.request, outcome.ownerId);
      return { status: 'requested', groupId };
    }
    const { group, role, isNew } = outcome;
    if (isNew) this.roster.tellJoined(group, [userId]);
    return { status: 'joined', ...shown(group, role) };
  }

  /**
   * Makes users members; who is one stays one. Throws `FORBIDDEN`, `NOT_FOUND` when one of them is no user, `TOO_LARGE`, and `BLOCKED` when
   * one of them and the caller do not want to meet.
   */
  async add(caller: Caller, groupId: string, userIds: readonly string[]): Promise<{ added: string[] }> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    const wanted = await this.users.checkAll(userIds, this.config.maxListItems);
    const { group, added } = await this.log.change(ref, async (change) => {
      await this.roster.check(change, ref, caller.userId, 'add');
      const present = new Set(await this.members.presentOf(ref, wanted, change));
      const added = wanted.filter((userId) => !present.has(userId));
      await this.roster.checkBlocks(change, caller.userId, added);
      return { group: await this.roster.admit(change, ref, await this.roster.group(change, groupId), added, caller.userId), added };
    });
    this.roster.tellJoined(group, added);
    return { added };
  }

  /** Ends the caller's membership; what was said until then stays readable. Throws `FORBIDDEN` for the owner. */
  async leave({ userId }: Caller, groupId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    await this.log.change(ref, async (change) => {
      await this.roster.check(change, ref, userId, 'leave');
      await this.roster.end(change, ref, groupId, { by: userId, userId, reason: 'left' });
    });
    this.hub.publishState(userId, 'group_removed', { groupId, reason: 'left' });
  }

  /**
   * Ends another's membership; what was said until then stays readable to them, and nothing of theirs is stored after it. Throws
   * `FORBIDDEN` unless the caller is above them.
   */
  async remove(caller: Caller, groupId: string, userId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    await this.log.change(ref, async (change) => {
      await this.roster.checkOther(change, ref, caller.userId, 'remove', userId);
      await this.roster.end(change, ref, groupId, { by: caller.userId, userId, reason: 'removed' });
    });
    this.hub.publishState(userId, 'group_removed', { groupId, reason: 'removed' });
  }

  /**
   * Gives a member another role, keeps them from writing until a time, or lets them write again with `null`. What stays as it is is not
   * told. Throws `FORBIDDEN` unless the caller is above them, and for a role unless the caller is the owner.
   */
  async update(
    caller: Caller,
    groupId: string,
    userId: string,
    wanted: { role?: 'admin' | 'member' | undefined; mutedUntil?: number | null | undefined },
  ): Promise<GroupMember> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    return this.log.change(ref, async (change) => {
      const { role, mutedUntil } = wanted;
      const operations = [...(role === undefined ? [] : ['promote' as const]), ...(mutedUntil === undefined ? [] : ['mute' as const])];
      let member;
      for (const operation of operations) member = await this.roster.checkOther(change, ref, caller.userId, operation, userId);
      if (!member) throw new ImError('BAD_REQUEST');
      const fields = {
        ...(role === undefined || role === member.role ? {} : { role }),
        ...(mutedUntil === undefined || mutedUntil === member.muted_until ? {} : { mutedUntil }),
      };
      if (Object.keys(fields).length === 0) return shownMember(member);
      const { timestamp } = change.append(caller.userId, { kind: 'member_updated', fields: { userId, ...fields } });
      change.raiseAcl();
      if (fields.role) await this.members.setRole(change, ref, userId, fields.role, timestamp);
      if (fields.mutedUntil !== undefined) await this.members.mute(change, ref, userId, fields.mutedUntil, timestamp);
      return shownMember({ ...member, role: role ?? member.role, muted_until: mutedUntil === undefined ? member.muted_until : mutedUntil });
    });
  }
}
