import type { Bus } from '@app/bus';

/**
 * Counts who needs a topic and keeps the bus subscribed as long as anybody does. Steps of one topic run one after another, so a quick
 * leave and join cannot end unsubscribed.
 */
export class Topics<H> {
  private readonly holds = new Map<string, { count: number; steps: Promise<void> }>();

  constructor(private readonly bus: Bus<H>) {}

  /** Resolves when the topic is live. Each call is paired with one `release`, also when it throws. */
  hold(topic: string): Promise<void> {
    const held = this.holds.get(topic);
    if (held && held.count > 0) {
      held.count++;
      return held.steps;
    }
    const steps = (held?.steps ?? Promise.resolve()).then(() => this.bus.subscribe(topic));
    this.holds.set(topic, { count: 1, steps });
    return steps;
  }

  release(topic: string): void {
    const held = this.holds.get(topic);
    if (!held || --held.count > 0) return;
    held.steps = held.steps
      .catch(() => undefined)
      .then(async () => {
        if (held.count > 0 || this.holds.get(topic) !== held) return;
        await this.bus.unsubscribe(topic);
        if (this.holds.get(topic) === held) this.holds.delete(topic);
      })
      // A topic that could not be given up brings messages that nobody listens to; the next hold subscribes it again.
      .catch(() => void this.holds.delete(topic));
  }
}
