import type { Bus } from '@app/bus';

/** Whether the gateways hear what is told to them. */
export class BusLink {
  private isUp = false;

  constructor(bus: Bus) {
    bus.listen(
      () => undefined,
      (up) => (this.isUp = up),
    );
  }

  get up(): boolean {
    return this.isUp;
  }
}
