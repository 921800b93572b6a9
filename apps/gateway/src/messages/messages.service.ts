import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Clock, Metrics } from '@app/kit';
import { type ActionInput, type ActionOutput, ImError, type ConversationName, filesIn, mentionAll } from '@app/protocol';
import {
  type AppendSequence,
  ConversationLog,
  type ConversationRef,
  ConversationStore,
  EntryStore,
  MemberStore,
  type Queries,
  type Reads,
  type Stored,
  clientKey,
  rowAt,
  seqOfServerMsgId,
  serverMsgIdOf,
} from '@app/storage';
import type { Caller } from '../caller';
import { Access, type WriteRight } from '../conversations/access';
import { allows } from '../groups/roles';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { Attachments, type Carrying } from './attachments';

/** A send whose right was checked: it has its place in the order of its connection, and `stored` tells how it ended. */
export interface Accepted {
  readonly stored: Promise<ActionOutput<'send'>>;
}

/** Refusals that a retry of an earlier, stored send does not hear. */
const refusals = new Set(['BAD_REQUEST', 'NOT_FOUND', 'NOT_GROUP_MEMBER', 'FORBIDDEN', 'NOT_FRIEND', 'BLOCKED', 'MUTED']);

/** How far away `expireAtMs` may be. */
const maxLifetimeMs = 366 * 24 * 3_600_000;

