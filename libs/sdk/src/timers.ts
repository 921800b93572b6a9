/** Ends what was to happen later. */
export type Cancel = () => void;

/** The time of a client. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something in `ms`, unless it is cancelled. */
  after(ms: number, run: () => void): Cancel;
}

/** The time of the machine. It goes on while the machine sleeps, so that a sleep is seen as a jump. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
