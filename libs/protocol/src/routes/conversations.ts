import { z } from 'zod';
import { route } from '../action';
import { conversationSchema } from '../conversations';
import { syncTokenSchema } from '../sync';
import { pageQuery } from './common';

/** REST routes on conversations. */
export const conversationsRoutes = {
  conversations: route({
    method: 'GET',
    path: '/api/conversations',
    summary: 'Your conversations; the REST twin of sync',
    status: 200,
    access: 'user',
    query: z.object({ ...pageQuery, cursor: syncTokenSchema.optional() }),
    output: z.object({ conversations: z.array(conversationSchema), next: z.string().nullable() }),
    errors: [],
  }),
} as const;
