import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Clock, newId } from '@app/kit';
import { type Group, type GroupRequest, ImError, groupConversation } from '@app/protocol';
import {
  BlockStore,
  type Change,
  ConversationLog,
  type ConversationRef,
  ConversationStore,
  type GroupRequestRow,
  GroupRequestStore,
  type GroupRow,
  MemberStore,
  UserStore,
} from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { placeId, placeToken } from '../place-token';
import { allows } from './roles';
import { Roster } from './roster';
import { requestLifetimeMs, shown, shownRequest } from './shown';

/** The place of a page's last request. */
const places = placeToken(z.object({ createdAt: z.number().int().min(0), id: placeId }));

interface Asked {
  readonly request: GroupRequestRow;
  readonly ownerId: string;
  readonly isNew: boolean;
}

/**
 * Invitations into groups, and requests to join them. Each is decided while the group is held, so that of what several do at once there is
 * one outcome: the same answer twice is one, and what was settled otherwise is `CONFLICT`.
 */
@Injectable()
export class RequestsService {
  private readonly lifetimeMs: number;

  constructor(
    private readonly access: Access,
    private readonly roster: Roster,
    private readonly requests: GroupRequestStore,
    private readonly conversations: ConversationStore,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly blocks: BlockStore,
    private readonly log: ConversationLog,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lifetimeMs = requestLifetimeMs(config);
  }

  /** Requests to join that nobody has settled, oldest first. Throws `FORBIDDEN`, and `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    groupId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ requests: GroupRequest[]; next: string | null }> {
    const { ref, member } = await this.access.checkMember(groupConversation(groupId), userId);
    if (!allows('decide', member.role)) throw new ImError('FORBIDDEN', 'your role does not allow this');
    const rows = await this.requests.ofGroup(ref, this.clock.now() - this.lifetimeMs, placeIn(cursor), limit + 1);
    const { items, next } = this.pageOf(rows, limit);
    return { requests: items, next };
  }

  /** Asks those who run a group to let a user in. Asking again changes nothing. The caller tells of it after the commit. */
  async ask(change: Change, ref: ConversationRef, group: GroupRow, userId: string): Promise<Asked> {
    const [last] = await this.requests.of(ref, [userId], 'request', change);
    if (last && this.roster.isPending(last, change.now)) return { request: last, ownerId: group.owner_id, isNew: false };
    const request = { ...rowIn(group, userId, change.now), id: last?.id ?? newId(), kind: 'request' as const, by_id: userId };
    await this.requests.put(change, ref, [request]);
    return { request, ownerId: group.owner_id, isNew: true };
  }

  /** Lets somebody in who has asked. Throws `FORBIDDEN`, `NOT_FOUND`, `CONFLICT`, `TOO_LARGE`. */
  async accept(caller: Caller, groupId: string, askerId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    const accepted = await this.log.change(ref, async (change) => {
      const request = await this.requestFor(change, ref, caller.userId, askerId);
      const isPresent = (await this.members.presentOf(ref, [askerId], change)).length > 0;
      if (isPresent && request.state !== 'rejected') return undefined;
      if (!this.roster.isPending(request, change.now)) throw settled();
      const group = await this.roster.group(change, groupId);
      return { request, group: await this.roster.admit(change, ref, group, [askerId], caller.userId) };
    });
    if (!accepted) return;
    this.roster.tellJoined(accepted.group, [askerId]);
    this.tell({ ...accepted.request, state: 'accepted' }, accepted.group.owner_id);
  }

  /** Turns down a request to join. Throws `FORBIDDEN`, `NOT_FOUND`, `CONFLICT`. */
  async reject(caller: Caller, groupId: string, askerId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    const rejected = await this.log.change(ref, async (change) => {
      const request = await this.requestFor(change, ref, caller.userId, askerId);
      if (request.state === 'rejected') return undefined;
      if (!this.roster.isPending(request, change.now)) throw settled();
      await this.requests.setState(change, request.id, 'rejected', change.now);
      return { request, ownerId: (await this.roster.group(change, groupId)).owner_id };
    });
    if (rejected) this.tell({ ...rejected.request, state: 'rejected' }, rejected.ownerId);
  }

