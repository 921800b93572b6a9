/** Not more often than this (ms) does a page load itself anew. */
const everyMs = 5 * 60_000;
const key = 'parley.renewedAt';

/** What says whether a reload now would lose something that is kept nowhere. */
const holders = new Set<() => boolean>();

/** Keeps the page from loading itself anew while something would be lost; what is returned ends it. */
export function holdPage(isLost: () => boolean): () => void {
  holders.add(isLost);
  return () => void holders.delete(isLost);
}

/** Loads the page anew by itself, unless something would be lost or that was done a moment ago; whether it does. */
export function renewPage(): boolean {
  const now = Date.now();
  if ([...holders].some((isLost) => isLost()) || isTyped() || !isDue(now)) return false;
  location.reload();
  return true;
}

/** Whether the last time is long ago; a browser that cannot keep when it was would load the page again and again. */
function isDue(now: number): boolean {
  try {
    if (now - Number(sessionStorage.getItem(key) ?? 0) < everyMs) return false;
    sessionStorage.setItem(key, String(now));
    return true;
  } catch {
    return false;
  }
}

/** Whether something was typed that is kept nowhere. What is kept says so: `data-kept`. */
function isTyped(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'textarea, input:not([type=search], [type=checkbox], [type=radio], [type=file], [type=hidden])',
  );
  return [...fields].some((field) => field.value !== '' && field.dataset.kept === undefined);
}
