import { z } from 'zod';
import { convIdSchema, timestampSchema, userIdSchema, wellFormed } from './ids';

/** The id of a file. It is random and long: whoever knows the one of an avatar may show it. */
export const fileIdSchema = z
  .string()
  .regex(/^[a-z\d]{4,64}$/, 'expected a fileId')
  .describe('file id');

/** What no name is, each with what is said of it. Behind a character that turns the direction, `gpj.exe` shows as `exe.jpg`. */
const nameless: readonly (readonly [isSo: (name: string) => boolean, message: string])[] = [
  [(name) => !wellFormed(name), 'must not hold NUL or lone surrogates'],
  [(name) => /[/\\]/.test(name) || name === '.' || name === '..', 'expected a file name without a path'],
  [(name) => /[\p{Cc}\u2028\u2029]/u.test(name), 'must not hold control characters or line ends'],
  [(name) => /[\u202a-\u202e\u2066-\u2069]/u.test(name), 'must not hold characters that turn the direction of text'],
];

/** The name of a file, as people see it. It names nothing in the store. */
const fileNameSchema = z
  .string('expected a file name')
  .min(1, { message: 'expected a file name', abort: true })
  .max(255, { message: 'expected at most 255 characters', abort: true })
  .superRefine((name, context) => {
    const found = nameless.find(([isSo]) => isSo(name));
    if (found) context.addIssue({ code: 'custom', message: found[1] });
  })
  .describe('as people see it: 1 to 255 characters, none of them a control character, `/` or `\\`, and neither `.` nor `..`');

/** The type that somebody says a file has, without its parameters, in lower case. */
const mimeTypeSchema = z
  .string()
  .max(127)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\x20-\x7e]*)?$/, 'expected a MIME type')
  .describe('MIME type as the client knows it; the server looks at the bytes and has the last word');

/** Bytes of a file. An empty one is none. */
const sizeSchema = z.number().int().min(1).describe('bytes');

/** What a client says of a file before it uploads it. */
export const fileRequestSchema = z.object({
  name: fileNameSchema,
  size: sizeSchema,
  mimeType: mimeTypeSchema,
  convId: convIdSchema.optional().describe('the conversation that it is for, to which you may write; another one may carry it as well'),
});

/** A file that was uploaded and checked. */
export const fileSchema = z.object({
  fileId: fileIdSchema,
  ownerId: userIdSchema.describe('who uploaded it'),
  name: z.string(),
  size: sizeSchema,
  mimeType: z.string().describe('as found in its bytes; `application/octet-stream` where they do not tell'),
  checksum: z.string().describe('`sha256:` and hex, or `etag:` and what the storage calls these bytes'),
  width: z.number().int().min(1).optional().describe('pixels, of an image that tells'),
  height: z.number().int().min(1).optional(),
  state: z.literal('ready'),
  createdAt: timestampSchema,
});

/** A file that was uploaded and checked. */
export type File = z.infer<typeof fileSchema>;

/** Where to put the bytes of a new file, and what to ask when they are there. */
export const uploadSchema = z.object({
  fileId: fileIdSchema,
  upload: z
    .object({
      method: z.literal('PUT'),
      url: z.string().describe('at the storage, or at a gateway; relative to where you asked if it begins with `/`'),
      headers: z
        .record(z.string(), z.string())
        .describe('to be sent as they are; `content-length` is what your HTTP library sends by itself'),
      expiresAt: timestampSchema,
    })
    .describe('one PUT with exactly these bytes; it takes no token'),
  completeUrl: z.string().describe('to be asked with POST when the upload is done; it may be relative, too'),
});

/** A link to a file. */
export const linkSchema = z.object({
  fileId: fileIdSchema,
  url: z.string().describe('works without a token, as in an `<img>`, for as long as you may read the file'),
  expiresAt: timestampSchema,
});

/** What proves that a URL was made by this server, or that a report comes from its storage: an HMAC-SHA256. */
export const signatureSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
