import type { Log } from './log';

/** Counts what nobody waits for and yet failed. */
export interface FailureCounter {
  inc(labels: { name: string }): void;
}

/** The place for promises that nobody awaits: a failure is logged and counted instead of ending the process. */
export class Background {
  constructor(
    private readonly log: Log,
    private readonly failures: FailureCounter,
  ) {}

  /** Lets `promise` run on its own. `name` comes from the code, never from a client. */
  run(name: string, promise: Promise<unknown>): void {
    promise.catch((error: unknown) => {
      this.failures.inc({ name });
      this.log.error({ err: error, task: name }, 'a background task failed');
    });
  }
}
