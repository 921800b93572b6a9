import type { Database } from '@app/storage';

/** Keeps every flush of a store waiting, whichever lane it is of, until the answer is called; that resolves when the lanes are free again. */
export function holdFlushes(database: Database): () => Promise<void> {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const held = Array.from({ length: database.laneCount }, (_, lane) => database.transaction(lane, () => gate));
  return async () => {
    open();
    await Promise.all(held);
  };
}
