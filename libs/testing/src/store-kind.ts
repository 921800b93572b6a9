import { dropDatabase, freshDatabase } from './services/shared-services';

/** The stores that the same tests run on. */
export type StoreKind = 'sqlite' | 'mysql' | 'tidb';

declare global {
  /** The store of the running Jest project, set by its `globals`; SQLite where nothing is set. */
  var parleyStore: StoreKind | undefined;
}

/** The store that the running tests are for. */
export const storeKind = (): StoreKind => globalThis.parleyStore ?? 'sqlite';

/** What asks the running project's kind of store for the plan of a statement, as rows. MySQL 9 would answer with a tree; MariaDB passes over the comment. */
export const explain = (): string => (storeKind() === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN /*!80000 FORMAT=TRADITIONAL */');

/** The test functions for a test that only some stores can pass; the others show it as skipped. Say why beside it. */
export const itOn = (...kinds: readonly StoreKind[]): jest.It => (kinds.includes(storeKind()) ? it : it.skip);

/** The `databaseUrl` of the store that belongs to a data folder: the same folder always leads to the same store. */
export async function storeUrlOf(dataDir: string): Promise<string> {
  const kind = storeKind();
  return kind === 'sqlite' ? '' : freshDatabase(kind, dataDir);
}

/** Drops what `storeUrlOf` made. An embedded store goes with its folder. */
export async function dropStore(url: string): Promise<void> {
  if (url !== '') await dropDatabase(url);
}
