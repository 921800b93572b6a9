import { Controller, Get, Header } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Database } from '@app/storage';
import { Admission } from '../socket/admission';

/** Whether the process lives, and whether it may be given work. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly database: Database,
    private readonly admission: Admission,
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
    return this.health.check([() => this.checkStore(), () => this.checkDrain()]);
  }

  private async checkStore() {
    const check = this.indicator.check('store');
    try {
      await this.database.ping();
      return check.up();
    } catch {
      return check.down('the store does not answer');
    }
  }

  private checkDrain() {
    const check = this.indicator.check('drain');
    return this.admission.draining ? check.down('this server is stopping') : check.up();
  }
}
