import { z } from 'zod';
import { action } from './action';
import { groupIdSchema, positionSchema, textSchema, timestampSchema, userIdSchema } from './ids';

export const joinPolicySchema = z.enum(['open', 'approval', 'invite']);
export type JoinPolicy = z.infer<typeof joinPolicySchema>;

export const roleSchema = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof roleSchema>;

export const groupSchema = z.object({
  groupId: z.string(),
  convId: z.string(),
  name: z.string(),
  ownerId: z.string(),
  joinPolicy: joinPolicySchema,
  memberCount: z.number().int().min(0),
  role: roleSchema.optional().describe('your own role'),
  createdAt: timestampSchema,
});
export type Group = z.infer<typeof groupSchema>;

export const groupMemberSchema = z.object({
  userId: z.string(),
  role: roleSchema,
  joinedAt: timestampSchema,
  mutedUntil: timestampSchema.optional().describe('until when the member may not write'),
});

export type GroupMember = z.infer<typeof groupMemberSchema>;

/** What may be changed of a member. */
export const updateMemberSchema = z.object({
  mutedUntil: timestampSchema.nullable().describe('until when the member may not write; null lets them write again'),
});

export const createGroupSchema = z.object({
  name: textSchema(100),
  memberIds: z.array(userIdSchema).max(10_000).default([]),
  joinPolicy: joinPolicySchema.default('open'),
});

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
