import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Metrics } from '@app/kit';
import { HealthController } from './health.controller';

/** The rooms of the group consumer. */
@Module({})
export class ConsumerModule {
  static with(metrics: Metrics): DynamicModule {
    return {
      module: ConsumerModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [{ provide: Metrics, useValue: metrics }],
    };
  }
}
