/** The neighbour of one of some, `step` after it; the first or the last when none of them is chosen. */
export function neighbour(all: readonly string[], current: string | undefined, step: 1 | -1): string | undefined {
  const at = current === undefined ? -1 : all.indexOf(current);
  if (at === -1) return step === 1 ? all[0] : all.at(-1);
  return all[at + step];
}
