import { z } from 'zod';
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
