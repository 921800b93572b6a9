import { z } from 'zod';
import { action } from './action';
import { fileIdSchema } from './files';
import { groupIdSchema, positionSchema, textSchema, timestampSchema, userIdSchema } from './ids';
import { avatarSchema } from './users';

export const joinPolicySchema = z.enum(['open', 'approval', 'invite']);
export type JoinPolicy = z.infer<typeof joinPolicySchema>;

export const roleSchema = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof roleSchema>;

const groupNameSchema = textSchema(100);

/** Seconds that a member has to let pass between two messages; 0 where nobody has to wait. */
export const minSecondsSchema = z.number().int().min(0).max(86_400);

export const groupSchema = z.object({
  groupId: z.string(),
  convId: z.string(),
  name: z.string(),
  ownerId: z.string(),
  avatarUrl: avatarSchema,
  joinPolicy: joinPolicySchema,
  muteAll: z.boolean().describe('only the owner and admins may write'),
  historyFromStart: z.boolean().describe('who joins from now on sees what was said before'),
  minSecondsBetweenMessages: minSecondsSchema.describe('slow mode: how long members wait between two messages of theirs; 0: not at all'),
  memberCount: z.number().int().min(0),
  role: roleSchema.optional().describe('your own role'),
  createdAt: timestampSchema,
});
export type Group = z.infer<typeof groupSchema>;

/** What a request to join ends in: `joined`, or `requested` where somebody who runs the group has to accept it. */
export const joinedSchema = z.discriminatedUnion('status', [
  groupSchema.extend({ status: z.literal('joined') }),
  z.object({ status: z.literal('requested'), groupId: z.string() }),
]);
export type Joined = z.infer<typeof joinedSchema>;

export const groupMemberSchema = z.object({
  userId: z.string(),
  role: roleSchema,
  joinedAt: timestampSchema,
  mutedUntil: timestampSchema.optional().describe('until when the member may not write'),
});
export type GroupMember = z.infer<typeof groupMemberSchema>;

/** A word of those who run a group to its members. */
export const noticeSchema = z.object({
  id: z.number().int().min(1),
  authorId: userIdSchema,
  text: z.string(),
  createdAt: timestampSchema,
});
export type Notice = z.infer<typeof noticeSchema>;

const somethingIn = (fields: object): boolean => Object.values(fields).some((value) => value !== undefined);

/** What may be changed of a member; absent fields stay as they are. */
export const updateMemberSchema = z
  .object({
    role: roleSchema.exclude(['owner']).optional(),
    mutedUntil: timestampSchema.nullable().optional().describe('until when the member may not write; null lets them write again'),
  })
  .refine(somethingIn, { message: 'expected role or mutedUntil', path: ['role'] });

export const createGroupSchema = z.object({
  name: groupNameSchema,
  memberIds: z.array(userIdSchema).max(10_000).default([]),
  joinPolicy: joinPolicySchema.default('open'),
});

/** What may be changed of a group; absent fields stay as they are. */
export const updateGroupSchema = z
  .object({
    name: groupNameSchema.optional(),
    joinPolicy: joinPolicySchema.optional(),
    muteAll: z.boolean().optional(),
    historyFromStart: z.boolean().optional(),
    minSecondsBetweenMessages: minSecondsSchema.optional().describe('0 ends slow mode'),
    avatarFileId: fileIdSchema.nullable().optional().describe('a file of yours to be its picture; null: none'),
  })
  .refine(somethingIn, { message: 'expected a field to change', path: ['name'] });

/** Users whom a request is about. */
export const userListSchema = z.object({ userIds: z.array(userIdSchema).min(1).max(10_000) });

/** To whom a group is handed over. */
export const transferSchema = z.object({ userId: userIdSchema });

export const postNoticeSchema = z.object({ text: textSchema(4_000) });

const requestKindSchema = z.enum(['invitation', 'request']);
export type GroupRequestKind = z.infer<typeof requestKindSchema>;

const requestStateSchema = z.enum(['pending', 'accepted', 'rejected', 'void']);
export type GroupRequestState = z.infer<typeof requestStateSchema>;

/** An invitation into a group, or a request to join one. One that is pending after `expiresAt` counts no more. */
export const groupRequestSchema = z.object({
  id: z.string(),
  groupId: z.string(),
  name: z.string().optional().describe("the group's name, told with an invitation"),
  kind: requestKindSchema,
  userId: userIdSchema.describe('who is to become a member'),
  by: userIdSchema.describe('who invited, or who asked'),
  state: requestStateSchema.describe('`void`: the group has ended'),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
});
export type GroupRequest = z.infer<typeof groupRequestSchema>;

/** Tells the user's own devices that a group is not theirs any more. */
export const groupRemovedEventSchema = z.object({ groupId: z.string(), reason: z.enum(['left', 'removed', 'dissolved']) });

export const subscribe_group = action({
  summary: 'Hear a group on this connection: entries after fromSeq first, then live ones, without hole or double',
  access: 'member',
  input: z.object({ groupId: groupIdSchema, fromSeq: positionSchema.optional() }),
  output: z.object({ groupId: z.string(), convId: z.string(), lastSeq: positionSchema, recovered: z.boolean() }),
  errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'TOO_LARGE'],
  limit: 'frame',
});

export const unsubscribe_group = action({
  summary: 'Stop hearing a group on this connection',
  access: 'user',
  input: z.object({ groupId: groupIdSchema }),
  output: z.object({ groupId: z.string() }),
  errors: [],
  limit: 'frame',
});
