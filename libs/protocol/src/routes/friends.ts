import { z } from 'zod';
import { route } from '../action';
import { addFriendSchema, directionSchema, friendRequestSchema, friendSchema, updateFriendSchema } from '../friends';
import { userIdSchema } from '../ids';
import { cursorSchema, done, pageQuery } from './common';

const friendParams = z.object({ id: userIdSchema });
const requestParams = z.object({ id: userIdSchema.describe('request id') });

/** REST routes on friends. */
export const friendsRoutes = {
  friends: route({
    method: 'GET',
    path: '/api/friends',
    summary: 'Your friends, by user id',
    status: 200,
    access: 'user',
    query: z.object({ ...pageQuery, cursor: userIdSchema.optional() }),
    output: z.object({ friends: z.array(friendSchema), next: z.string().nullable() }),
    errors: [],
  }),
  addFriend: route({
    method: 'POST',
    path: '/api/friends',
    summary: 'Ask somebody for friendship; who has asked you before is your friend at once',
    status: 201,
    access: 'user',
    body: addFriendSchema,
    output: friendRequestSchema,
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'BLOCKED', 'TOO_LARGE'],
  }),
  friendRequests: route({
    method: 'GET',
    path: '/api/friends/requests',
    summary: 'Requests for friendship that nobody has settled, newest first: those that you got, or made',
    status: 200,
    access: 'user',
    query: z.object({ direction: directionSchema.default('in'), ...pageQuery, cursor: cursorSchema.optional() }),
    output: z.object({ requests: z.array(friendRequestSchema), next: z.string().nullable() }),
    errors: [],
  }),
  acceptFriend: route({
    method: 'POST',
    path: '/api/friends/requests/:id/accept',
    summary: 'Accept a request for friendship that you got',
    status: 200,
    access: 'owner',
    params: requestParams,
    output: friendSchema,
    errors: ['NOT_FOUND', 'CONFLICT', 'TOO_LARGE'],
  }),
  rejectFriend: route({
    method: 'POST',
    path: '/api/friends/requests/:id/reject',
    summary: 'Turn down a request for friendship that you got',
    status: 200,
    access: 'owner',
    params: requestParams,
    output: done,
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  withdrawFriend: route({
    method: 'DELETE',
    path: '/api/friends/requests/:id',
    summary: 'End a request for friendship: take back one that you made, or turn down one that you got',
    status: 200,
    access: 'owner',
    params: requestParams,
    output: done,
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  updateFriend: route({
    method: 'PUT',
    path: '/api/friends/:id',
    summary: 'Give a friend a name of your own, or none with null',
    status: 200,
    access: 'owner',
    params: friendParams,
    body: updateFriendSchema,
    output: friendSchema,
    errors: ['NOT_FOUND'],
  }),
  removeFriend: route({
    method: 'DELETE',
    path: '/api/friends/:id',
    summary: 'End a friendship, for both',
    status: 200,
    access: 'owner',
    params: friendParams,
    output: done,
    errors: ['NOT_FOUND'],
  }),
} as const;
