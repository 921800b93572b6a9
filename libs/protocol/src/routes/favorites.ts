import { z } from 'zod';
import { route } from '../action';
import {
  favoriteCustomSchema,
  favoriteMessageSchema,
  favoriteSchema,
  favoriteTypeSchema,
  keywordSchema,
  tagsSchema,
  updateFavoriteSchema,
} from '../favorites';
import { userIdSchema } from '../ids';
import { countSchema } from '../receipts';
import { cursorSchema, done, listInQuery, pageQuery } from './common';

const favoriteParams = z.object({ id: userIdSchema.describe('favorite id') });
const page = z.object({ favorites: z.array(favoriteSchema), next: z.string().nullable() });

/** REST routes on favorites. */
export const favoritesRoutes = {
  addFavoriteMessage: route({
    method: 'POST',
    path: '/api/favorites/message',
    summary: 'Keep a copy of a message that you can read; for one that you keep already, put the given tags and note on it',
    status: 201,
    access: 'reader',
    body: favoriteMessageSchema,
    output: favoriteSchema,
    errors: ['NOT_FOUND', 'FORBIDDEN', 'TOO_LARGE'],
  }),
  addFavoriteCustom: route({
    method: 'POST',
    path: '/api/favorites/custom',
    summary: 'Keep something that is no message',
    status: 201,
    access: 'user',
    body: favoriteCustomSchema,
    output: favoriteSchema,
    errors: ['TOO_LARGE'],
  }),
  favorites: route({
    method: 'GET',
    path: '/api/favorites',
    summary: 'Your favorites, newest first; with `type` those of a type, with `tags` those that have all of them',
    status: 200,
    access: 'user',
    query: z.object({
      type: favoriteTypeSchema.optional(),
      tags: listInQuery(tagsSchema.optional()).describe('separated by commas'),
      ...pageQuery,
      cursor: cursorSchema.optional(),
    }),
    output: page,
    errors: [],
  }),
  searchFavorites: route({
    method: 'GET',
    path: '/api/favorites/search',
    summary: 'Your favorites whose texts, tags or note hold a keyword, in whatever case, newest first',
    status: 200,
    access: 'user',
    query: z.object({ keyword: keywordSchema, ...pageQuery, cursor: cursorSchema.optional() }),
    output: page,
    errors: [],
  }),
  favoriteStats: route({
    method: 'GET',
    path: '/api/favorites/stats',
    summary: 'How many favorites you have, by type and by tag',
    status: 200,
    access: 'user',
    output: z.object({
      total: countSchema,
      byType: z.record(z.string(), countSchema).describe('those types that there are'),
      byTag: z.record(z.string(), countSchema).describe('the tags that are used most, at most 200'),
    }),
    errors: [],
  }),
  updateFavorite: route({
    method: 'PUT',
    path: '/api/favorites/:id',
    summary: 'Change the tags or the note of a favorite; absent fields stay as they are',
    status: 200,
    access: 'owner',
    params: favoriteParams,
    body: updateFavoriteSchema,
    output: favoriteSchema,
    errors: ['NOT_FOUND'],
  }),
  removeFavorite: route({
    method: 'DELETE',
    path: '/api/favorites/:id',
    summary: 'Keep a favorite no more',
    status: 200,
    access: 'owner',
    params: favoriteParams,
    output: done,
    errors: ['NOT_FOUND'],
  }),
} as const;
