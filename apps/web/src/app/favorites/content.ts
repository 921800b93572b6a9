import type { Message } from '@app/sdk';
import { oneLine } from '../conversations/previews';
import { type Said, saidIn } from '../messages/payload';
import type { Favorite, FavoriteType } from './favorites';

/** Types by which favorites can be chosen, in this order, with the keys of their names. */
export const namedTypes: readonly (readonly [type: FavoriteType, label: string])[] = [
  ['text', 'saved.types.text'],
  ['image', 'saved.types.image'],
  ['video', 'saved.types.video'],
  ['voice', 'saved.types.voice'],
  ['file', 'saved.types.file'],
  ['custom', 'saved.types.custom'],
];

/** What was kept, as a message says it: a note that is a text is shown as one. */
export function contentOf({ type, payload }: Pick<Favorite, 'type' | 'payload'>): Pick<Message, 'type' | 'payload'> {
  return { type: type === 'custom' && typeof payload.text === 'string' ? 'text' : type, payload };
}

/** The same, by how it is shown. */
export const saidBy = (favorite: Pick<Favorite, 'type' | 'payload'>): Said => saidIn(contentOf(favorite));

/** A favorite in a line: its words, or the name of its file; undefined where only its type can be said. */
export function wordsOf(favorite: Pick<Favorite, 'type' | 'payload' | 'note'>): string | undefined {
  const said = saidBy(favorite);
  if (said.kind === 'text') return oneLine(said.text);
  if (favorite.note !== undefined) return oneLine(favorite.note);
  return said.kind === 'file' || said.kind === 'video' ? said.name : undefined;
}

/** The server takes so many tags of one favorite, each of so many characters. */
export const maxTags = 20;
const maxTagLength = 32;

/** Tags with those that were typed, separated by commas; each once, and as the server takes them. */
export function withTyped(tags: readonly string[], typed: string): readonly string[] {
  const more = typed.split(/[,，]/u).map((tag) =>
    tag
      .replace(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, maxTagLength)
      .toWellFormed()
      .trim(),
  );
  return [...new Set([...tags, ...more.filter((tag) => tag !== '')])].slice(0, maxTags);
}
