/** The way to a conversation, below the base of the app. */
export const placeOf = (convId: string): string => `/c/${encodeURIComponent(convId)}`;

/** The way to what is to be known and set of a conversation. */
export const detailsOf = (convId: string): string => `${placeOf(convId)}/details`;

/** The way to a page below the details of a group. */
export const partOf = (convId: string, part: 'members' | 'notices' | 'settings'): string => `${detailsOf(convId)}/${part}`;

/** Whether a place shows the details of a conversation, or a page below them. */
export const isDetails = (place: string): boolean => /^\/c\/[^/]+\/details(\/|$)/.test(place);

/** The way to what is to be known of somebody. */
export const personPlace = (userId: string): string => `/people/u/${encodeURIComponent(userId)}`;

/** The conversation that a place is in. */
export function convIdAt(place: string): string | undefined {
  const [, convId] = /^\/c\/([^/]+)/.exec(place) ?? [];
  return convId === undefined ? undefined : decoded(convId);
}

/** Text from a path; as it is when it was not encoded well. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
