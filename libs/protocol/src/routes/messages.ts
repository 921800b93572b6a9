import { z } from 'zod';
import { route } from '../action';
import { convIdSchema, positionSchema, seqSchema } from '../ids';
import { edit, entries, history, recall, send } from '../messages';
import { inQuery, pageQuery } from './common';

/** REST routes on messages. */
export const messagesRoutes = {
  history: route({
    method: 'GET',
    path: '/api/messages/history',
    summary: history.summary,
    status: 200,
    access: history.access,
    query: z
      .object({
        convId: convIdSchema,
        beforeSeq: inQuery(seqSchema.optional()),
        afterSeq: inQuery(positionSchema.optional()),
        ...pageQuery,
      })
      .refine((input) => input.beforeSeq === undefined || input.afterSeq === undefined, {
        message: 'expected beforeSeq or afterSeq, not both',
        path: ['afterSeq'],
      }),
    output: history.output,
    errors: history.errors,
  }),
  entries: route({
    method: 'GET',
    path: '/api/messages/entries',
    summary: entries.summary,
    status: 200,
    access: entries.access,
    query: z.object({
      convId: convIdSchema,
      afterSeq: inQuery(positionSchema),
      limit: inQuery(z.number().int().min(1).max(500).default(100)),
    }),
    output: entries.output,
    errors: entries.errors,
  }),
  send: route({
    method: 'POST',
    path: '/api/messages',
    summary: send.summary,
    status: 200,
    access: send.access,
    body: send.input,
    output: send.output,
    errors: [...send.errors, 'RATE_LIMIT'],
  }),
  recall: route({
    method: 'POST',
    path: '/api/messages/recall',
    summary: recall.summary,
    status: 200,
    access: recall.access,
    body: recall.input,
    output: recall.output,
    errors: [...recall.errors, 'RATE_LIMIT'],
  }),
  edit: route({
    method: 'POST',
    path: '/api/messages/edit',
    summary: edit.summary,
    status: 200,
    access: edit.access,
    body: edit.input,
    output: edit.output,
    errors: [...edit.errors, 'RATE_LIMIT'],
  }),
} as const;
