import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Config } from '@app/config';
import type { Clock } from '@app/kit';
import { type ConversationName, ImError, type Target, conversationOf, groupConversation } from '@app/protocol';
import {
  BlockStore,
  type ConversationRef,
  ConversationStore,
  FriendStore,
  GroupRequestStore,
  GroupStore,
  type Membership,
  MemberStore,
  otherOf,
  type Queries,
  type Reads,
  UserStore,
  type Window,
  type WritePolicy,
} from '@app/storage';
import { CONFIG } from '../infra/config';
import { allows, isMuted } from '../groups/roles';
import { CLOCK } from '../infra/infra.module';

/** That a user may write to a conversation, as of a version of its rules. */
export interface WriteRight {
  readonly ref: ConversationRef;
  readonly policy: WritePolicy;
}

/** What a user may read of a conversation. `ref` is missing for a c2c in which nothing was said yet. */
export interface ReadRight {
  readonly ref: ConversationRef | undefined;
  readonly window: Window;
  /** The last seq of the log when the right was read, where that told it. */
  readonly head?: number;
}

const wholeLog: Window = { from: 1, until: null };
const cachedMs = 60_000;

/**
 * Who may do what in a conversation. Somebody who never had a right to it is told that it does not exist; a former member of a group
 * that they are none any more.
 */
@Injectable()
export class Access {
  /** Rights to write only; a right that is gone is noticed by the flush, which knows the version of the rules. */
  private readonly rights = new LRUCache<string, WriteRight>({ max: 100_000, ttl: cachedMs });

