import { z } from 'zod';
import { route } from '../action';
import { textSchema, userIdSchema } from '../ids';
import { userIdsSchema } from '../presence';
import { registerSchema, updateUserSchema, userSchema } from '../users';
import { listInQuery, pageQuery } from './common';

/** REST routes on users. */
export const usersRoutes = {
  register: route({
    method: 'POST',
    path: '/api/register',
    summary: 'Make a user',
    status: 201,
    access: 'anybody',
    body: registerSchema,
    output: z.object({ id: z.string() }),
    errors: ['ALREADY_EXISTS', 'RATE_LIMIT', 'NOT_ENABLED'],
  }),
  me: route({
    method: 'GET',
    path: '/api/users/me',
    summary: 'Yourself',
    status: 200,
    access: 'user',
    output: userSchema,
    errors: [],
  }),
  updateMe: route({
    method: 'PUT',
    path: '/api/users/me',
    summary: 'Change your profile; absent fields stay as they are',
    status: 200,
    access: 'user',
    body: updateUserSchema,
    output: userSchema,
    errors: [],
  }),
  searchUsers: route({
    method: 'GET',
    path: '/api/users/search',
    summary: 'Users whose user name or id begins with q, by name',
    status: 200,
    access: 'user',
    query: z.object({ q: textSchema(64), ...pageQuery }),
    output: z.object({ users: z.array(userSchema) }),
    errors: [],
  }),
  users: route({
    method: 'GET',
    path: '/api/users',
    summary: 'Some users at once, in the order in which they were asked for, each once; unknown ones are left out',
    status: 200,
    access: 'user',
    query: z.object({ userIds: listInQuery(userIdsSchema.describe('separated by commas')) }),
    output: z.object({ users: z.array(userSchema) }),
    errors: ['TOO_LARGE'],
  }),
  user: route({
    method: 'GET',
    path: '/api/users/:id',
    summary: 'One user',
    status: 200,
    access: 'user',
    params: z.object({ id: userIdSchema }),
    output: userSchema,
    errors: ['NOT_FOUND'],
  }),
} as const;
