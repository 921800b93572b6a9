import type { FanoutJob } from './job';

/** The queue wants a job back: it stops, or another consumer has taken over. What was done of it may be done again. */
export class GivenUp extends Error {
  constructor() {
    super('the job was given up');
  }
}

/** To be awaited between two steps of a job. Throws `GivenUp`, which the work lets pass. */
export type Beat = () => Promise<void>;

/**
 * What is done with a job. It may be done more than once. Where it throws `UNAVAILABLE`, it is tried again until it can be done; after
 * five tries that failed otherwise it is laid aside.
 */
export type Work = (job: FanoutJob, beat: Beat) => Promise<void>;

/**
 * Brings jobs from those who make them to those who work on them, each at least once. Jobs of one group come in order, and those that
 * wait together come as one.
 */
export interface FanoutQueue {
  /** Resolves when the end of this process cannot lose the jobs any more. Throws `UNAVAILABLE`, in bounded time, when nobody takes them. */
  produce(jobs: readonly FanoutJob[]): Promise<void>;

  /** Begins to work on jobs, those of other processes too where the queue is shared. To be called once. */
  consume(work: Work): Promise<void>;

  /** Gives up what is in work and ends within five seconds; what was not done is done by others, or after the next start. */
  close(): Promise<void>;
}
