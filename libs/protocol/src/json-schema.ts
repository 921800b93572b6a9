import { z } from 'zod';
import { conversationSchema } from './conversations';
import { type ErrorBody, type ErrorCode, errors } from './errors';
import { favoriteSchema } from './favorites';
import { fileSchema } from './files';
import { groupMemberSchema, groupSchema } from './groups';
import { entryEventSchema, entrySchema, messageSchema } from './messages';
import { sessionSchema, tokenSchema, userSchema } from './users';

/** A JSON Schema, 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const codes = Object.keys(errors) as [ErrorCode, ...ErrorCode[]];

/** {@link ErrorBody} as a schema, for documents. */
export const errorBodySchema = z.object({
  code: z.enum(codes),
  message: z.string().describe('for people; may change'),
  retryAfterMs: z.number().int().min(0).optional().describe('with RATE_LIMIT: how long to wait'),
  convId: z.string().optional().describe('with RATE_LIMIT: only this conversation has to wait, as its group is in slow mode'),
  issues: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('with BAD_REQUEST: the fields that do not fit, by their dotted paths'),
  errorId: z.string().optional().describe("with INTERNAL: the name of this failure in the server's log"),
}) satisfies z.ZodType<ErrorBody>;

/** What documents describe once, in `components.schemas`, and refer to by name. */
const named = {
  Message: messageSchema,
  Entry: entrySchema,
  EntryEvent: entryEventSchema,
  Conversation: conversationSchema,
  User: userSchema,
  Session: sessionSchema,
  Token: tokenSchema,
  Group: groupSchema,
  GroupMember: groupMemberSchema,
  File: fileSchema,
  Favorite: favoriteSchema,
  Error: errorBodySchema,
};

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(named)) names.add(schema, { id });

/**
 * The JSON Schema of a declaration: of what a client may write (`input`), or of what the server writes (`output`). What has a name
 * is a `$ref` to `#/components/schemas/<name>`. Objects are open, since fields may be added.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, $defs: _defs, ...own } = render(schema, io);
  return own;
}

/** The named schemas, by name: what every `$ref` of {@link jsonSchemaOf} points to. */
export function namedSchemas(): Record<string, JsonSchema> {
  const all = Object.values(named).flatMap((schema) =>
    Object.entries((render(schema, 'output').$defs ?? {}) as Record<string, JsonSchema>),
  );
  const found = new Map(all);
  return Object.fromEntries(Object.keys(named).map((name) => [name, found.get(name) as JsonSchema]));
}

function render(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const rendered = z.toJSONSchema(schema, {
    io,
    metadata: names,
    override: ({ zodSchema, jsonSchema }) => {
      // The registry of names stands in for the one that holds descriptions.
      const description = z.globalRegistry.get(zodSchema)?.description;
      if (description !== undefined && jsonSchema.$ref === undefined) jsonSchema.description = description;
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return JSON.parse(JSON.stringify(rendered).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
