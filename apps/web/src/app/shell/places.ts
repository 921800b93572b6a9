import { c2cConvId, groupIdOf } from '@app/sdk';

/** The way to a conversation, below the base of the app. */
export const placeOf = (convId: string): string => `/c/${encodeURIComponent(convId)}`;

/** The way to a message of a conversation. */
export const messagePlace = (convId: string, seq: number): string => `${placeOf(convId)}?at=${seq}`;

/** The `seq` of the message that a place leads to, by what is behind its question mark. */
export function seqAt(search: string): number | undefined {
  const at = new URLSearchParams(search).get('at') ?? '';
  return /^[1-9]\d{0,14}$/.test(at) ? Number(at) : undefined;
}

/** The way to what is to be known and set of a conversation. */
export const detailsOf = (convId: string): string => `${placeOf(convId)}/details`;

/** The way to a page below the details of a conversation. */
export const partOf = (convId: string, part: 'members' | 'notices' | 'settings' | 'files'): string => `${detailsOf(convId)}/${part}`;

/** Whether a place shows the details of a conversation, or a page below them. */
export const isDetails = (place: string): boolean => /^\/c\/[^/]+\/details(\/|$)/.test(place);

/** The way to what is to be known of somebody. */
export const personPlace = (userId: string): string => `/people/u/${encodeURIComponent(userId)}`;

/** The conversation that a place is in. */
export function convIdAt(place: string): string | undefined {
  const [, convId] = /^\/c\/([^/]+)/.exec(place) ?? [];
  return convId === undefined ? undefined : decoded(convId);
}

/**
 * Where what a place names is for this user: a group, or a c2c of their own by its one name. Undefined when it is nothing of theirs, as a
 * place that the one who was signed in before has left in the address.
 */
export function ownPlaceOf(convId: string, me: string): string | undefined {
  if (groupIdOf(convId) !== undefined) return placeOf(convId);
  const users = /^c2c:([^:]+):([^:]+)$/.exec(convId)?.slice(1) ?? [];
  const other = users.find((userId) => userId !== me);
  return other !== undefined && users.includes(me) ? placeOf(c2cConvId(me, other)) : undefined;
}

/** Text from a path; as it is when it was not encoded well. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
