import { z } from 'zod';
import { route } from '../action';
import { conversationSchema, draftSchema, muteSchema, pinSchema, settingsSchema } from '../conversations';
import { convIdSchema, positionSchema } from '../ids';
import { syncTokenSchema } from '../sync';
import { pageQuery } from './common';

const convParams = z.object({ convId: convIdSchema });
const ofMembers = {
  status: 200,
  access: 'member',
  params: convParams,
  output: settingsSchema,
  errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
} as const;

/** REST routes on conversations. */
export const conversationsRoutes = {
  conversations: route({
    method: 'GET',
    path: '/api/conversations',
    summary: 'Your conversations: pinned ones first, the newest pin before the others, then by the last activity',
    status: 200,
    access: 'user',
    query: z.object({ ...pageQuery, cursor: syncTokenSchema.optional() }),
    output: z.object({ conversations: z.array(conversationSchema), next: z.string().nullable() }),
    errors: [],
  }),
  pinConversation: route({
    ...ofMembers,
    method: 'POST',
    path: '/api/conversations/:convId/pin',
    summary: 'Pin a conversation to the top of your list, or take it down',
    body: pinSchema,
  }),
  muteConversation: route({
    ...ofMembers,
    method: 'POST',
    path: '/api/conversations/:convId/mute',
    summary: 'Want no notifications of a conversation, or want them again',
    body: muteSchema,
  }),
  saveDraft: route({
    ...ofMembers,
    method: 'POST',
    path: '/api/conversations/:convId/draft',
    summary: 'Keep what you have begun to write for your other devices; null drops it',
    body: draftSchema,
  }),
  deleteConversation: route({
    method: 'POST',
    path: '/api/conversations/delete',
    summary: 'Delete for yourself all that a conversation holds now; it comes back with the next message',
    status: 200,
    access: 'reader',
    body: z.object({ convId: convIdSchema }),
    output: z.object({ convId: z.string(), hiddenSeq: positionSchema }),
    errors: ['NOT_FOUND'],
  }),
} as const;
