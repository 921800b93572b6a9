import type { ConversationStore, Database } from '@app/storage';
import type { ReadArrivals } from './arrivals';
import type { SweepParts } from './sweep';

/** What the hub asks of a store that other gateways write to as well. */
export type SharedStore = Pick<SweepParts, 'storeTime' | 'changedSince' | 'everyMs'> & { readonly arrivals: ReadArrivals };

/** Lets a hub sweep a store every so many milliseconds, about. */
export function sharedStore(database: Database, conversations: ConversationStore, everyMs: number): SharedStore {
  return {
    everyMs,
    storeTime: () => database.storeTime(database),
    changedSince: (since, after, limit) => conversations.changedSince(since, after, limit),
    arrivals: (userIds, since) => conversations.recentC2cs(userIds, since),
  };
}
