import { setTimeout as sleep } from 'node:timers/promises';
import { ImError } from '@app/protocol';
import { type Beat, GivenUp, type Work } from './fanout-queue';
import type { FanoutJob } from './job';

/** How a try ended. */
export type JobResult = 'done' | 'failed' | 'waiting' | 'dead';

/** How a job is worked on. */
export interface AttemptParts {
  readonly work: Work;
  readonly beat: Beat;
  /** Told of each try. `failed` and `waiting`: it is tried again. */
  readonly ended: (result: JobResult, error?: unknown) => void;
  /** Lays a job aside that cannot be done. Where it throws, it is called again. */
  readonly layAside: (job: FanoutJob, reason: string) => Promise<void>;
  /** Rest after the first try that failed, in milliseconds; twice as long after each further one, up to two seconds. Default 100. */
  readonly restMs?: number;
}

const maxTries = 5;
const longestRestMs = 2_000;
/** So that a queue that stops need not wait for the end of a rest. */
const sliceMs = 100;

/** Works on a job until it is done or laid aside. Throws only `GivenUp`. */
export async function attempt(job: FanoutJob, { work, beat, ended, layAside, restMs = 100 }: AttemptParts): Promise<void> {
  let failures = 0;
  let reason = '';
  for (let ms = restMs; ; ms = Math.min(ms * 2, longestRestMs)) {
    try {
      if (failures < maxTries) {
        await work(job, beat);
        return ended('done');
      }
      await layAside(job, reason);
      return ended('dead');
    } catch (error) {
      if (error instanceof GivenUp) throw error;
      const waits = failures >= maxTries || isUnavailable(error);
      if (!waits) {
        failures++;
        reason = error instanceof Error ? error.message : String(error);
      }
      ended(waits ? 'waiting' : 'failed', error);
    }
    await rest(ms, beat);
  }
}

/** Waits, and lets the queue take the job back meanwhile. */
export async function rest(ms: number, beat: Beat): Promise<void> {
  for (const until = performance.now() + ms; ;) {
    await beat();
    const left = until - performance.now();
    if (left <= 0) return;
    await sleep(Math.min(left, sliceMs));
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof ImError && error.code === 'UNAVAILABLE';
