import type { Chat } from '../chat';

/** Where somebody was in a conversation: which line was at the upper edge, and how much of it was above (px). */
export interface ReadingPlace {
  readonly key: string;
  readonly offset: number;
}

const places = new WeakMap<Chat, Map<string, ReadingPlace>>();

/** Where somebody was who was not at the end. */
export const placeIn = (chat: Chat, convId: string): ReadingPlace | undefined => places.get(chat)?.get(convId);

/** Remembers where somebody is; undefined: at the end. */
export function leavePlace(chat: Chat, convId: string, place: ReadingPlace | undefined): void {
  const known = places.get(chat) ?? new Map<string, ReadingPlace>();
  places.set(chat, known);
  if (place) known.set(convId, place);
  else known.delete(convId);
}
