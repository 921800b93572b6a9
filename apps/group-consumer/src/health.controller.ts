import { Controller, Get, Header, Res } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { KafkaQueue } from '@app/fanout';
import { Metrics, within } from '@app/kit';
import { Database } from '@app/storage';
import { BusLink } from './bus-link';

/** Who asks for readiness does not wait long. */
const answerMs = 1_500;

/** Health and metrics of the group consumer. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly metrics: Metrics,
    private readonly database: Database,
    private readonly queue: KafkaQueue,
    private readonly link: BusLink,
  ) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  alive(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Ready to take jobs: it has its place among the consumers, and store and bus serve. */
  @Get('readyz')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.checkStore(),
      () => this.check('queue', this.queue.joined, 'Kafka cannot be reached, or has given this consumer no partitions yet'),
      () => this.check('bus', this.link.up, 'Redis does not pass on what is told to the gateways'),
    ]);
  }

  @Get('metrics')
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }

  private async checkStore() {
    const check = this.indicator.check('store');
    try {
      await within(answerMs, this.database.ping());
      return check.up();
    } catch {
      return check.down('the store does not answer');
    }
  }

  private check(name: string, up: boolean, why: string) {
    const check = this.indicator.check(name);
    return up ? check.up() : check.down(why);
  }
}