/** Messages: sending, reading and taking back. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly access: Access,
    private readonly log: ConversationLog,
    private readonly entryStore: EntryStore,
    private readonly conversations: ConversationStore,
    private readonly members: MemberStore,
    private readonly attachments: Attachments,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Stores a message. A retry with the same `clientMsgId` gets the first answer again with `duplicate: true`. */
  async send(caller: Caller, input: ActionInput<'send'>): Promise<ActionOutput<'send'>> {
    const { stored } = await this.accept(caller, input);
    return stored;
  }

  /**
   * Checks a send and hands it to the log without waiting for the commit. Answers at once when the right is known, so that sends of one
   * connection keep their order and share a flush.
   */
  accept(caller: Caller, input: ActionInput<'send'>): Accepted | Promise<Accepted> {
    const name = this.access.nameOf(input, caller.userId);
    const sequence = caller.connection?.sequenceOf(name.convId);
    if (sequence?.broken) throw new ImError('UNAVAILABLE', 'an earlier send of this connection failed, send again from there');
    const plain = this.attachments.plain(input.payload);
    const right = this.access.checkWrite(name, caller.userId);
    if (!(right instanceof Promise) && !isSpecial(input)) {
      return { stored: this.append(right, caller.userId, input, plain, sequence) };
    }
    return this.acceptLater(right, name, caller.userId, input, plain, sequence);
  }

  /** A page of messages inside the caller's window. */
  async history(caller: Caller, input: ActionInput<'history'>): Promise<ActionOutput<'history'>> {
    const { ref, window, head } = await this.access.checkRead(this.access.nameOf(input, caller.userId), caller.userId);
    if (!ref) return { messages: [], hasMore: false };
    const { items, hasMore } = await this.entryStore.history(ref, window, input, input.limit, head);
    return { messages: [...items], hasMore };
  }

  /** A page of entries of every kind inside the caller's window. */
  async entries(caller: Caller, input: ActionInput<'entries'>): Promise<ActionOutput<'entries'>> {
    const { ref, window } = await this.access.checkRead(this.access.nameOf(input, caller.userId), caller.userId);
    if (!ref) return { entries: [], lastSeq: 0, hasMore: false };
    const { last_seq: head } = await this.conversations.head(ref);
    const { items, hasMore } = await this.entryStore.after(ref, window, input.afterSeq, input.limit);
    const lastSeq = window.until ?? Math.max(head, items.at(-1)?.seq ?? 0);
    return { entries: [...items], lastSeq, hasMore };
  }

  /** Takes a message back. Repeating it changes nothing. The reason is told of those who may write. */
  async recall(caller: Caller, input: ActionInput<'recall'>): Promise<ActionOutput<'recall'>> {
    const { ref, member } = await this.access.checkMember(this.access.nameOf(input, caller.userId), caller.userId);
    const seq = input.seq ?? seqOfServerMsgId(input.serverMsgId ?? '', ref.rowId);
    if (seq === undefined) throw new ImError('NOT_FOUND', 'there is no such message');
    await this.log.change(ref, async (change) => {
      const row = await this.entryStore.one(ref, seq, change);
      const present = await this.members.get(ref, caller.userId, change);
      if (!row || row.kind !== 'message' || seq < (present?.from_seq ?? member.from_seq))
        throw new ImError('NOT_FOUND', 'there is no such message');
      if (input.serverMsgId !== undefined && serverMsgIdOf(ref.rowId, seq, row.at) !== input.serverMsgId) throw new ImError('NOT_FOUND');
      if (present?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
      const moderates = ref.name.convType === 'group' && allows('recall', present.role);
      if (row.sender !== caller.userId && !moderates) throw new ImError('FORBIDDEN', 'only the sender may recall this message');
      if (row.recalled) return;
      const age = change.now - row.at;
      if (!moderates && age > this.config.recallWindowSeconds * 1000) throw new ImError('RECALL_EXPIRED');
      await this.entryStore.recall(change, ref, [row], change.now);
      // A reason is text for the others: it says what a message may not.
      const isTold = input.reason !== undefined && (await this.access.maySpeak(ref, caller.userId, change));
      const reason = isTold ? { reason: input.reason } : {};
      change.append(caller.userId, { kind: 'recalled', fields: { targetSeq: seq, ...reason } });
    });
    return { convId: ref.name.convId, seq };
  }

  /** Changes what a text message of the caller says. Repeating it changes nothing. */
  async edit(caller: Caller, input: ActionInput<'edit'>): Promise<ActionOutput<'edit'>> {
    const { ref, policy } = await this.access.checkWrite(this.access.nameOf(input, caller.userId), caller.userId);
    const { seq } = input;
    const { payload, body } = await this.attachments.checkUse(caller.userId, this.attachments.plain(input.payload));
    const editedAt = await this.log.change(ref, async (change) => {
      const { acl_version: version } = change.conversation;
      if (policy.version !== version) await policy.again(change, version);
      const found = await this.entryStore.one(ref, seq, change);
      const row = found && rowAt(found, change.now);
      const present = await this.members.get(ref, caller.userId, change);
      if (row?.kind !== 'message' || row.recalled || seq < (present?.from_seq ?? 1))
        throw new ImError('NOT_FOUND', 'there is no such message');
      if (row.sender !== caller.userId) throw new ImError('FORBIDDEN', 'only the sender may edit this message');
      if (row.type !== 'text') throw new ImError('BAD_REQUEST', 'only text messages can be edited');
      if (row.edited_at !== null && row.body === body) return row.edited_at;
      if (change.now - row.at > this.config.editWindowSeconds * 1000)
        throw new ImError('FORBIDDEN', 'this message can no longer be edited');
      await this.entryStore.edit(change, ref, row, body, change.now);
      const ends = row.expire_at === null ? {} : { expireAtMs: row.expire_at };
      change.append(caller.userId, { kind: 'edited', fields: { targetSeq: seq, payload, editedAt: change.now, ...ends } });
      return change.now;
    });
    return { convId: ref.name.convId, seq, editedAt };
  }

  private async acceptLater(
    pending: WriteRight | Promise<WriteRight>,
    name: ConversationName,
    userId: string,
    input: ActionInput<'send'>,
    plain: Carrying,
    sequence: AppendSequence | undefined,
  ): Promise<Accepted> {
    try {
      const right = await pending;
      this.checkEnding(right.ref, input);
      await this.checkReferences(right.ref, userId, input);
      const said = await this.attachments.checkUse(userId, plain);
      return { stored: this.append(this.withReferences(right, userId, input), userId, input, said, sequence) };
    } catch (error) {
      if (!(error instanceof ImError)) throw error;
      if (error.code === 'UNAVAILABLE') sequence?.break();
      const earlier = refusals.has(error.code) ? await this.storedBefore(name, userId, input) : undefined;
      if (!earlier) throw error;
      return { stored: Promise.resolve(earlier) };
    }
  }

  /** What ends by itself ends in the future, and is burnt only by the one other side that a c2c has. */
  private checkEnding({ name }: ConversationRef, { expireAtMs, burnAfterRead }: ActionInput<'send'>): void {
    const now = this.clock.now();
    if (expireAtMs !== undefined && (expireAtMs <= now || expireAtMs > now + maxLifetimeMs)) {
      throw new ImError('BAD_REQUEST', 'expireAtMs must be in the future, at most a year away');
    }
    if (burnAfterRead && name.convType !== 'c2c') throw new ImError('BAD_REQUEST', 'only c2c messages burn after reading');
  }

  /**
   * `replyTo` must be a message that the sender can see, taken back since or not; `mentions` must be members; `@all` is for those who run
   * the group. Who is a member no more learns nothing else.
   */
  private async checkReferences(
    ref: ConversationRef,
    userId: string,
    { replyTo, mentions }: ActionInput<'send'>,
    from?: Reads,
  ): Promise<void> {
    if (!replyTo && !mentions) return;
    const member = await this.members.get(ref, userId, from);
    // The right to write may be older.
    if (member?.until_seq !== null) throw new ImError('NOT_GROUP_MEMBER');
    if (replyTo !== undefined) {
      const target = await this.entryStore.one(ref, replyTo, from);
      if (target?.kind !== 'message' || replyTo < member.from_seq)
        throw new ImError('BAD_REQUEST', 'replyTo is no message of this conversation');
    }
    const people = [...new Set(mentions ?? [])].filter((mention) => mention !== mentionAll);
    if (mentions?.includes(mentionAll) && (ref.name.convType !== 'group' || !allows('mentionAll', member.role))) {
      throw new ImError('FORBIDDEN', 'only the owner and admins of a group may mention everybody');
    }
    if ((await this.members.presentOf(ref, people, from)).length < people.length) {
      throw new ImError('BAD_REQUEST', 'mentions must be members of this conversation');
    }
  }

  /** A right that is checked again, when the rules are others by the time of the flush, with all that the message refers to. */
  private withReferences({ ref, policy }: WriteRight, userId: string, input: ActionInput<'send'>): WriteRight {
    const again = async (tx: Queries, version: number): Promise<number> => {
      const gapMs = await policy.again(tx, version);
      await this.checkReferences(ref, userId, input, tx);
      return gapMs;
    };
    return { ref, policy: { ...policy, again } };
  }

  private async storedBefore(
    name: ConversationName,
    userId: string,
    input: ActionInput<'send'>,
  ): Promise<ActionOutput<'send'> | undefined> {
    const ref = await this.conversations.find(name);
    const row = ref && (await this.entryStore.byKey(ref, userId, clientKey(input.clientMsgId)));
    if (!row) return undefined;
    return {
      convId: name.convId,
      seq: row.seq,
      serverMsgId: serverMsgIdOf(ref.rowId, row.seq, row.at),
      clientMsgId: input.clientMsgId,
      timestamp: row.at,
      duplicate: true,
    };
  }

  private async append(
    { ref, policy }: WriteRight,
    sender: string,
    input: ActionInput<'send'>,
    { body, files }: Carrying,
    sequence: AppendSequence | undefined,
  ): Promise<ActionOutput<'send'>> {
    const { type, clientMsgId, replyTo, mentions, expireAtMs: expireAt, burnAfterRead: burn } = input;
    let stored: Stored;
    try {
      stored = await this.log.append({
        conversation: ref,
        sender,
        key: clientKey(clientMsgId),
        content: { kind: 'message', type, body, replyTo, mentions, expireAt, burn, files },
        policy,
        ...(sequence ? { sequence } : {}),
      });
    } catch (error) {
      if (error instanceof ImError && error.code === 'RATE_LIMIT') this.metrics.rateLimited.inc({ limit: 'slow_mode' });
      throw error;
    }
    if (!stored.duplicate) this.metrics.sends.inc({ type });
    const { seq, serverMsgId, timestamp } = stored;
    return { convId: ref.name.convId, seq, serverMsgId, clientMsgId, timestamp, ...(stored.duplicate ? { duplicate: true as const } : {}) };
  }
}

/** Whether more is to be checked of it than the right to write. */
const isSpecial = ({ replyTo, mentions, expireAtMs, burnAfterRead, payload }: ActionInput<'send'>): boolean =>
  replyTo !== undefined || mentions !== undefined || expireAtMs !== undefined || burnAfterRead !== undefined || filesIn(payload).length > 0;
