import { z } from 'zod';
import { route } from '../action';
import { userIdSchema } from '../ids';
import { loginSchema, sessionSchema, tokenSchema } from '../users';
import { done } from './common';

/** REST routes on sessions. */
export const sessionsRoutes = {
  login: route({
    method: 'POST',
    path: '/api/login',
    summary: 'Start a session',
    status: 200,
    access: 'anybody',
    body: loginSchema,
    output: tokenSchema,
    errors: ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMIT'],
  }),
  logout: route({
    method: 'POST',
    path: '/api/logout',
    summary: 'End this session; its sockets close with 4503',
    status: 200,
    access: 'user',
    output: done,
    errors: [],
  }),
  refresh: route({
    method: 'POST',
    path: '/api/token/refresh',
    summary: 'A new token for the same session, by the bearer token or the refresh cookie',
    status: 200,
    access: 'session',
    output: tokenSchema,
    errors: ['RATE_LIMIT'],
  }),
  sessions: route({
    method: 'GET',
    path: '/api/sessions',
    summary: 'Your sessions, newest first',
    status: 200,
    access: 'user',
    output: z.object({ sessions: z.array(sessionSchema) }),
    errors: [],
  }),
  revokeSession: route({
    method: 'DELETE',
    path: '/api/sessions/:id',
    summary: 'End one of your sessions; its sockets close with 4503',
    status: 200,
    access: 'owner',
    params: z.object({ id: userIdSchema.describe('session id') }),
    output: done,
    errors: ['NOT_FOUND'],
  }),
} as const;
