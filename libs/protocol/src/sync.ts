import { z } from 'zod';
import { action } from './action';
import { blockSchema } from './blocks';
import { conversationSchema } from './conversations';
import { friendRequestSchema, friendSchema } from './friends';
import { groupRequestSchema } from './groups';

/** A `next` of an earlier answer; opaque to clients. */
export const syncTokenSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9_-]+$/, 'expected a token from an earlier sync');

export const sync = action({
  summary: 'What changed since an earlier sync (everything without one); call it after every connect',
  access: 'user',
  input: z.object({ since: syncTokenSchema.optional() }),
  output: z.object({
    conversations: z.array(conversationSchema),
    friends: z.array(friendSchema),
    friendRequests: z.array(friendRequestSchema),
    blocks: z.array(blockSchema),
    groupRequests: z.array(groupRequestSchema).describe('invitations that you got, and your requests to join'),
    next: z.string(),
    hasMore: z.boolean(),
  }),
  errors: [],
  limit: 'frame',
});
