import { z } from 'zod';
import { fileIdSchema } from './files';
import { deviceIdSchema, textSchema, timestampSchema, wellFormed } from './ids';

/** User names are folded to lower case before they are compared or stored. */
export const usernameSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{3,32}$/, 'expected 3 to 32 of a-z 0-9 . _ -')
  .toLowerCase();

const passwordSchema = textSchema(128).min(8);
const nicknameSchema = textSchema(64);
const avatarUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(512)
  .refine(wellFormed, 'must not hold NUL or lone surrogates');

/** Where somebody's picture is. One that was uploaded here is open to everybody who knows its address. */
export const avatarSchema = z.string().nullable().describe('relative to this server if it begins with `/`');

/** What everybody may see of a user. */
export const userSchema = z.object({
  id: z.string(),
  username: z.string().nullable().describe('null for users of an embedding product'),
  nickname: z.string(),
  avatarUrl: avatarSchema,
});
export type User = z.infer<typeof userSchema>;

export const registerSchema = z.object({ username: usernameSchema, password: passwordSchema, nickname: nicknameSchema.optional() });

export const loginSchema = z.object({
  username: textSchema(128),
  password: textSchema(256),
  deviceId: deviceIdSchema.optional(),
  cookie: z.boolean().optional().describe('also set the refresh cookie'),
});

export const tokenSchema = z.object({ token: z.string(), userId: z.string(), expiresAt: timestampSchema });

/** What may be changed of one's profile; absent fields stay as they are. */
export const updateUserSchema = z
  .object({
    nickname: nicknameSchema.optional(),
    avatarUrl: avatarUrlSchema.nullable().optional().describe('a picture elsewhere; null: none'),
    avatarFileId: fileIdSchema.nullable().optional().describe('a file of yours to be your picture; null: none'),
  })
  .refine(({ avatarUrl, avatarFileId }) => avatarUrl === undefined || avatarFileId === undefined, {
    message: 'expected avatarUrl or avatarFileId, not both',
    path: ['avatarFileId'],
  });

export const sessionSchema = z.object({
  id: z.string(),
  deviceId: z.string().nullable(),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  current: z.boolean(),
});
