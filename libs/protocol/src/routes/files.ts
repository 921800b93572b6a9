import { z } from 'zod';
import { route } from '../action';
import { fileIdSchema, fileRequestSchema, fileSchema, linkSchema, signatureSchema, uploadSchema } from '../files';
import { textSchema, timestampSchema, userIdSchema } from '../ids';
import { cursorSchema, done, inQuery, pageQuery } from './common';

const params = z.object({ id: fileIdSchema });

/** REST routes on files. */
export const filesRoutes = {
  createFile: route({
    method: 'POST',
    path: '/api/files',
    summary: 'Begin to upload a file: the answer says where to put its bytes. The right to write is asked for where `convId` is named',
    status: 201,
    access: 'speaker',
    body: fileRequestSchema,
    output: uploadSchema,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'MUTED', 'BLOCKED', 'NOT_FRIEND'],
  }),
  files: route({
    method: 'GET',
    path: '/api/files',
    summary: 'Your files that are ready, newest first; by `cursor`, or by `offset`, which also counts them',
    status: 200,
    access: 'user',
    query: z.object({
      ...pageQuery,
      cursor: cursorSchema.optional(),
      offset: inQuery(z.number().int().min(0).max(10_000).optional()),
    }),
    output: z.object({
      files: z.array(fileSchema),
      next: z.string().nullable(),
      total: z.number().int().min(0).optional().describe('how many there are, where `offset` was named'),
    }),
    errors: [],
  }),
  uploadFile: route({
    method: 'POST',
    path: '/api/files/upload',
    summary: 'Upload a small file in one request, as a form. The right to write is asked for where `convId` is named',
    status: 201,
    access: 'speaker',
    form: z.object({ convId: fileRequestSchema.shape.convId }),
    output: fileSchema,
    errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'MUTED', 'BLOCKED', 'NOT_FRIEND'],
  }),
  fileCallback: route({
    method: 'POST',
    path: '/api/files/callback',
    summary: 'Report a finished upload, for the storage and not for clients; see docs/files.md',
    status: 200,
    access: 'anybody',
    body: z
      .object({
        fileId: fileIdSchema.optional(),
        key: textSchema(1024).optional().describe('the name of the object in the bucket, instead of `fileId`'),
        timestamp: timestampSchema,
        signature: signatureSchema,
      })
      .refine((input) => input.fileId !== undefined || input.key !== undefined, { message: 'expected fileId or key', path: ['fileId'] }),
    output: fileSchema.pick({ fileId: true, state: true }),
    errors: ['FORBIDDEN', 'NOT_FOUND', 'ALREADY_EXISTS', 'CONFLICT', 'NOT_ENABLED'],
  }),
  fileLinks: route({
    method: 'POST',
    path: '/api/files/links',
    summary: 'Links by which files can be read without a token for some minutes; files that you may not read are left out',
    status: 200,
    access: 'user',
    body: z.object({ fileIds: z.array(fileIdSchema).max(200) }),
    output: z.object({ links: z.array(linkSchema) }),
    errors: [],
  }),
  file: route({
    method: 'GET',
    path: '/api/files/:id',
    summary: 'What is known of a file',
    status: 200,
    access: 'fileReader',
    params,
    output: fileSchema,
    errors: ['NOT_FOUND'],
  }),
  deleteFile: route({
    method: 'DELETE',
    path: '/api/files/:id',
    summary: 'Delete a file, whatever carries it; messages keep what they say of it',
    status: 200,
    access: 'owner',
    params,
    output: done,
    errors: ['NOT_FOUND'],
  }),
  completeFile: route({
    method: 'POST',
    path: '/api/files/:id/complete',
    summary: 'Say that the bytes of a file are there: they are checked, and the file can be used. Repeating it changes nothing',
    status: 200,
    access: 'owner',
    params,
    output: fileSchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  putContent: route({
    method: 'PUT',
    path: '/api/files/:id/content',
    summary: 'Upload the bytes of a file, where `upload.url` says so: exactly as many, and of the type, as declared',
    status: 200,
    access: 'anybody',
    bytes: 'taken',
    params,
    query: z.object({ expires: inQuery(timestampSchema), signature: signatureSchema }),
    output: done,
    errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'RATE_LIMIT'],
  }),
  downloadFile: route({
    method: 'GET',
    path: '/files/:id',
    summary: 'The bytes of a file, or a part of them, or where they are',
    status: 200,
    alsoAnswers: {
      206: 'the part of the bytes that `Range` asked for, with `Content-Range`',
      302: 'nothing; the bytes are in a bucket, at the address in `Location`',
      304: 'nothing; `If-None-Match` names these bytes',
      416: '`BAD_REQUEST`; the range begins behind the last byte, and `Content-Range` has the size',
    },
    access: 'fileLink',
    bytes: 'given',
    params,
    query: z.object({
      user: userIdSchema.optional(),
      expires: inQuery(timestampSchema.optional()),
      signature: signatureSchema.optional(),
    }),
    output: done,
    errors: ['NOT_FOUND'],
  }),
} as const;
