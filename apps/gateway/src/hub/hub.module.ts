import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Bus } from '@app/bus';
import { Background, type Clock, type Log, Metrics } from '@app/kit';
import { ConversationLog, ConversationStore, Database, EntryStore } from '@app/storage';
import { BUS, CLOCK, LOG } from '../infra/infra.module';
import type { Head } from './envelope';
import { Hub, type SharedStore } from './hub';
import { Turn } from './turn';

/** Milliseconds from one sweep to the next, about. */
const sweepMs = 5_000;

/** Joins the log to the hub: what is committed is published. */
@Module({
  providers: [
    { provide: Turn, useFactory: () => new Turn() },
    {
      provide: Hub,
      inject: [BUS, CLOCK, LOG, Metrics, Background, Database, EntryStore, ConversationStore, Turn],
      useFactory: (
        bus: Bus<Head>,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        background: Background,
        database: Database,
        entries: EntryStore,
        conversations: ConversationStore,
        turn: Turn,
      ) => new Hub({ bus, clock, log, metrics, background, entries, conversations, turn, shared: sharedStore(database, conversations) }),
    },
  ],
  exports: [Hub, Turn],
})
export class HubModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly hub: Hub,
    private readonly conversationLog: ConversationLog,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.hub.start();
    this.conversationLog.onCommitted((committed) => {
      try {
        this.hub.publishEntries(committed);
      } catch (error) {
        // What was committed stays committed: listeners find the hole and read it.
        this.log.error({ err: error }, 'entries could not be published');
      }
    });
  }

  onApplicationShutdown(): void {
    this.hub.close();
  }
}

/** What a sweep needs of a store that other gateways may write to. The embedded store is locked by its one gateway. */
function sharedStore(database: Database, conversations: ConversationStore): SharedStore | undefined {
  if (database.dialect === 'sqlite') return undefined;
  return {
    everyMs: sweepMs,
    storeTime: () => database.storeTime(database),
    changedSince: (since, after, limit) => conversations.changedSince(since, after && { changedAt: after.changed_at, id: after.id }, limit),
    arrivals: (userIds, since) => conversations.recentC2cs(userIds, since),
  };
}
