import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { OutboxItem } from './item';

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxItem; indexes: { userId: string } };
}

/** Where messages that wait are kept. None of it fails: what cannot be kept is not. */
export interface Shelf {
  /** Those of a user, oldest first. */
  ofUser(userId: string): Promise<readonly OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  remove(clientMsgId: string): Promise<void>;
}

/** The database of the browser. One that keeps nothing (a private window, blocked cookies, a full disk) is asked each time and keeps nothing. */
export class BrowserShelf implements Shelf {
  private opened: Promise<IDBPDatabase<Schema>> | undefined;

  async ofUser(userId: string): Promise<readonly OutboxItem[]> {
    const kept = await this.attempt((database) => database.getAllFromIndex('outbox', 'userId', userId));
    return (kept ?? []).sort((a, b) => a.createdAt - b.createdAt);
  }

  async put(item: OutboxItem): Promise<void> {
    await this.attempt((database) => database.put('outbox', item));
  }

  async remove(clientMsgId: string): Promise<void> {
    await this.attempt((database) => database.delete('outbox', clientMsgId));
  }

  private async attempt<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T | undefined> {
    try {
      return await work(await (this.opened ??= open()));
    } catch {
      // It may have been closed: all that a site keeps can be thrown away while its page is open.
      this.opened = undefined;
      return undefined;
    }
  }
}

/** Not to be called by itself: where nothing may be kept, it throws at once. */
async function open(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>('parley', 1, {
    upgrade: (created) => created.createObjectStore('outbox', { keyPath: 'clientMsgId' }).createIndex('userId', 'userId'),
  });
}
