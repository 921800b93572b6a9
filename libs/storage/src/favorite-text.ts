/** What stands on a favorite beside its payload. */
interface Labelled {
  readonly tags: readonly string[];
  readonly note?: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Characters of a favorite, as they are compared, that a search looks at. Its note and tags come first. */
export const searchedLength = 4_000;

/** Fields of a payload that name something and say nothing. */
const ids = new Set(['fileId', 'thumbnailId']);

/**
 * Text as it is compared in a search: without regard to case, to how a character is composed, and to width. The store would need a collation
 * for that, of which each has its own, and none tells emoji apart.
 */
export const folded = (text: string): string => text.normalize('NFKC').toUpperCase();

/** What a search of a favorite looks at: its note, its tags, and every text in its payload, a line each, folded. */
export function searchedText({ note, tags, payload }: Labelled): string {
  const texts = [...(note === undefined ? [] : [note]), ...tags, ...textsIn(payload)];
  // Folded, one character may be eighteen. The end may be half of a pair.
  const some = folded(texts.join('\n').slice(0, searchedLength).toWellFormed());
  return some.slice(0, searchedLength).toWellFormed();
}

/** Tags as they are stored: each between two line ends, which no tag holds, so that one is found by its whole text. */
export const tagsAsText = (tags: readonly string[]): string => (tags.length === 0 ? '' : `\n${[...new Set(tags)].join('\n')}\n`);
export const tagsOf = (text: string): string[] => text.split('\n').filter((tag) => tag !== '');

/** Payloads are not nested deeply. */
function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) if (!ids.has(name)) yield* textsIn(inner);
  }
}
