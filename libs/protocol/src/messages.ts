import { z } from 'zod';
import { action } from './action';
import { fileIdSchema } from './files';
import { joinPolicySchema, minSecondsSchema, noticeSchema, roleSchema } from './groups';
import {
  clientMsgIdSchema,
  positionSchema,
  seqSchema,
  serverMsgIdSchema,
  targeted,
  textSchema,
  timestampSchema,
  userIdSchema,
  wellFormed,
} from './ids';
import { avatarSchema } from './users';

/** Types of message. All but `system` (written by the server) may be sent by a client; all but `system` count as unread. */
export const messageTypes = ['text', 'image', 'voice', 'video', 'file', 'card', 'location', 'custom', 'stream', 'system'] as const;
const messageTypeSchema = z.enum(messageTypes);
export type MessageType = z.infer<typeof messageTypeSchema>;

const sentTypeSchema = messageTypeSchema.exclude(['system']);

/** `@all` in `mentions` means every member. */
export const mentionAll = '@all';

/** A message as everybody sees it. A recalled one has `recalled: true` and no payload. */
export const messageSchema = z.object({
  convId: z.string(),
  convType: z.enum(['c2c', 'group']),
  seq: seqSchema,
  number: positionSchema.describe('how many countable messages the conversation has up to here'),
  serverMsgId: z.string(),
  clientMsgId: z.string(),
  from: userIdSchema,
  to: userIdSchema.optional(),
  groupId: z.string().optional(),
  type: messageTypeSchema,
  payload: z.record(z.string(), z.unknown()).optional().describe('absent when it was recalled, or edited after the reader had left'),
  timestamp: timestampSchema,
  editedAt: timestampSchema.optional(),
  recalled: z.literal(true).optional(),
  replyTo: seqSchema.optional(),
  mentions: z.array(z.string()).optional(),
  expireAtMs: timestampSchema.optional().describe('when it is taken back by itself'),
  burnAfterRead: z.literal(true).optional().describe('it is taken back when the other side has read it'),
});
export type Message = z.infer<typeof messageSchema>;

/** Kinds of entry that are not messages, with their own fields. */
export const entryFields = {
  recalled: z.object({ targetSeq: seqSchema, reason: z.string().optional() }),
  edited: z.object({
    targetSeq: seqSchema,
    payload: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('what the message says now; absent when it was recalled since, or edited again after the reader had left'),
    editedAt: timestampSchema,
    expireAtMs: timestampSchema.optional().describe('when the message is taken back by itself'),
  }),
  group_created: z.object({ name: z.string(), userIds: z.array(userIdSchema) }),
  member_joined: z.object({ userId: userIdSchema }),
  member_left: z.object({ userId: userIdSchema, reason: z.enum(['left', 'removed']) }),
  member_updated: z.object({
    userId: userIdSchema,
    role: roleSchema.optional(),
    mutedUntil: timestampSchema.nullable().optional().describe('until when the member may not write; null: no longer muted'),
  }),
  group_updated: z.object({
    name: z.string().optional(),
    joinPolicy: joinPolicySchema.optional(),
    muteAll: z.boolean().optional(),
    historyFromStart: z.boolean().optional(),
    minSecondsBetweenMessages: minSecondsSchema.optional(),
    avatarUrl: avatarSchema.optional(),
    ownerId: userIdSchema.optional().describe('who owns the group now; the owner before is an admin'),
    notice: noticeSchema.optional().describe('a notice that was posted'),
  }),
  group_dissolved: z.object({}),
} as const;

/** The kind of an entry that is not a message. */
export type EntryKind = keyof typeof entryFields;

const entryHead = { convId: z.string(), seq: seqSchema, from: userIdSchema, timestamp: timestampSchema };

/** An entry that is not a message: what an `entry` event carries. `from` is the user who did it. */
export const entryEventSchema = z.discriminatedUnion('kind', [
  z.object({ ...entryHead, kind: z.literal('recalled'), ...entryFields.recalled.shape }),
  z.object({ ...entryHead, kind: z.literal('edited'), ...entryFields.edited.shape }),
  z.object({ ...entryHead, kind: z.literal('group_created'), ...entryFields.group_created.shape }),
  z.object({ ...entryHead, kind: z.literal('member_joined'), ...entryFields.member_joined.shape }),
  z.object({ ...entryHead, kind: z.literal('member_left'), ...entryFields.member_left.shape }),
  z.object({ ...entryHead, kind: z.literal('member_updated'), ...entryFields.member_updated.shape }),
  z.object({ ...entryHead, kind: z.literal('group_updated'), ...entryFields.group_updated.shape }),
  z.object({ ...entryHead, kind: z.literal('group_dissolved'), ...entryFields.group_dissolved.shape }),
]);
export type EntryEvent = z.infer<typeof entryEventSchema>;

/** Any entry of a log, flat: a message with `kind: "message"`, or an entry of another kind. */
export const entrySchema = z.union([messageSchema.extend({ kind: z.literal('message') }), entryEventSchema]);
export type Entry = z.infer<typeof entrySchema>;

/** How deep a payload may be nested: far above any real one, far below what overflows the stack where JSON is written. */
export const maxPayloadDepth = 64;

/** Fields at the top of a payload that name files which the message carries. */
const fileFields = ['fileId', 'thumbnailId'] as const;

const isFileId = (value: unknown): value is string => fileIdSchema.safeParse(value).success;

/** The ids of the files that a payload names, each once. What was stored before there were files may hold something else there. */
export function filesIn(payload: Readonly<Record<string, unknown>>): string[] {
  const named = fileFields.map((field) => payload[field]).filter(isFileId);
  return [...new Set(named)];
}

