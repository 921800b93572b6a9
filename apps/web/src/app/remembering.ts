import type { QueryClient } from '@tanstack/react-query';
import type { Chat } from './chat';
import { keepVisit, keptOf, recall } from './conversations/last-visit';
import { type User, userKey } from './users/names';

/** What has changed is kept so long (ms) after the first change. */
const quietMs = 3_000;

/** Shows the list and the names of the last visit until the server tells them, and keeps them for the next one; what is returned ends it. */
export function remembering(chat: Chat, queries: QueryClient): () => void {
  const { lines, users } = recall(chat.userId);
  if (!chat.store.getState().synced) chat.store.setState({ conversations: Object.fromEntries(lines.map((line) => [line.convId, line])) });
  // Old from the beginning: asked for again as soon as there is a network.
  for (const user of users) queries.setQueryData(userKey(user.id), user, { updatedAt: 0 });

  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const { synced, conversations } = chat.store.getState();
    const known = queries.getQueriesData<User>({ queryKey: ['user'] }).flatMap(([, user]) => user ?? []);
    if (synced) keepVisit(chat.userId, keptOf(conversations, known));
  };
  const later = (): void => void (timer ??= setTimeout(save, quietMs));
  const saveNow = (): void => (timer === undefined ? undefined : save());
  const ends = [
    chat.store.subscribe((now, before) => now.conversations !== before.conversations && later()),
    queries
      .getQueryCache()
      .subscribe(({ type, query }) => type === 'updated' && (query.queryKey as readonly unknown[])[0] === 'user' && later()),
  ];
  addEventListener('pagehide', saveNow);
  return () => {
    clearTimeout(timer);
    removeEventListener('pagehide', saveNow);
    ends.forEach((end) => end());
  };
}
