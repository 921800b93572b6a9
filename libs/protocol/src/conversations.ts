import { z } from 'zod';
import { joinPolicySchema, minSecondsSchema, roleSchema } from './groups';
import { positionSchema, textSchema, timestampSchema } from './ids';
import { messageSchema } from './messages';
import { countSchema, receiptPositions } from './receipts';
import { avatarSchema } from './users';

/** What a user sets for themselves in a conversation. */
const settings = {
  pinned: z.boolean(),
  pinnedAt: timestampSchema.optional().describe('when it was pinned'),
  muted: z.boolean().describe('whether you want no notifications'),
  draft: z.string().nullable().describe('what you have begun to write'),
  hiddenSeq: positionSchema.optional().describe('you deleted everything up to here'),
};

/** One line of a user's conversation list. */
export const conversationSchema = z.object({
  convId: z.string(),
  convType: z.enum(['c2c', 'group']),
  groupId: z.string().optional(),
  userId: z.string().optional().describe('the other user of a c2c'),
  name: z.string().optional().describe("the group's name"),
  role: roleSchema.optional().describe('your own role in the group'),
  ownerId: z.string().optional().describe("the group's owner"),
  avatarUrl: avatarSchema.optional().describe("the group's picture, as its data tells it"),
  memberCount: countSchema.optional(),
  joinPolicy: joinPolicySchema.optional(),
  muteAll: z.boolean().optional().describe('whether only the owner and admins may write'),
  mutedUntil: timestampSchema.optional().describe('until when you may not write in the group'),
  minSecondsBetweenMessages: minSecondsSchema.optional().describe('slow mode: how long members wait between two messages of theirs'),
  lastSeq: positionSchema,
  readSeq: positionSchema,
  unread: countSchema,
  mentionedUnread: countSchema.describe('of them, those that mention you or everybody'),
  lastMessage: messageSchema.nullable(),
  activeAt: timestampSchema.describe('the time of the last message, or of joining: the order of the list, behind what is pinned'),
  ...settings,
  receipt: z
    .object({ userId: z.string(), ...receiptPositions })
    .optional()
    .describe('how far the other user of a c2c is; not told across a block'),
  hidden: z.literal(true).optional().describe('you deleted it, and nothing was said since: it is not in the list'),
  left: z.literal(true).optional().describe('you are no member any more, or the group was dissolved'),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** What a user has set in a conversation. To the user's own devices it is a hint; `sync` is the truth. */
export const settingsSchema = z.object({ convId: z.string(), ...settings });
export type ConversationSettings = z.infer<typeof settingsSchema>;

/** Tells a member that something was said in a group that the connection does not hear. */
export const conversationEventSchema = z.object({
  convId: z.string(),
  lastSeq: positionSchema,
  lastMessage: messageSchema.nullable().describe('as it is now: without its payload where it was recalled'),
  mentioned: z.literal(true).optional().describe('one of the messages that this stands for mentions you, or everybody'),
});

export const pinSchema = z.object({ pinned: z.boolean() });
export const muteSchema = z.object({ muted: z.boolean() });
export const draftSchema = z.object({ text: textSchema(4096).nullable() });