  /**
   * Invites users. Who is a member stays one; who has asked to join is let in, if the caller may decide that; who blocks the caller does not
   * hear of it. Throws `FORBIDDEN`, `NOT_FOUND` when one of them is no user, `TOO_LARGE`, and `BLOCKED` when the caller blocks one of them.
   */
  async invite(caller: Caller, groupId: string, userIds: readonly string[]): Promise<{ invited: string[]; added: string[] }> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    const wanted = await this.users.checkAll(userIds, this.config.maxListItems);
    const { group, added, invited, told } = await this.log.change(ref, async (change) => {
      const { role } = await this.roster.check(change, ref, caller.userId, 'invite');
      const present = new Set(await this.members.presentOf(ref, wanted, change));
      const absent = wanted.filter((userId) => !present.has(userId));
      const { own, theirs } = await this.blocks.anyBetween(caller.userId, absent, change);
      if (own.length > 0) throw new ImError('BLOCKED', 'you have blocked one of them');
      const asked = allows('decide', role) ? await this.requests.of(ref, absent, 'request', change) : [];
      const added = asked.filter((request) => this.roster.isPending(request, change.now)).map(({ user_id }) => user_id);
      const group = await this.roster.admit(change, ref, await this.roster.group(change, groupId), added, caller.userId);
      const invited = absent.filter((userId) => !added.includes(userId));
      const earlier = new Map((await this.requests.of(ref, invited, 'invitation', change)).map((row) => [row.user_id, row]));
      const rows = invited
        .filter((userId) => !theirs.includes(userId))
        .map((userId) => ({
          ...rowIn(group, userId, change.now),
          id: earlier.get(userId)?.id ?? newId(),
          kind: 'invitation' as const,
          by_id: caller.userId,
        }));
      await this.requests.put(change, ref, rows);
      const isNew = ({ user_id }: GroupRequestRow): boolean => {
        const last = earlier.get(user_id);
        return last === undefined || !this.roster.isPending(last, change.now);
      };
      return { group, added, invited, told: rows.filter(isNew) };
    });
    this.roster.tellJoined(group, added);
    // Not the inviter: of one who blocks them there is nothing to tell, and they would know by that.
    for (const invitation of told) this.tellUser(invitation.user_id, invitation);
    return { invited, added };
  }

  /** The caller's invitations that wait for an answer, newest first. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async invitations(
    { userId }: Caller,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ invitations: GroupRequest[]; next: string | null }> {
    const rows = await this.requests.invitationsOf(userId, this.clock.now() - this.lifetimeMs, placeIn(cursor), limit + 1);
    const { items, next } = this.pageOf(rows, limit);
    return { invitations: items, next };
  }

  /** Makes the caller a member by an invitation. Throws `NOT_FOUND`, `TOO_LARGE`, `CONFLICT` for one that is settled, expired or void. */
  async acceptInvitation({ userId }: Caller, id: string): Promise<Group> {
    const { ref, groupId } = await this.invitationOf(userId, id);
    const { group, role, invitation } = await this.log.change(ref, async (change) => {
      const invitation = await this.requests.get(id, change);
      const member = await this.members.get(ref, userId, change);
      if (member?.until_seq === null) return { group: await this.roster.group(change, groupId), role: member.role, invitation: undefined };
      if (!invitation || !(await this.roster.isInvited(change, ref, userId))) throw settled();
      const group = await this.roster.admit(change, ref, await this.roster.group(change, groupId), [userId]);
      return { group, role: 'member' as const, invitation };
    });
    if (invitation) {
      this.roster.tellJoined(group, [userId]);
      this.tell({ ...invitation, state: 'accepted' });
    }
    return shown(group, role);
  }

  /** Turns down an invitation. Throws `NOT_FOUND`, `CONFLICT` for one that is settled, expired or void. */
  async rejectInvitation({ userId }: Caller, id: string): Promise<void> {
    const { ref } = await this.invitationOf(userId, id);
    const rejected = await this.log.change(ref, async (change) => {
      const invitation = await this.requests.get(id, change);
      if (invitation?.state === 'rejected') return undefined;
      if (!invitation || !this.roster.isPending(invitation, change.now)) throw settled();
      await this.requests.setState(change, id, 'rejected', change.now);
      return invitation;
    });
    if (rejected) this.tell({ ...rejected, state: 'rejected' });
  }

  /** Tells what became of an invitation or request: the user whom it is about, who invited, and the owner of the group for a request. */
  tell(request: GroupRequestRow, ownerId?: string): void {
    const hearers = new Set([request.user_id, request.by_id, ...(ownerId === undefined ? [] : [ownerId])]);
    for (const userId of hearers) this.tellUser(userId, request);
  }

  private tellUser(userId: string, request: GroupRequestRow): void {
    this.hub.publishState(userId, 'group_request', shownRequest(request, this.lifetimeMs));
  }

  /** What somebody asked of a group whose requests the caller may decide. */
  private async requestFor(change: Change, ref: ConversationRef, callerId: string, askerId: string): Promise<GroupRequestRow> {
    await this.roster.check(change, ref, callerId, 'decide');
    const [request] = await this.requests.of(ref, [askerId], 'request', change);
    if (!request) throw new ImError('NOT_FOUND', 'there is no such request');
    return request;
  }

  private async invitationOf(userId: string, id: string): Promise<{ ref: ConversationRef; groupId: string }> {
    const invitation = await this.requests.get(id);
    const isTheirs = invitation?.user_id === userId && invitation.kind === 'invitation';
    const ref = isTheirs ? await this.conversations.find(groupConversation(invitation.group_id)) : undefined;
    if (!isTheirs || !ref) throw new ImError('NOT_FOUND', 'there is no such invitation');
    return { ref, groupId: invitation.group_id };
  }

  private pageOf(rows: readonly GroupRequestRow[], limit: number): { items: GroupRequest[]; next: string | null } {
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      items: page.map((row) => shownRequest(row, this.lifetimeMs)),
      next: last ? places.write({ createdAt: last.created_at, id: last.id }) : null,
    };
  }
}

const rowIn = (group: GroupRow, userId: string, at: number) => ({
  group_id: group.id,
  group_name: group.name,
  user_id: userId,
  state: 'pending' as const,
  created_at: at,
});

const placeIn = (cursor: string | undefined) => (cursor === undefined ? undefined : places.read(cursor));
const settled = () => new ImError('CONFLICT', 'this is settled, has expired, or is void');
