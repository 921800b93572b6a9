import { Controller, Get, Header } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { within } from '@app/kit';
import { Database } from '@app/storage';
import { Hub } from '../hub/hub';
import { Admission } from '../socket/admission';

/** Who asks for readiness does not wait long: a store that hangs is one that cannot serve. */
const storeAnswerMs = 1_500;

/** Whether the process lives, and whether it may be given work. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly database: Database,
    private readonly admission: Admission,
    private readonly hub: Hub,
  ) {}

  /** Also while it stops, when Terminus would answer 503: it serves what still comes, and a request for this may be among it. */
  @Get('healthz')
  @Header('cache-control', 'no-store')
  alive(): HealthCheckResult {
    return { status: 'ok', info: {}, error: {}, details: {} };
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  async ready(): Promise<HealthCheckResult & { degraded?: readonly string[] }> {
    const result = await this.health.check([() => this.checkStore(), () => this.checkDrain(), () => this.checkBus()]);
    return this.hub.busUp ? result : { ...result, degraded: ['bus'] };
  }

  private async checkStore() {
    const check = this.indicator.check('store');
    try {
      await within(storeAnswerMs, this.database.ping());
      return check.up();
    } catch {
      return check.down('the store does not answer');
    }
  }

  /** Without the bus this gateway still serves its own connections, and hears of the others' messages a few seconds later. */
  private checkBus() {
    return this.indicator.check('bus').up(this.hub.busUp ? {} : { degraded: true });
  }

  private checkDrain() {
    const check = this.indicator.check('drain');
    return this.admission.draining ? check.down('this server is stopping') : check.up();
  }
}
