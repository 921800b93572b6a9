import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, Metrics } from '@app/kit';
import {
  AudienceStore,
  ConversationListStore,
  ConversationLog,
  ConversationStore,
  Database,
  type DatabaseParts,
  EntryStore,
  GroupStore,
  MemberStore,
  OutboxStore,
  PositionStore,
  PresenceStore,
  SessionStore,
  SettingsStore,
  UserStore,
} from '@app/storage';
import { dropStore, storeUrlOf } from './store-kind';

/** How a store for a test differs from the usual one. */
export interface TempStoreOptions {
  /** What time it is for the store, a server with a clock of its own included. */
  readonly clock?: Clock;
  /** Default 10,000. */
  readonly queueLimit?: number;
}

/** An open store: its database, its log and every store of rows. */
export interface TempStore<D extends Database = Database> {
  readonly dataDir: string;
  readonly database: D;
  readonly metrics: Metrics;
  readonly log: ConversationLog;
  readonly audiences: AudienceStore;
  readonly conversations: ConversationStore;
  readonly entries: EntryStore;
  readonly groups: GroupStore;
  readonly lists: ConversationListStore;
  readonly members: MemberStore;
  readonly outbox: OutboxStore;
  readonly positions: PositionStore;
  readonly presence: PresenceStore;
  readonly sessions: SessionStore;
  readonly settings: SettingsStore;
  readonly users: UserStore;
  /** Stores what the log has queued and closes; a temporary store is removed. */
  close(): Promise<void>;
}

type Kind<D extends Database> = (new (parts: DatabaseParts) => D) & Pick<typeof Database, 'open'>;

/** Opens an empty store of the running project's kind (see `storeKind`). `kind` is the class of its database. */
export async function openTempStore<D extends Database = Database>(kind?: Kind<D>, options?: TempStoreOptions): Promise<TempStore<D>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-store-'));
  const removeFolder = (): void => rmSync(dataDir, { recursive: true });
  try {
    const store = await openStoreIn(dataDir, kind, options);
    const close = async (): Promise<void> => {
      try {
        await store.close();
        await dropStore(await storeUrlOf(dataDir));
      } finally {
        removeFolder();
      }
    };
    return { ...store, close };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Opens the store that belongs to a folder, on whatever server it is; it stays when it is closed. */
export async function openStoreIn<D extends Database = Database>(
  dataDir: string,
  kind?: Kind<D>,
  { clock, queueLimit = 10_000 }: TempStoreOptions = {},
): Promise<TempStore<D>> {
  const opens = (kind ?? Database) as Kind<Database>;
  const database = (await opens.open({ url: await storeUrlOf(dataDir), dataDir, ...(clock ? { clock, storeClock: clock } : {}) })) as D;
  const metrics = new Metrics({ defaults: false });
  const log = new ConversationLog(database, { queueLimit, metrics });
  return {
    dataDir,
    database,
    metrics,
    log,
    audiences: new AudienceStore(database),
    conversations: new ConversationStore(database),
    entries: new EntryStore(database),
    groups: new GroupStore(database),
    lists: new ConversationListStore(database),
    members: new MemberStore(database),
    outbox: new OutboxStore(database),
    positions: new PositionStore(database),
    presence: new PresenceStore(database),
    sessions: new SessionStore(database),
    settings: new SettingsStore(database),
    users: new UserStore(database),
    close: async () => {
      await log.close();
      await database.close();
    },
  };
}
