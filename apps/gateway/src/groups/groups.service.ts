import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { newId } from '@app/kit';
import {
  type ActionInput,
  type ActionOutput,
  type EntryFields,
  type Group,
  ImError,
  type JoinPolicy,
  type Role,
  groupConversation,
  type updateGroupSchema,
} from '@app/protocol';
import { ConversationLog, ConversationStore, type GroupChanges, type GroupRow, GroupStore, MemberStore, UserStore } from '@app/storage';
import type { z } from 'zod';
import type { Caller, SocketCaller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { Avatars } from '../users/avatars';
import { Roster } from './roster';
import { shown } from './shown';

/** Groups: making them, changing them, ending them, listening. Who is no member does not learn that a group exists. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly access: Access,
    private readonly roster: Roster,
    private readonly conversations: ConversationStore,
    private readonly groups: GroupStore,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly avatars: Avatars,
    private readonly log: ConversationLog,
    private readonly hub: Hub,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Makes a group of the caller and the given users. Throws `NOT_FOUND` when one of them is no user. */
  async create(
    { userId }: Caller,
    { name, memberIds, joinPolicy }: { name: string; memberIds: readonly string[]; joinPolicy: JoinPolicy },
  ): Promise<{ groupId: string; convId: string }> {
    const others = (await this.users.checkAll(memberIds, this.config.maxListItems)).filter((id) => id !== userId);
    if (others.length >= this.config.maxGroupSize)
      throw new ImError('TOO_LARGE', `a group has at most ${this.config.maxGroupSize} members`);
    const groupId = newId();
    const ref = await this.conversations.ensure(groupConversation(groupId));
    const group = await this.log.change(ref, async (change) => {
      await this.roster.checkBlocks(change, userId, others);
      const userIds = [userId, ...others];
      const { seq, number, timestamp } = change.append(userId, { kind: 'group_created', fields: { name, userIds } });
      const row = { id: groupId, name, owner_id: userId, join_policy: joinPolicy, member_count: userIds.length, created_at: timestamp };
      await this.groups.insert(change, ref, row);
      const role = (id: string): Role => (id === userId ? 'owner' : 'member');
      const opened = userIds.map((id) => ({ userId: id, role: role(id), fromSeq: seq, readSeq: seq, readNumber: number, at: timestamp }));
      await this.members.open(change, ref, opened);
      return { ...row, mute_all: null, history_from_start: null, min_seconds: null, avatar_url: null };
    });
    // Whoever makes a group may have other devices.
    this.roster.tellJoined(group, [userId], 'owner');
    this.roster.tellJoined(group, others);
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

  /**
   * Changes a group; what stays as it is is not told. Who joined before keeps seeing what they saw, whatever `historyFromStart` says
   * later. Throws `FORBIDDEN`; `NOT_FOUND`, `BAD_REQUEST`, `TOO_LARGE` for a file that is no picture.
   */
  async update(caller: Caller, groupId: string, wanted: z.output<typeof updateGroupSchema>): Promise<Group> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    const { avatarFileId, ...others } = wanted;
    const avatarUrl = avatarFileId === undefined ? undefined : await this.avatars.checkChoice(caller.userId, avatarFileId);
    const wishes: EntryFields<'group_updated'> = { ...others, ...(avatarUrl === undefined ? {} : { avatarUrl }) };
    return this.log.change(ref, async (change) => {
      const { role } = await this.roster.check(change, ref, caller.userId, 'configure');
      const group = await this.roster.group(change, groupId);
      const before = shown(group, role);
      const fields = Object.fromEntries(
        settings.filter((name) => wishes[name] !== undefined && wishes[name] !== before[name]).map((name) => [name, wishes[name]]),
      ) as EntryFields<'group_updated'>;
      if (Object.keys(fields).length === 0) return before;
      change.append(caller.userId, { kind: 'group_updated', fields });
      if (fields.muteAll !== undefined || fields.minSecondsBetweenMessages !== undefined) change.raiseAcl();
      const changes = changesOf(fields);
      await this.groups.update(change, groupId, changes, avatarFileId);
      return shown({ ...group, ...changes }, role);
    });
  }

  /** Ends a group for everybody: its members keep what was said, and nobody hears or says anything more. Throws `FORBIDDEN`. */
  async dissolve({ userId }: Caller, groupId: string): Promise<void> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    await this.log.change(ref, async (change) => {
      await this.roster.check(change, ref, userId, 'dissolve');
      const { seq } = change.append(userId, { kind: 'group_dissolved', fields: {} });
      change.raiseAcl();
      await this.groups.close(change, ref, seq);
    });
    // The others, who may be a million, are told by the log and by sync.
    this.hub.publishState(userId, 'group_removed', { groupId, reason: 'dissolved' });
  }

  /**
   * Makes another member the owner, who may write whatever was before; the caller is an admin then. Throws `FORBIDDEN`, `NOT_FOUND` for
   * somebody who is no member.
   */
  async transfer(caller: Caller, groupId: string, userId: string): Promise<Group> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), caller.userId);
    return this.log.change(ref, async (change) => {
      const heir = await this.roster.checkOther(change, ref, caller.userId, 'transfer', userId);
      const group = await this.roster.group(change, groupId);
      const { timestamp } = change.append(caller.userId, { kind: 'group_updated', fields: { ownerId: userId } });
      change.raiseAcl();
      await this.members.setRole(change, ref, caller.userId, 'admin', timestamp);
      await this.members.setRole(change, ref, userId, 'owner', timestamp);
      // Nobody is above an owner, who could let them write again.
      if (heir.muted_until !== null) await this.members.mute(change, ref, userId, null, timestamp);
      await this.groups.update(change, groupId, { owner_id: userId });
      return shown({ ...group, owner_id: userId }, 'admin');
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
      const { last_seq, from_seq, joined_seq } = member;
      return { lastSeq: last_seq, from: from_seq, joined: joined_seq ?? from_seq };
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

  private async row(groupId: string): Promise<GroupRow> {
    const row = await this.groups.get(groupId);
    if (!row) throw new ImError('NOT_FOUND');
    return row;
  }
}

/** What may be changed of a group, by the names on the wire. */
const settings = ['name', 'joinPolicy', 'muteAll', 'historyFromStart', 'minSecondsBetweenMessages', 'avatarUrl'] as const;

const flag = (on: boolean | undefined): number | undefined => (on === undefined ? undefined : Number(on));

function changesOf(wanted: EntryFields<'group_updated'>): GroupChanges {
  const changes = {
    name: wanted.name,
    join_policy: wanted.joinPolicy,
    mute_all: flag(wanted.muteAll),
    history_from_start: flag(wanted.historyFromStart),
    min_seconds: wanted.minSecondsBetweenMessages,
    avatar_url: wanted.avatarUrl,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
