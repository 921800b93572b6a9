import { z } from 'zod';
import { route } from '../action';
import { createGroupSchema, groupMemberSchema, groupSchema, updateMemberSchema } from '../groups';
import { groupIdSchema, userIdSchema } from '../ids';
import { done, pageQuery } from './common';

const groupParams = z.object({ id: groupIdSchema });
const memberParams = z.object({ id: groupIdSchema, userId: userIdSchema });

/** REST routes on groups. */
export const groupsRoutes = {
  createGroup: route({
    method: 'POST',
    path: '/api/groups',
    summary: 'Make a group; you are its owner',
    status: 201,
    access: 'user',
    body: createGroupSchema,
    output: z.object({ groupId: z.string(), convId: z.string() }),
    errors: ['NOT_FOUND', 'TOO_LARGE'],
  }),
  groups: route({
    method: 'GET',
    path: '/api/groups',
    summary: 'Groups that you are a member of, by id',
    status: 200,
    access: 'user',
    query: z.object({ ...pageQuery, cursor: groupIdSchema.optional() }),
    output: z.object({ groups: z.array(groupSchema), next: z.string().nullable() }),
    errors: [],
  }),
  group: route({
    method: 'GET',
    path: '/api/groups/:id',
    summary: 'One group; only its members learn that it exists',
    status: 200,
    access: 'member',
    params: groupParams,
    output: groupSchema,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
  }),
  joinGroup: route({
    method: 'POST',
    path: '/api/groups/:id/join',
    summary: 'Join an open group',
    status: 200,
    access: 'invited',
    params: groupParams,
    output: groupSchema,
    errors: ['NOT_FOUND', 'TOO_LARGE'],
  }),
  leaveGroup: route({
    method: 'POST',
    path: '/api/groups/:id/leave',
    summary: 'Leave a group; the owner cannot',
    status: 200,
    access: 'member',
    params: groupParams,
    output: done,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'FORBIDDEN'],
  }),
  groupMembers: route({
    method: 'GET',
    path: '/api/groups/:id/members',
    summary: 'Members of a group, by user id',
    status: 200,
    access: 'member',
    params: groupParams,
    query: z.object({ ...pageQuery, cursor: userIdSchema.optional() }),
    output: z.object({ members: z.array(groupMemberSchema), next: z.string().nullable() }),
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
  }),
  updateMember: route({
    method: 'PUT',
    path: '/api/groups/:id/members/:userId',
    summary: 'Mute a member of a group, or let them write again; for those above them: the owner, and admins for members',
    status: 200,
    access: 'moderator',
    params: memberParams,
    body: updateMemberSchema,
    output: groupMemberSchema,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'FORBIDDEN'],
  }),
  removeMember: route({
    method: 'DELETE',
    path: '/api/groups/:id/members/:userId',
    summary: 'Remove a member from a group; for those above them: the owner, and admins for members',
    status: 200,
    access: 'moderator',
    params: memberParams,
    output: done,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'FORBIDDEN'],
  }),
} as const;
