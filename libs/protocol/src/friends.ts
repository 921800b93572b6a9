import { z } from 'zod';
import { textSchema, timestampSchema, userIdSchema } from './ids';

const remarkSchema = textSchema(64).describe('your own name for this user; nobody else sees it');

/** Somebody's friend, as they see them. */
export const friendSchema = z.object({
  userId: z.string(),
  remark: remarkSchema.nullable(),
  createdAt: timestampSchema,
  removed: z.literal(true).optional().describe('told by sync alone: no friend any more'),
});
export type Friend = z.infer<typeof friendSchema>;

const requestStateSchema = z.enum(['pending', 'accepted', 'rejected', 'withdrawn']);
export type FriendRequestState = z.infer<typeof requestStateSchema>;

/** A request for friendship. One that is pending after `expiresAt` counts no more. */
export const friendRequestSchema = z.object({
  id: z.string(),
  from: userIdSchema,
  to: userIdSchema,
  message: z.string().nullable().describe('null also for whom it was for, once it is withdrawn'),
  state: requestStateSchema,
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
});
export type FriendRequest = z.infer<typeof friendRequestSchema>;

export const addFriendSchema = z.object({
  friendId: userIdSchema,
  remark: remarkSchema.optional(),
  message: textSchema(200).optional().describe('what the other user is told with the request'),
});

export const updateFriendSchema = z.object({ remark: remarkSchema.nullable() });

/** Which requests: those that one got, or those that one made. */
export const directionSchema = z.enum(['in', 'out']);
