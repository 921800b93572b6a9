import type { QueryClient } from '@tanstack/react-query';

/** The queries keep lists of favorites, and how many there are, under keys that begin so. */
export const favoritesKey = ['favorites'] as const;

/** Asks anew for what is shown of favorites. */
export const favoritesChanged = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey: favoritesKey });
