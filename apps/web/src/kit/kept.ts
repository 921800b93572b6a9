/** What the browser does not keep: it forbids it (a private window, blocked cookies), or it is full. It lives as long as the page. */
const inMemory = new Map<string, string>();

/** What this browser keeps under a name; `null` where that is nothing. */
export function kept(name: string): string | null {
  return inMemory.get(name) ?? attempt(() => localStorage.getItem(name)) ?? null;
}

/** Keeps a text under a name, for as long as the browser lets it; `null` forgets it. */
export function keep(name: string, text: string | null): void {
  inMemory.delete(name);
  if (text === null) return void attempt(() => localStorage.removeItem(name));
  if (attempt(() => (localStorage.setItem(name, text), true))) return;
  inMemory.set(name, text);
  // What is there is older, and another page would take it for true.
  attempt(() => localStorage.removeItem(name));
}

/** The names under which something is kept that begin so. */
export function keptNames(prefix: string): readonly string[] {
  const names = [...inMemory.keys(), ...(attempt(() => Object.keys(localStorage)) ?? [])];
  return names.filter((name) => name.startsWith(prefix));
}

/** Where nothing may be kept, each look at the storage throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
