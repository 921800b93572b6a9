import { mentionAll } from '../conversations/conversations';
import { misleads } from './file-name';

/** A part of a text, and what it is. */
export interface Span {
  readonly kind: 'text' | 'mention';
  readonly text: string;
  /** Who is mentioned. */
  readonly userId?: string;
}

/** Cuts a text at the names of those whom it mentions. */
export function spansOf(text: string, names: readonly { readonly userId: string; readonly name: string }[]): readonly Span[] {
  const wanted = names
    .filter(({ name }) => name !== '')
    .map(({ userId, name }) => ({ userId, word: `@${name}` }))
    // "@Ann Lee" before "@Ann".
    .sort((a, b) => b.word.length - a.word.length);
  const spans: Span[] = [];
  let rest = 0;
  for (let at = text.indexOf('@'); at !== -1 && wanted.length > 0; at = text.indexOf('@', at + 1)) {
    const found = wanted.find(({ word }) => text.startsWith(word, at));
    if (!found) continue;
    if (at > rest) spans.push({ kind: 'text', text: text.slice(rest, at) });
    spans.push({ kind: 'mention', text: found.word, userId: found.userId });
    rest = at + found.word.length;
    at = rest - 1;
  }
  if (rest < text.length) spans.push({ kind: 'text', text: text.slice(rest) });
  return spans;
}

const emojiOnly = /^(?=.*\p{Extended_Pictographic}|.*\p{RI})(?:\p{Extended_Pictographic}|\p{RI}|\p{Emoji_Modifier}|[\u200d\ufe0f\s])+$/su;

/** How many emoji a text has that has nothing else; 0 where it has, or has more than can be large. */
export function emojiCount(text: string): number {
  if (text.length > 60 || !emojiOnly.test(text)) return 0;
  const count = [...new Intl.Segmenter().segment(text.replace(/\s/gu, ''))].length;
  return count <= 6 ? count : 0;
}

/** What is being looked for behind an `@` at the caret; undefined when nothing is. */
export function mentionAt(text: string, caret: number): { readonly from: number; readonly query: string } | undefined {
  const from = text.lastIndexOf('@', caret - 1);
  if (from === -1 || caret - from > 33) return undefined;
  const query = text.slice(from + 1, caret);
  // Neither in an address of mail nor over the end of a line.
  if (/\n/.test(query) || /[\p{L}\p{N}]/u.test(text.charAt(from - 1))) return undefined;
  return /\s{2}|^\s/.test(query) ? undefined : { from, query };
}

/** Somebody who can be mentioned. */
export interface Mentionable {
  readonly userId: string;
  /** As everybody sees it: it is written into the message. */
  readonly name: string;
  /** By what else they are found. */
  readonly also: string;
}

/** Who fits what is being looked for: those whose name begins so before those in whose name it is, at most so many. */
export function matching(all: readonly Mentionable[], query: string, most: number): readonly Mentionable[] {
  const wanted = fold(query);
  const rank = ({ name, also }: Mentionable): number => {
    const folded = fold(name);
    if (folded.startsWith(wanted) || fold(also).startsWith(wanted)) return 0;
    return folded.split(/\s+/).some((word) => word.startsWith(wanted)) ? 1 : folded.includes(wanted) ? 2 : 3;
  };
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || a.one.name.localeCompare(b.one.name))
    .slice(0, most)
    .map(({ one }) => one);
}

/** Of those who were put into a text, the ones who are in it still. */
export function mentionedIn(text: string, chosen: readonly Mentionable[]): string[] {
  return [...new Set(chosen.filter(({ name }) => text.includes(`@${name}`)).map(({ userId }) => userId))].slice(0, 50);
}

/** Everybody, as somebody who can be mentioned. */
export const everybody = (name: string): Mentionable => ({ userId: mentionAll, name, also: 'all' });

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

const safeSchemes: readonly string[] = ['http:', 'https:', 'mailto:'];

/** The address, if it is one that can do no harm, and leads where it seems to: `https://a.example@b.example` does not lead to a. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href) || misleads(href)) return undefined;
  const { protocol, username, password } = new URL(href);
  return safeSchemes.includes(protocol) && username === '' && password === '' ? href : undefined;
}
