import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '@app/config';
import { type FanoutQueue, FanoutWorker, InProcessQueue, KafkaQueue, Relay } from '@app/fanout';
import { Background, type Log, Metrics, newId, redisNames } from '@app/kit';
import type { Roll } from '@app/presence';
import { AudienceStore, ConversationLog, type ConversationRef, Database, LeaseStore, OutboxStore } from '@app/storage';
import { Hub } from '../hub/hub';
import { HubModule } from '../hub/hub.module';
import { CONFIG } from '../infra/config';
import { LOG, ROLL } from '../infra/infra.module';
import { spare } from './spare';
import { turnsOf } from './turns';

const QUEUE = Symbol('fan-out queue');

/**
 * Hands what was said in groups to the fan-out, when it is this gateway's turn. With Kafka, group consumers do the rest; without, this
 * gateway does it beside everything else, which goes first.
 */
@Module({
  imports: [HubModule],
  providers: [
    {
      provide: QUEUE,
      inject: [CONFIG, Database, LOG, Metrics],
      useFactory: openQueue,
    },
    {
      provide: Relay,
      inject: [QUEUE, OutboxStore, LeaseStore, Database, Background, LOG, Metrics, CONFIG, Hub],
      useFactory: (
        queue: FanoutQueue,
        outbox: OutboxStore,
        leases: LeaseStore,
        database: Database,
        background: Background,
        log: Log,
        metrics: Metrics,
        { groupNudgeMs: nudgeMs, kafkaBrokers }: Config,
        hub: Hub,
      ) => {
        const pending = (count: number, oldestMs: number) => {
          metrics.outboxPending.set(count);
          metrics.outboxOldest.set(oldestMs / 1000);
        };
        // What it fans out by itself waits for the link to the other gateways, and would wait here although another one has it.
        const able = () => kafkaBrokers.length > 0 || hub.busUp;
        return new Relay({ queue, outbox, turns: turnsOf(database, leases, newId(), able), background, log, nudgeMs, pending });
      },
    },
    {
      provide: FanoutWorker,
      inject: [AudienceStore, ROLL, Hub, ConversationLog, Metrics, CONFIG],
      useFactory: (audience: AudienceStore, online: Roll, hub: Hub, log: ConversationLog, metrics: Metrics, config: Config) =>
        new FanoutWorker<ConversationRef>({
          audience,
          online,
          tell: (...nudge) => hub.nudge(...nudge),
          link: () => hub.link,
          metrics,
          batchSize: config.groupBatchSize,
          sleepMs: config.groupBatchSleepMS,
          gapMs: config.groupNudgeMs,
          yields: spare(log),
        }),
    },
  ],
})
export class FanoutModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(QUEUE) private readonly queue: FanoutQueue,
    private readonly relay: Relay<never>,
    private readonly worker: FanoutWorker<ConversationRef>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // Nobody waits for Kafka.
    if (this.queue instanceof KafkaQueue) void this.queue.prepare();
    else await this.queue.consume((job, beat) => this.worker.run(job, beat));
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.relay.close(), this.queue.close()]);
  }
}

function openQueue(config: Config, database: Database, log: Log, metrics: Metrics): FanoutQueue {
  const installation = redisNames(config.redisPrefix, database.id).bus;
  if (config.kafkaBrokers.length > 0) return new KafkaQueue({ config, installation, log, metrics });
  return new InProcessQueue({
    ended: (result, error) => {
      metrics.fanoutJobs.inc({ result });
      if (result === 'failed') log.warn({ err: error }, 'a group could not be told what was said in it; it is tried again');
    },
    laidAside: ({ convId, seq }, reason) => log.error({ convId, seq, reason }, 'a group is not told what was said in it'),
  });
}