  constructor(
    private readonly conversations: ConversationStore,
    private readonly groups: GroupStore,
    private readonly groupRequests: GroupRequestStore,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly friends: FriendStore,
    private readonly blocks: BlockStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The conversation that a request names. Throws `BAD_REQUEST` when its names disagree, `NOT_FOUND` for a c2c of others. */
  nameOf(target: Target, userId: string): ConversationName {
    const name = conversationOf(target, userId);
    if (name === 'self') throw new ImError('BAD_REQUEST', 'you cannot write to yourself');
    if (name === 'differ') throw new ImError('BAD_REQUEST', 'to, groupId and convId name different conversations');
    if (name.convType === 'c2c' && !name.users.includes(userId)) throw new ImError('NOT_FOUND');
    return name;
  }

  /** The right to write; answered at once when it is known. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`, `MUTED`, `BLOCKED`, `NOT_FRIEND`. */
  checkWrite(name: ConversationName, userId: string): WriteRight | Promise<WriteRight> {
    return this.rights.get(`${name.convId} ${userId}`) ?? this.loadWrite(name, userId);
  }

  /** The same as of now, for what no flush checks again: a right that is known counts while the rules are those it was checked against. */
  async checkWriteNow(name: ConversationName, userId: string): Promise<WriteRight> {
    const known = this.rights.get(`${name.convId} ${userId}`);
    if (known && (await this.conversations.head(known.ref)).acl_version === known.policy.version) return known;
    return this.loadWrite(name, userId);
  }

  /** The right to read; former members keep what they could see. Throws `NOT_FOUND`. */
  async checkRead(name: ConversationName, userId: string): Promise<ReadRight> {
    const ref = await this.conversations.find(name);
    const member = ref && (await this.members.get(ref, userId));
    if (!member) {
      if (name.convType === 'group') throw new ImError('NOT_FOUND');
      await this.checkOtherExists(name, userId);
      return { ref: undefined, window: wholeLog };
    }
    return { ref, window: { from: member.from_seq, until: member.until_seq }, head: member.last_seq };
  }

  /** A present member, freshly read. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async checkMember(name: ConversationName, userId: string): Promise<{ ref: ConversationRef; member: Membership }> {
    const ref = await this.conversations.find(name);
    if (!ref) throw new ImError('NOT_FOUND');
    return { ref, member: present(await this.members.get(ref, userId)) };
  }

  /**
   * A group that the user may join or ask to be let into: one that takes everybody or asks those who run it, one that they are invited to,
   * or one in which they are. Any other throws `NOT_FOUND`, as if it did not exist.
   */
  async checkJoin(groupId: string, userId: string): Promise<ConversationRef> {
    const ref = await this.conversations.find(groupConversation(groupId));
    const group = ref && (await this.groups.get(groupId));
    if (!ref || !group) throw new ImError('NOT_FOUND');
    if (group.join_policy !== 'invite') return ref;
    const member = await this.members.get(ref, userId);
    const [invitation] = await this.groupRequests.of(ref, [userId], 'invitation');
    if (member?.until_seq !== null && invitation?.state !== 'pending') throw new ImError('NOT_FOUND');
    return ref;
  }

  /** Whether a user may write, as a transaction sees it that holds the conversation. */
  async maySpeak(ref: ConversationRef, userId: string, tx: Queries): Promise<boolean> {
    try {
      this.mayWrite(await this.members.get(ref, userId, tx));
      await this.checkPair(ref.name, userId, tx);
      return true;
    } catch (error) {
      if (error instanceof ImError && error.code !== 'UNAVAILABLE') return false;
      throw error;
    }
  }

  private async loadWrite(name: ConversationName, userId: string): Promise<WriteRight> {
    if (name.convType === 'c2c') await this.checkOtherExists(name, userId);
    const ref = name.convType === 'c2c' ? await this.conversations.ensure(name) : await this.conversations.find(name);
    if (!ref) throw new ImError('NOT_FOUND');
    const member = this.mayWrite(await this.members.get(ref, userId));
    await this.checkPair(name, userId);
    return this.remember(ref, userId, member);
  }

  private remember(ref: ConversationRef, userId: string, member: Membership): WriteRight {
    const key = `${ref.name.convId} ${userId}`;
    const again = async (tx: Queries, version: number): Promise<number> => {
      this.rights.delete(key);
      const present = this.mayWrite(await this.members.get(ref, userId, tx));
      await this.checkPair(ref.name, userId, tx);
      return this.remember(ref, userId, { ...present, acl_version: version }).policy.gapMs;
    };
    const right = { ref, policy: { version: member.acl_version, gapMs: gapMsOf(member), again } };
    this.rights.set(key, right);
    return right;
  }

  private mayWrite(member: Membership | undefined): Membership {
    const found = present(member);
    if (isMuted(found, this.clock.now())) throw new ImError('MUTED');
    if (!allows('write', found.role, { allMuted: found.mute_all === 1 })) throw new ImError('MUTED', 'everybody is muted here');
    return found;
  }

  /** Whether two people may write to each other. */
  private async checkPair(name: ConversationName, userId: string, from?: Reads): Promise<void> {
    if (name.convType !== 'c2c') return;
    const other = otherOf(name.users, userId);
    const blocking = await this.blocks.between(userId, other, from);
    if (blocking.includes(userId)) throw new ImError('BLOCKED', 'you have blocked this user');
    if (blocking.length > 0) throw new ImError('BLOCKED');
    if (this.config.requireFriendship && !(await this.friends.get(userId, other, from))) throw new ImError('NOT_FRIEND');
  }

  private async checkOtherExists(name: ConversationName, userId: string): Promise<void> {
    if (name.convType !== 'c2c') return;
    if (!(await this.users.exists(otherOf(name.users, userId)))) throw new ImError('NOT_FOUND', 'there is no such user');
  }
}

/** Who may set the pace need not keep it. */
function gapMsOf({ role, min_seconds }: Membership): number {
  return allows('configure', role) ? 0 : (min_seconds ?? 0) * 1000;
}

function present(member: Membership | undefined): Membership {
  if (!member) throw new ImError('NOT_FOUND');
  if (member.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
  return member;
}
