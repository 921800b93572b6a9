import type { Bus } from '@app/bus';
import type { Metrics } from '@app/kit';

/** Whether the gateways hear what is told to them. */
export class BusLink {
  private isUp = false;
  private made = 0;
  private whenMade: () => void = () => undefined;

  constructor(bus: Bus, metrics: Pick<Metrics, 'busUp'>) {
    bus.listen(
      () => undefined,
      (up) => {
        this.isUp = up;
        if (up) this.made++;
        metrics.busUp.set(up ? 1 : 0);
        if (up) this.whenMade();
      },
    );
  }

  get up(): boolean {
    return this.isUp;
  }

  /** Sets who is told of every link that is made, of the present one at once. */
  onMade(listener: () => void): void {
    this.whenMade = listener;
    if (this.isUp) listener();
  }

  /** How often the link was made; `undefined` while there is none. */
  get number(): number | undefined {
    return this.isUp ? this.made : undefined;
  }
}
