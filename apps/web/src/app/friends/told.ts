import type { ParleyClient } from '@app/sdk';
import { without } from '../conversations/conversations';
import type { ChatStore } from '../state';

/** Keeps friends, requests and blocks as the server tells them: by `sync`, and as they happen. */
export function listenToPeople(client: ParleyClient, store: ChatStore): void {
  const { getState: state, setState: set } = store;
  client.on('friends', (all) => set({ friends: merged(state().friends, all, ({ userId }) => userId) }));
  client.on('friendRequests', (all) => set({ friendRequests: merged(state().friendRequests, all, ({ id }) => id) }));
  client.on('groupRequests', (all) => set({ groupRequests: merged(state().groupRequests, all, ({ id }) => id) }));
  client.on('blocks', (all) => set({ blocks: merged(state().blocks, all, ({ userId }) => userId) }));
  client.on('friend_added', (friend) => set({ friends: merged(state().friends, [friend], ({ userId }) => userId) }));
  client.on('friend_removed', ({ userId }) => set({ friends: without(state().friends, userId) }));
  client.on('friend_request', (one) => set({ friendRequests: merged(state().friendRequests, [one], ({ id }) => id) }));
  client.on('group_request', (one) => set({ groupRequests: merged(state().groupRequests, [one], ({ id }) => id) }));
}

/** What is told takes the place of what was known; what is told as removed goes. */
function merged<T extends object>(
  known: Readonly<Record<string, T>>,
  news: readonly T[],
  keyOf: (one: T) => string,
): Readonly<Record<string, T>> {
  const next = { ...known };
  for (const one of news) {
    if ('removed' in one) delete next[keyOf(one)];
    else next[keyOf(one)] = one;
  }
  return next;
}
