/** The characters of ids, in the order in which the server compares them. */
const characters = '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** How long an id may be. */
const longest = 64;

/** The last id that comes before another one; undefined when there is none. A page that begins behind it begins with that one, if it is there. */
export function beforeId(id: string): string | undefined {
  const start = id.slice(0, -1);
  const at = characters.indexOf(id.at(-1) ?? '');
  if (at <= 0) return start === '' ? undefined : start;
  return (start + characters[at - 1]).padEnd(longest, characters.at(-1));
}
