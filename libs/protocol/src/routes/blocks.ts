import { z } from 'zod';
import { route } from '../action';
import { addBlockSchema, blockSchema } from '../blocks';
import { userIdSchema } from '../ids';
import { done, pageQuery } from './common';

/** REST routes on blocks. */
export const blocksRoutes = {
  blocks: route({
    method: 'GET',
    path: '/api/blocks',
    summary: 'Users whom you block, by user id',
    status: 200,
    access: 'user',
    query: z.object({ ...pageQuery, cursor: userIdSchema.optional() }),
    output: z.object({ blocks: z.array(blockSchema), next: z.string().nullable() }),
    errors: [],
  }),
  addBlock: route({
    method: 'POST',
    path: '/api/blocks',
    summary: 'Block somebody: no c2c messages between you, in either direction; they do not learn of it',
    status: 200,
    access: 'user',
    body: addBlockSchema,
    output: blockSchema,
    errors: ['NOT_FOUND', 'TOO_LARGE'],
  }),
  removeBlock: route({
    method: 'DELETE',
    path: '/api/blocks/:id',
    summary: 'Block somebody no more',
    status: 200,
    access: 'owner',
    params: z.object({ id: userIdSchema }),
    output: done,
    errors: ['NOT_FOUND'],
  }),
} as const;
