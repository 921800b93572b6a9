import { z } from 'zod';
import { action } from './action';
import { c2cTargeted, positionSchema, seqSchema, targeted } from './ids';

/** How many there are of something. */
export const countSchema = z.number().int().min(0);

export const read = action({
  summary: 'Move the read position of a conversation; it never moves backwards and never past lastSeq',
  access: 'member',
  input: targeted({ seq: seqSchema }),
  output: z.object({ convId: z.string(), readSeq: positionSchema, unread: countSchema, mentionedUnread: countSchema }),
  errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
  limit: 'frame',
});

/** To the user's own devices: where the user has read to. A hint; `sync` is the truth. */
export const readEventSchema = read.output;

export const delivered = action({
  summary: 'Tell how far a c2c has reached this user; at most once per second and conversation, and never backwards',
  access: 'member',
  input: c2cTargeted({ seq: seqSchema }),
  output: z.object({}),
  errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
  limit: 'frame',
});

export const receiptPositions = { readSeq: positionSchema, deliveredSeq: positionSchema.describe('at least readSeq') };

/** To the other side of a c2c: how far `userId` is. State, not an entry: `sync` tells it again. */
export const receiptEventSchema = z.object({ convId: z.string(), userId: z.string(), ...receiptPositions });

/** What a user has not read, over all conversations. */
export const unreadSummarySchema = z.object({
  unread: countSchema.describe('in conversations that are not muted'),
  mentionedUnread: countSchema.describe('messages that mention you or everybody, in muted conversations too'),
  conversations: countSchema.describe('that are not muted and have something unread'),
  mutedUnread: countSchema.describe('in muted conversations'),
});
export type UnreadSummary = z.infer<typeof unreadSummarySchema>;
