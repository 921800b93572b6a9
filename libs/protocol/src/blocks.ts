import { z } from 'zod';
import { timestampSchema, userIdSchema } from './ids';

/** Somebody with whom a user wants no messages exchanged. The one who is blocked does not learn of it. */
export const blockSchema = z.object({
  userId: z.string(),
  createdAt: timestampSchema,
  removed: z.literal(true).optional().describe('told by sync alone: blocked no more'),
});
export type Block = z.infer<typeof blockSchema>;

export const addBlockSchema = z.object({ userId: userIdSchema });
