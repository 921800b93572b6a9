import { z } from 'zod';
import { route } from '../action';
import { countSchema, delivered, read, unreadSummarySchema } from '../receipts';

/** REST routes on receipts and what is unread. */
export const receiptsRoutes = {
  read: route({
    method: 'POST',
    path: '/api/messages/read',
    summary: read.summary,
    status: 200,
    access: read.access,
    body: read.input,
    output: read.output,
    errors: read.errors,
  }),
  delivered: route({
    method: 'POST',
    path: '/api/messages/delivered',
    summary: delivered.summary,
    status: 200,
    access: delivered.access,
    body: delivered.input,
    output: delivered.output,
    errors: delivered.errors,
  }),
  unreadSummary: route({
    method: 'GET',
    path: '/api/unread/summary',
    summary: 'What you have not read, over all conversations',
    status: 200,
    access: 'user',
    output: unreadSummarySchema,
    errors: [],
  }),
  markAllRead: route({
    method: 'POST',
    path: '/api/unread/mark_all_read',
    summary: 'Move your read position to the end of every conversation in which something is unread',
    status: 200,
    access: 'user',
    output: z.object({ conversations: countSchema.describe('in which something was unread') }),
    errors: [],
  }),
} as const;
