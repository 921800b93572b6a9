/** What names a conversation in a request. */
export type Target = { readonly to: string } | { readonly groupId: string } | { readonly convId: string };

/** The conversation id of two users; the same whichever comes first. */
export function c2cConvId(a: string, b: string): string {
  return a < b ? `c2c:${a}:${b}` : `c2c:${b}:${a}`;
}

/** The conversation id of a group. */
export function groupConvId(groupId: string): string {
  return `group:${groupId}`;
}

/** The group that a conversation id names; `undefined` when it is a c2c. */
export function groupIdOf(convId: string): string | undefined {
  return convId.startsWith('group:') ? convId.slice('group:'.length) : undefined;
}

/** The conversation that a target names for a user. */
export function convIdOf(target: Target, userId: string): string {
  if ('convId' in target) return target.convId;
  return 'groupId' in target ? groupConvId(target.groupId) : c2cConvId(userId, target.to);
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const [timeDigits, randomDigits] = [10, 16];

/**
 * A new id for a message (a ULID, 26 characters): unique, and later ones sort behind earlier ones, to the millisecond. Make one yourself to keep
 * a message across page loads, and give it to every `send` of that message.
 */
export function newClientMsgId(now = Date.now()): string {
  let time = '';
  for (let rest = now, i = 0; i < timeDigits; i++, rest = Math.floor(rest / 32)) time = alphabet.charAt(rest % 32) + time;
  const random = crypto.getRandomValues(new Uint8Array(randomDigits));
  return time + Array.from(random, (byte) => alphabet.charAt(byte % 32)).join('');
}
