import { type UseQueryResult, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import type { RouteAnswer } from '@app/sdk';
import type { Chat } from '../chat';
import { useChat } from '../chat-context';
import { favoritesChanged, favoritesKey } from './changed';

export type Favorite = RouteAnswer<'favorites'>['favorites'][number];
export type FavoriteType = Favorite['type'];

/** Which of the favorites are shown: those that hold a keyword, or those of a type and with a tag. */
export interface Wanted {
  readonly keyword: string;
  readonly type: FavoriteType | undefined;
  readonly tag: string | undefined;
}

const oneKey = (id: string) => ['favorite', id] as const;

/** So many are asked for at once where somebody looks at them, and where one of them is looked for. */
const shownAtOnce = 40;
const searchedAtOnce = 200;

/** The favorites that are wanted, newest first, by pages. */
export function useFavorites({ keyword, type, tag }: Wanted) {
  const chat = useChat();
  const queries = useQueryClient();
  return useInfiniteQuery({
    queryKey: [...favoritesKey, 'list', keyword, type, tag],
    queryFn: async ({ pageParam }) => {
      const place = { limit: shownAtOnce, ...(pageParam === null ? {} : { cursor: pageParam }) };
      const page = await (keyword === ''
        ? chat.client.request('favorites', {
            query: { ...place, ...(type === undefined ? {} : { type }), ...(tag === undefined ? {} : { tags: [tag] }) },
          })
        : chat.client.request('searchFavorites', { query: { ...place, keyword } }));
      for (const favorite of page.favorites) queries.setQueryData(oneKey(favorite.id), favorite);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
}

/** How many favorites there are, by type and by tag. */
export function useFavoriteStats(): UseQueryResult<RouteAnswer<'favoriteStats'>> {
  const chat = useChat();
  return useQuery({ queryKey: [...favoritesKey, 'stats'], queryFn: () => chat.client.request('favoriteStats') });
}

/** One of the favorites; null when there is no such one. There is no route for one: what no list has shown is looked for. */
export function useFavorite(id: string): UseQueryResult<Favorite | null> {
  const chat = useChat();
  return useQuery({ queryKey: oneKey(id), queryFn: () => find(chat, id), staleTime: Infinity });
}

async function find(chat: Chat, id: string): Promise<Favorite | null> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await chat.client.request('favorites', { query: { limit: searchedAtOnce, ...(cursor === undefined ? {} : { cursor }) } });
    const found = page.favorites.find((favorite) => favorite.id === id);
    if (found) return found;
    cursor = page.next;
  }
  return null;
}

/** What the user does with favorites; what is shown is right again when it resolves. Throws a `ParleyError`. */
export function useKeeping() {
  const chat = useChat();
  const queries = useQueryClient();
  return {
    /** Keeps a note that is no message. */
    note: async (text: string): Promise<Favorite> => {
      const favorite = await chat.client.request('addFavoriteCustom', { body: { payload: { text } } });
      queries.setQueryData(oneKey(favorite.id), favorite);
      await favoritesChanged(queries);
      return favorite;
    },
    label: async (id: string, labels: { readonly tags?: string[]; readonly note?: string | null }): Promise<void> => {
      const favorite = await chat.client.request('updateFavorite', { params: { id }, body: labels });
      queries.setQueryData(oneKey(id), favorite);
      await favoritesChanged(queries);
    },
    remove: async (id: string): Promise<void> => {
      await chat.client.request('removeFavorite', { params: { id } });
      queries.setQueryData(oneKey(id), null);
      await favoritesChanged(queries);
    },
  };
}
