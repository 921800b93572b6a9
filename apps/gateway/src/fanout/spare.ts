import { setTimeout as sleep } from 'node:timers/promises';
import type { ConversationLog } from '@app/storage';

const lookMs = 2;
const looks = 25;

/** Resolves when nothing waits to be stored, and after some fifty milliseconds anyway: what is said goes before who is told of it. */
export function spare(log: Pick<ConversationLog, 'busy'>): () => Promise<void> {
  return async () => {
    await new Promise((resolve) => setImmediate(resolve));
    for (let look = 0; look < looks && log.busy; look++) await sleep(lookMs);
  };
}
