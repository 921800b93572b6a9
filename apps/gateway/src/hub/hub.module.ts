import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Bus } from '@app/bus';
import { Background, type Clock, type Log, Metrics } from '@app/kit';
import { ConversationLog, ConversationStore, Database, EntryStore } from '@app/storage';
import { BUS, CLOCK, GATEWAY_ID, LOG } from '../infra/infra.module';
import type { Head } from './envelope';
import { Hub } from './hub';
import { type SharedStore, sharedStore } from './shared-store';
import { Turn } from './turn';

/** Milliseconds from one sweep to the next, about. */
const sweepMs = 5_000;

/** Joins the log to the hub: what is committed is published. */
@Module({
  providers: [
    { provide: Turn, useFactory: () => new Turn() },
    {
      provide: Hub,
      inject: [BUS, CLOCK, LOG, Metrics, Background, Database, EntryStore, ConversationStore, Turn, GATEWAY_ID],
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
        gatewayId: string,
      ) =>
        new Hub({
          bus,
          gatewayId,
          clock,
          log,
          metrics,
          background,
          entries,
          conversations,
          turn,
          shared: sharedBy(database, conversations),
        }),
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

/** The embedded store is locked by its one gateway; any other may be written to by several. */
function sharedBy(database: Database, conversations: ConversationStore): SharedStore | undefined {
  return database.dialect === 'sqlite' ? undefined : sharedStore(database, conversations, sweepMs);
}
