const prefix = 'parley.ui.';

/** What was kept under a name in this tab; `otherwise` where nothing was, or something unreadable. */
export function kept<T>(name: string, otherwise: T): T {
  try {
    const text = sessionStorage.getItem(prefix + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** Keeps a value for as long as the tab lives. Never a token or a password: pass what `masked` gives. */
export function keep(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // A full storage loses nothing that cannot be typed again.
  }
}
