/**
 * Waits until `done` holds, for what tells nobody when it changes. Throws, with `what` it waited for, when that takes longer than
 * `patienceMs`.
 */
export async function eventually(done: () => boolean | Promise<boolean>, what: () => string, patienceMs = 20_000): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
