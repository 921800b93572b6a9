import { z } from 'zod';
import { convIdSchema, seqSchema, textSchema, timestampSchema, userIdSchema, wellFormed } from './ids';
import { messageTypes, payloadSchema } from './messages';

/** Neither a comma, which stands between tags in a query, nor a control character; no space at either end. */
const isTag = (text: string): boolean => /^[^,\p{Cc}]+$/u.test(text) && text === text.trim() && wellFormed(text);

const tagSchema = z.string().min(1).max(32).refine(isTag, 'expected no comma, no control character, and no space at either end');

/** Words by which somebody finds favorites again, in the case in which they are written. One that is named twice counts once. */
export const tagsSchema = z.array(tagSchema).max(20).describe('without commas, control characters, and spaces at either end');

const noteSchema = textSchema(500);

/** The type of a favorite: that of its message, or `custom`. */
export const favoriteTypeSchema = z.enum(messageTypes);

/** Something that a user keeps for themselves: a copy of a message, or what they made up. Nobody else sees it. */
export const favoriteSchema = z.object({
  id: z.string(),
  type: favoriteTypeSchema.describe('that of the message; `custom` for what is no message'),
  convId: z.string().optional().describe('where the message stands; absent for what is no message, and so are the next three'),
  seq: seqSchema.optional(),
  from: userIdSchema.optional().describe('who sent the message'),
  timestamp: timestampSchema.optional().describe('when the message was sent'),
  payload: z.record(z.string(), z.unknown()).describe('what the message said when it became a favorite'),
  tags: z.array(z.string()),
  note: z.string().optional(),
  createdAt: timestampSchema,
});
export type Favorite = z.infer<typeof favoriteSchema>;

/** What a user puts on a favorite to find it again. */
const labels = { tags: tagsSchema.optional(), note: noteSchema.optional() };

export const favoriteMessageSchema = z.object({ convId: convIdSchema, seq: seqSchema, ...labels });

export const favoriteCustomSchema = z.object({ payload: payloadSchema, ...labels });

export const updateFavoriteSchema = z.object({
  tags: tagsSchema.optional().describe('all that it is to have; absent: they stay'),
  note: noteSchema.nullable().optional().describe('null takes it away'),
});

/** Words to look for in favorites. */
export const keywordSchema = textSchema(100);
