import type { Cancel, Timers } from './timers';

/** A time that goes on when a test says so. */
export class ManualTimers implements Timers {
  private time = 1_000_000;
  private readonly tasks = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): Cancel {
    const task = { at: this.time + Math.max(0, ms), run };
    this.tasks.add(task);
    return () => void this.tasks.delete(task);
  }

  /** How many are waiting for their time. */
  get waiting(): number {
    return this.tasks.size;
  }

  /** Lets time pass; what is due in it happens at its time, and promises go on in between. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    await settle();
    for (let next = this.nextUntil(until); next; next = this.nextUntil(until)) {
      this.tasks.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = until;
  }

  /** The machine sleeps: time goes on, and nothing happens. */
  sleep(ms: number): void {
    this.time += ms;
  }

  private nextUntil(until: number) {
    return [...this.tasks].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets promises that are ready go on, and those that wait for them. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
