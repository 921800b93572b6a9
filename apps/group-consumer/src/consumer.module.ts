import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { RedisBus } from '@app/bus';
import type { Config, SettingsHead } from '@app/config';
import { FanoutWorker, KafkaQueue, type NudgeHead, gatewayTopic } from '@app/fanout';
import { type Log, Metrics } from '@app/kit';
import type { Roll } from '@app/presence';
import { AudienceStore, type ConversationRef, Database } from '@app/storage';
import { BusLink } from './bus-link';
import { HealthController } from './health.controller';
import { SettingsTeller } from './settings-teller';
import { Working } from './working';

/** The outside things of a consumer, opened before the application is built. */
export interface Outside {
  readonly database: Database;
  readonly bus: RedisBus<NudgeHead | SettingsHead>;
  readonly roll: Roll;
  readonly queue: KafkaQueue;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The rooms of the group consumer. */
@Module({})
export class ConsumerModule {
  static with(config: Config, { database, bus, roll, queue, log, metrics }: Outside): DynamicModule {
    const link = new BusLink(bus, metrics);
    const worker = new FanoutWorker<ConversationRef>({
      audience: new AudienceStore(database),
      online: roll,
      tell: (gatewayId, head, event) => bus.publish(gatewayTopic(gatewayId), { head, body: Buffer.from(event) }),
      link: () => link.number,
      metrics,
      batchSize: config.groupBatchSize,
      sleepMs: config.groupBatchSleepMS,
      gapMs: config.groupNudgeMs,
    });
    return {
      module: ConsumerModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        { provide: Metrics, useValue: metrics },
        { provide: Database, useValue: database },
        { provide: KafkaQueue, useValue: queue },
        { provide: BusLink, useValue: link },
        { provide: SettingsTeller, useFactory: () => new SettingsTeller(config, bus, link) },
        { provide: Working, useFactory: () => new Working({ queue, worker, bus, roll, database, log }) },
      ],
    };
  }
}