/** What a message carries: an object of JSON that no store and no reader alters, but for what it says of a file. */
export const payloadSchema = z.record(z.string(), z.unknown()).superRefine((payload, context) => {
  const message = payloadProblem(payload);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
  for (const field of fileFields) {
    // With `null`, the name and the size beside it would be the sender's word alone.
    if (field in payload && !isFileId(payload[field])) context.addIssue({ code: 'custom', path: [field], message: 'expected a fileId' });
  }
});

/** Goes through a payload level by level: recursion could be driven out of stack by the client. */
function payloadProblem(payload: unknown): string | undefined {
  let level: unknown[] = [payload];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxPayloadDepth) return `must not be nested deeper than ${maxPayloadDepth}`;
    const texts = level.flatMap((value) => (typeof value === 'string' ? [value] : isObject(value) ? Object.keys(value) : []));
    if (!texts.every(wellFormed)) return 'must not hold NUL or lone surrogates';
    // JSON.parse makes Infinity of 1e999, which JSON cannot write.
    if (level.some((value) => typeof value === 'number' && !Number.isFinite(value))) return 'must not hold numbers beyond a double';
    level = level.filter(isObject).flatMap((value) => Object.values(value) as unknown[]);
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const hasText = ({ text }: { text?: unknown }): boolean => typeof text === 'string' && text !== '';
const needsText = () => ({ code: 'custom' as const, path: ['payload', 'text'], message: 'a text message needs a text' });

const sendSchema = targeted({
  type: sentTypeSchema,
  payload: payloadSchema,
  clientMsgId: clientMsgIdSchema,
  replyTo: seqSchema.optional(),
  mentions: z
    .array(z.union([userIdSchema, z.literal(mentionAll)]))
    .max(50)
    .optional(),
  expireAtMs: timestampSchema.optional().describe('when it is taken back by itself: in the future, at most a year away'),
  burnAfterRead: z.boolean().optional().describe('take it back when the other side has read it; in a c2c only'),
}).superRefine(({ type, payload }, context) => {
  if (type === 'text' && !hasText(payload)) context.addIssue(needsText());
});

/** Stores a message in a conversation. The ack means committed; a retry with the same `clientMsgId` gets the first ack again. */
export const send = action({
  summary: 'Store a message in a conversation; the ack means it is committed',
  access: 'speaker',
  input: sendSchema,
  output: z.object({
    convId: z.string(),
    seq: seqSchema,
    serverMsgId: z.string(),
    clientMsgId: z.string(),
    timestamp: timestampSchema,
    duplicate: z.literal(true).optional(),
  }),
  errors: ['NOT_FOUND', 'FORBIDDEN', 'NOT_FRIEND', 'BLOCKED', 'NOT_GROUP_MEMBER', 'MUTED', 'TOO_LARGE'],
  limit: 'send',
});

const pageSize = (max: number) => z.number().int().min(1).max(max).default(50);

const historyInput = targeted({
  beforeSeq: seqSchema.optional(),
  afterSeq: positionSchema.optional(),
  limit: pageSize(200),
}).refine((input) => !(input.beforeSeq !== undefined && input.afterSeq !== undefined), {
  message: 'expected beforeSeq or afterSeq, not both',
  path: ['afterSeq'],
});

export const history = action({
  summary: 'A page of messages, ascending; the newest ones without beforeSeq and afterSeq. Recalled ones are tombstones',
  access: 'reader',
  input: historyInput,
  output: z.object({ messages: z.array(messageSchema), hasMore: z.boolean() }),
  errors: ['NOT_FOUND'],
  limit: 'frame',
});

export const entries = action({
  summary: 'A page of entries of every kind after a position: what a client needs to fill a hole',
  access: 'reader',
  input: targeted({ afterSeq: positionSchema, limit: z.number().int().min(1).max(500).default(100) }),
  output: z.object({ entries: z.array(entrySchema), lastSeq: positionSchema, hasMore: z.boolean() }),
  errors: ['NOT_FOUND'],
  limit: 'frame',
});

export const recall = action({
  summary: 'Take a message back: the sender for a while, the owner and admins of a group at any time',
  access: 'author',
  input: targeted({
    seq: seqSchema.optional(),
    serverMsgId: serverMsgIdSchema.optional(),
    reason: textSchema(200).optional().describe('told to the others if you may write here'),
  }).refine((input) => (input.seq === undefined) !== (input.serverMsgId === undefined), {
    message: 'expected one of seq, serverMsgId',
    path: ['seq'],
  }),
  output: z.object({ convId: z.string(), seq: seqSchema.describe('seq of the recalled message') }),
  errors: ['NOT_FOUND', 'FORBIDDEN', 'NOT_GROUP_MEMBER', 'RECALL_EXPIRED'],
  limit: 'send',
});

export const edit = action({
  summary: 'Change what a text message says: its sender, for a while',
  access: 'sender',
  input: targeted({ seq: seqSchema, payload: payloadSchema }).superRefine(({ payload }, context) => {
    if (!hasText(payload)) context.addIssue(needsText());
  }),
  output: z.object({ convId: z.string(), seq: seqSchema.describe('seq of the edited message'), editedAt: timestampSchema }),
  errors: ['NOT_FOUND', 'FORBIDDEN', 'NOT_FRIEND', 'BLOCKED', 'NOT_GROUP_MEMBER', 'MUTED', 'TOO_LARGE'],
  limit: 'send',
});

/** The own fields of an entry of a kind. */
export type EntryFields<K extends EntryKind> = z.infer<(typeof entryFields)[K]>;
