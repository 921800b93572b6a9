const patienceMs = 20_000;

/** Everything that something tells its listeners, from now on, and a way to wait for it. */
export class Told<T> {
  /** What was told so far, in order. */
  readonly all: T[] = [];
  private readonly watchers = new Set<() => void>();

  /** `listen` is given the listener: `new Told((hear) => source.on('event', hear))`. */
  constructor(listen: (hear: (data: T) => void) => unknown) {
    listen((data) => {
      this.all.push(data);
      for (const watch of [...this.watchers]) watch();
    });
  }

  get last(): T | undefined {
    return this.all.at(-1);
  }

  /** Waits until `done` holds; it is asked whenever something is told. Throws, with `what`, when that takes too long. */
  async until(done: (all: readonly T[]) => boolean, what = 'what was to be told', ms = patienceMs): Promise<void> {
    if (done(this.all)) return;
    await new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (!done(this.all)) return;
        clearTimeout(timer);
        this.watchers.delete(watch);
        resolve();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(watch);
        reject(new Error(`waited in vain for ${what}; ${this.all.length} told, the last was ${JSON.stringify(this.last)?.slice(0, 300)}`));
      }, ms);
      this.watchers.add(watch);
    });
  }

  /** The first that fits, told already or later. */
  async first(fits: (data: T) => boolean = () => true, what?: string): Promise<T> {
    await this.until((all) => all.some(fits), what);
    return this.all.find(fits) as T;
  }
}
