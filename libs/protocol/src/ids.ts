import { z } from 'zod';

/** Text without NUL and without lone surrogates, which no store and no peer would hand back unchanged. */
export const wellFormed = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 of A-Z a-z 0-9 . _ -');

/** Ids of users, groups and devices. */
export const userIdSchema = id.describe('user id');
export const groupIdSchema = id.describe('group id');
export const deviceIdSchema = id.describe('device id');

/** The client's own name for a message: a retry carries the same one. */
export const clientMsgIdSchema = z.string().regex(/^[\x20-\x7e]{1,64}$/, 'expected 1 to 64 printable ASCII characters');

/** The server's name for a message; opaque. */
export const serverMsgIdSchema = z.string().regex(/^[a-z0-9-]{3,64}$/, 'expected a serverMsgId');

/** A place in a conversation's log. */
export const seqSchema = z.number().int().min(1);

/** A position in a log: the seq of the last entry seen, 0 before the first. */
export const positionSchema = z.number().int().min(0);

/** Milliseconds since 1970. */
export const timestampSchema = z.number().int().min(0);

/** A line of text for people: names, reasons. */
export const textSchema = (max: number) => z.string().min(1).max(max).refine(wellFormed, 'must not hold NUL or lone surrogates');

/** What a conversation id says. */
export type ConversationName =
  | { readonly convId: string; readonly convType: 'c2c'; readonly users: readonly [string, string] }
  | { readonly convId: string; readonly convType: 'group'; readonly groupId: string };

/** Compares as the bytes of the text compare: ids are ASCII, so code units are bytes. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The conversation of two different users; the same whichever of them asks. */
export function c2cConversation(a: string, b: string): ConversationName & { convType: 'c2c' } {
  const [first, second] = [a, b].sort(byBytes) as [string, string];
  return { convId: `c2c:${first}:${second}`, convType: 'c2c', users: [first, second] };
}

/** The conversation of a group. */
export function groupConversation(groupId: string): ConversationName & { convType: 'group' } {
  return { convId: `group:${groupId}`, convType: 'group', groupId };
}

/** Reads a conversation id; `undefined` when it is not one in its canonical form. */
export function parseConvId(convId: string): ConversationName | undefined {
  const [kind, first, second, ...rest] = convId.split(':');
  if (rest.length > 0 || first === undefined || !id.safeParse(first).success) return undefined;
  if (kind === 'group') return second === undefined ? groupConversation(first) : undefined;
  if (kind !== 'c2c' || second === undefined || !id.safeParse(second).success || first === second) return undefined;
  const name = c2cConversation(first, second);
  return name.convId === convId ? name : undefined;
}

/** A conversation id in its canonical form. */
export const convIdSchema = z
  .string()
  .max(160)
  .refine((text) => parseConvId(text) !== undefined, 'expected c2c:<a>:<b> (sorted) or group:<groupId>')
  .describe('conversation id');

const targetFields = {
  to: userIdSchema.optional(),
  groupId: groupIdSchema.optional(),
  convId: convIdSchema.optional(),
};

/** The three ways to name a conversation; several at once must agree. */
export type Target = { to?: string | undefined; groupId?: string | undefined; convId?: string | undefined };

/** An object that names its conversation by `to`, `groupId` or `convId`, with the given fields beside it. */
export const targeted = <T extends z.ZodRawShape>(fields: T) =>
  z.object({ ...targetFields, ...fields }).refine(namesConversation, { message: 'expected one of to, groupId, convId', path: ['convId'] });

const c2cIdSchema = convIdSchema.refine((text) => parseConvId(text)?.convType === 'c2c', 'expected c2c:<a>:<b>');

/** An object that names a c2c by `to` or `convId`, with the given fields beside it. */
export const c2cTargeted = <T extends z.ZodRawShape>(fields: T) =>
  z
    .object({ to: targetFields.to, convId: c2cIdSchema.optional(), ...fields })
    .refine(namesConversation, { message: 'expected to or convId', path: ['convId'] });

function namesConversation(input: unknown): boolean {
  const { to, groupId, convId } = input as Target;
  return to !== undefined || groupId !== undefined || convId !== undefined;
}

/**
 * The conversation that a target names for `userId`.
 * `'self'` when it is the user's own name, `'differ'` when several names disagree.
 */
export function conversationOf(target: Target, userId: string): ConversationName | 'self' | 'differ' {
  if (target.to === userId) return 'self';
  const named = [
    target.to === undefined ? undefined : c2cConversation(userId, target.to),
    target.groupId === undefined ? undefined : groupConversation(target.groupId),
    target.convId === undefined ? undefined : parseConvId(target.convId),
  ].filter((name) => name !== undefined);
  const [first] = named;
  if (first === undefined || named.some((name) => name.convId !== first.convId)) return 'differ';
  return first;
}
