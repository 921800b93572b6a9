const patienceMs = 20_000;

/** Waits until `done` holds, for what tells nobody when it changes. Throws, naming `what`, when that takes too long. */
export async function eventually(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
