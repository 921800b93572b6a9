/** Ends what `on` began; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Listeners by the name of what they listen to. One that throws disturbs neither the others nor who tells. */
export class Emitter<Events> {
  private readonly listeners = new Map<keyof Events, Set<(data: never) => void>>();

  /** `report` hears what listeners throw. */
  constructor(private readonly report: (error: unknown) => void) {}

  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): Unsubscribe {
    const own = (data: Events[E]) => listener(data);
    const known = this.listeners.get(event);
    if (known) known.add(own);
    else this.listeners.set(event, new Set([own]));
    return () => void this.listeners.get(event)?.delete(own);
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const listener of this.listeners.get(event) ?? []) {
      try {
        (listener as (data: Events[E]) => void)(data);
      } catch (error) {
        this.report(error);
      }
    }
  }

  /** Whether anybody listens to that, or to anything. */
  heard(event?: keyof Events): boolean {
    if (event !== undefined) return (this.listeners.get(event)?.size ?? 0) > 0;
    return [...this.listeners.values()].some(({ size }) => size > 0);
  }

  clear(): void {
    this.listeners.clear();
  }
}
