import { useEffect } from 'react';
import { useChatState } from '../chat-context';

/** So long (ms) after the first connection nothing is loaded that nobody has asked for; by then the service worker keeps what comes. */
const waitMs = 5_000;

/**
 * Loads the parts of the app that were not shown yet, one after the other, when there is a connection and nothing else to do: so they open
 * at once, and also without a network. Not for those who want to save data.
 */
export function useLoaded(parts: readonly (() => Promise<unknown>)[]): void {
  const isOnline = useChatState(({ connection }) => connection.state === 'online');
  useEffect(() => {
    const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } };
    if (!isOnline || connection?.saveData) return;
    let over = false;
    async function load(): Promise<void> {
      for (const part of parts) {
        await idle();
        if (over) return;
        // Whoever opens it hears why it cannot be loaded.
        await part().catch(() => undefined);
      }
    }
    const timer = setTimeout(() => void load(), waitMs);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [isOnline, parts]);
}

/** Resolves when there is nothing else to do; not every browser says so. */
const idle = (): Promise<unknown> =>
  new Promise((resolve) => ('requestIdleCallback' in globalThis ? requestIdleCallback(resolve) : setTimeout(resolve, 200)));
