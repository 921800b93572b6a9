import { Controller, Get, Header, Res } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Metrics } from '@app/kit';

/** Health and metrics of the group consumer. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly metrics: Metrics,
  ) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  alive(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('metrics')
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
