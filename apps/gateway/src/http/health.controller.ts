import { Controller, Get, Header } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { within } from '@app/kit';
import { Database } from '@app/storage';
import { Agreement, type Mismatch } from '../agreement/agreement';
import { Hub } from '../hub/hub';
import { Admission } from '../socket/admission';

/** Who asks for readiness does not wait long: a store that hangs is one that cannot serve. */
const storeAnswerMs = 1_500;

/** What is told of a gateway that may be given work, beside Terminus's words: nothing of it keeps work away. */
interface Remarks {
  readonly degraded?: readonly string[];
  readonly settings: { readonly status: 'equal' } | ({ readonly status: 'mismatch' } & Mismatch);
}

/** Whether the process lives, and whether it may be given work. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly database: Database,
    private readonly admission: Admission,
    private readonly hub: Hub,
    private readonly agreement: Agreement,
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
  async ready(): Promise<HealthCheckResult & Remarks> {
    const result = await this.health.check([() => this.checkStore(), () => this.checkDrain(), () => this.checkBus()]);
    const degraded = this.hub.busUp ? {} : { degraded: ['bus'] };
    const { mismatch } = this.agreement;
    return { ...result, ...degraded, settings: mismatch ? { status: 'mismatch', ...mismatch } : { status: 'equal' } };
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
