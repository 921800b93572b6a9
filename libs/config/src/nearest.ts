/**
 * The end of a report about an unknown name: `; did you mean <known>?` when a known name differs in at most two letters
 * (case aside) or has the unknown one as its last part, else nothing.
 */
export function suggestion(unknown: string, known: readonly string[]): string {
  const wanted = unknown.toLowerCase();
  const ranked = known
    .map((name) => ({ name, distance: name.toLowerCase().endsWith(`.${wanted}`) ? 0 : editDistance(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= 2 && distance < wanted.length)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0] ? `; did you mean ${ranked[0].name}?` : '';
}

/** Least number of letters to insert, delete or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
