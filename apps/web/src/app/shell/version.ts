import { useEffect, useState } from 'react';
import { useChatState } from '../chat-context';
import { runningScript, servedScript } from '../../kit/script-name';

/** Not more often than this (ms) is it asked whether there is a newer app. */
const everyMs = 10 * 60_000;

/**
 * Whether the server has another app than the one that runs: asked when a connection is there again, for a server that was replaced has
 * closed it, and when somebody comes back to a page that was open for long.
 */
export function useNewVersion(): boolean {
  const [isNew, setNew] = useState(false);
  const isOnline = useChatState(({ connection }) => connection.state === 'online');

  useEffect(() => {
    if (isNew || !isOnline || !import.meta.env.PROD) return;
    let askedAt = 0;
    async function ask(): Promise<void> {
      if (document.visibilityState !== 'visible' || Date.now() - askedAt < everyMs) return;
      askedAt = Date.now();
      const running = runningScript();
      const there = await servedScript().catch(() => undefined);
      if (running !== undefined && there !== undefined && there !== running) setNew(true);
    }
    const look = () => void ask();
    // The first connection of a page that was just loaded tells nothing.
    if (performance.now() < 15_000) askedAt = Date.now();
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [isNew, isOnline]);
  return isNew;
}
