/** How what is asked for is put together. */
export interface Gathering<T> {
  /** Asks for several at once; what it does not tell is not there. */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  /** How long (ms) the first waits for others. */
  readonly waitMs: number;
  /** How many are asked for at once. */
  readonly max: number;
}

/**
 * Asks for one thing by its id, together with the others that are asked for within a few ms: a list of a hundred makes one request.
 * Resolves to undefined when it is not there, and rejects as the request does.
 */
export function gathered<T>({ ask, waitMs, max }: Gathering<T>): (id: string) => Promise<T | undefined> {
  let waiting = new Map<string, Asked<T | undefined>>();

  function go(): void {
    const asked = [...waiting];
    waiting = new Map();
    for (let at = 0; at < asked.length; at += max) void answer(asked.slice(at, at + max));
  }

  async function answer(asked: readonly [string, Asked<T | undefined>][]): Promise<void> {
    try {
      const told = await ask(asked.map(([id]) => id));
      for (const [id, { resolve }] of asked) resolve(told.get(id));
    } catch (error) {
      for (const [, { reject }] of asked) reject(error);
    }
  }

  return (id) => {
    if (waiting.size === 0) setTimeout(go, waitMs);
    const known = waiting.get(id) ?? promise<T | undefined>();
    waiting.set(id, known);
    return known.promise;
  };
}

interface Asked<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** As `Promise.withResolvers`, which not every browser has. */
function promise<T>(): Asked<T> {
  let parts: Pick<Asked<T>, 'resolve' | 'reject'> | undefined;
  const made = new Promise<T>((resolve, reject) => (parts = { resolve, reject }));
  return { promise: made, ...parts! };
}
