import { z } from 'zod';
import { action } from './action';
import { positionSchema } from './ids';
import { messageSchema } from './messages';

/** One line of a user's conversation list. */
export const conversationSchema = z.object({
  convId: z.string(),
  convType: z.enum(['c2c', 'group']),
  groupId: z.string().optional(),
  userId: z.string().optional().describe('the other user of a c2c'),
  name: z.string().optional().describe("the group's name"),
  lastSeq: positionSchema,
  readSeq: positionSchema,
  unread: z.number().int().min(0),
  lastMessage: messageSchema.nullable(),
  left: z.literal(true).optional(),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** A `next` of an earlier answer; opaque to clients. */
export const syncTokenSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9_-]+$/, 'expected a token from an earlier sync');

export const sync = action({
  summary: 'Conversations changed since an earlier sync (all of them without one); call it after every connect',
  access: 'user',
  input: z.object({ since: syncTokenSchema.optional() }),
  output: z.object({ conversations: z.array(conversationSchema), next: z.string(), hasMore: z.boolean() }),
  errors: [],
  limit: 'frame',
});
