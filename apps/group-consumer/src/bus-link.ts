import type { Bus } from '@app/bus';
import type { Metrics } from '@app/kit';

/** Whether the gateways hear what is told to them. */
export class BusLink {
  private isUp = false;
  private made = 0;

  constructor(bus: Bus, metrics: Pick<Metrics, 'busUp'>) {
    bus.listen(
      () => undefined,
      (up) => {
        this.isUp = up;
        if (up) this.made++;
        metrics.busUp.set(up ? 1 : 0);
      },
    );
  }

  get up(): boolean {
    return this.isUp;
  }

  /** How often the link was made; `undefined` while there is none. */
  get number(): number | undefined {
    return this.isUp ? this.made : undefined;
  }
}
