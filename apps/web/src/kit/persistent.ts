/** What a load that failed depends on. */
export interface Surroundings {
  /** Whether the server has another app than the one that runs. Rejects when the server is not to be reached. */
  readonly isOld: () => Promise<boolean>;
  /** Loads the page anew, unless that would lose something or was done a moment ago; whether it does. */
  readonly renew: () => boolean;
  /** Resolves after so long (ms), or as soon as there is a network again. */
  readonly wait: (ms: number) => Promise<void>;
}

/** So often is a part asked for that the server does not give, although it is there. */
const maxTries = 4;
const firstWaitMs = 500;
const longestWaitMs = 15_000;

/**
 * Loads a part of the app however long the network is away. Where the server is there and the part is not: the page is older than the
 * server's, and is loaded anew if that loses nothing; otherwise it is tried a few times more. Rejects as the last try did.
 */
export async function persistently<T>(load: () => Promise<T>, { isOld, renew, wait }: Surroundings): Promise<T> {
  let tries = 0;
  for (let waits = 0; ; waits++) {
    try {
      return await load();
    } catch (error) {
      const old = await isOld().catch(() => undefined);
      // The page goes; nothing is to be shown in between.
      if (old && renew()) return new Promise(() => undefined);
      if (old || (old === false && ++tries === maxTries)) throw error;
      await wait(Math.min(longestWaitMs, firstWaitMs * 2 ** waits));
    }
  }
}
