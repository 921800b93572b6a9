import { useEffect } from 'react';
import { useChat } from '../chat-context';

/** Whoever comes back to the page is not to wait for a connection, nor to trust one that may have died while the device slept. */
export function useWake(): void {
  const { client } = useChat();
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && client.wake();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [client]);
}
