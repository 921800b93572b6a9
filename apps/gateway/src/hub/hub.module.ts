import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Bus } from '@app/bus';
import { Background, type Clock, type Log, Metrics } from '@app/kit';
import { ConversationLog, ConversationStore, EntryStore } from '@app/storage';
import { BUS, CLOCK, LOG } from '../infra/infra.module';
import type { Head } from './envelope';
import { Hub } from './hub';
import { Turn } from './turn';

/** Joins the log to the hub: what is committed is published. */
@Module({
  providers: [
    { provide: Turn, useFactory: () => new Turn() },
    {
      provide: Hub,
      inject: [BUS, CLOCK, LOG, Metrics, Background, EntryStore, ConversationStore, Turn],
      useFactory: (
        bus: Bus<Head>,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        background: Background,
        entries: EntryStore,
        conversations: ConversationStore,
        turn: Turn,
      ) => new Hub({ bus, clock, log, metrics, background, entries, conversations, turn }),
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

  onModuleInit(): void {
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
