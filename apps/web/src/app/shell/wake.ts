import { useEffect } from 'react';
import { useChat } from '../chat-context';

/**
 * Whoever comes back to the page is not to wait for a connection, nor to trust one that may have died while the device slept; nor is one
 * to be trusted when the browser says that the network has gone.
 */
export function useWake(): void {
  const { client } = useChat();
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && client.wake();
    const check = () => client.wake();
    document.addEventListener('visibilitychange', look);
    addEventListener('offline', check);
    return () => {
      document.removeEventListener('visibilitychange', look);
      removeEventListener('offline', check);
    };
  }, [client]);
}
