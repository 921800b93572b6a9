import { z } from 'zod';
import { route } from '../action';
import { deviceSchema, presence, userIdsSchema } from '../presence';
import { listInQuery } from './common';

/** REST routes on presence. */
export const presenceRoutes = {
  presence: route({
    method: 'GET',
    path: '/api/presence',
    summary: presence.summary,
    status: 200,
    access: presence.access,
    query: z.object({ userIds: listInQuery(userIdsSchema.describe('separated by commas')) }),
    output: presence.output,
    errors: presence.errors,
  }),
  devices: route({
    method: 'GET',
    path: '/api/users/me/devices',
    summary: 'Your devices: those of your sessions, and those that are connected; connected ones first, then those that were last seen',
    status: 200,
    access: 'user',
    output: z.object({ devices: z.array(deviceSchema) }),
    errors: [],
  }),
} as const;
