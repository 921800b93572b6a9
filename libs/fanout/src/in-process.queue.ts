import { ImError } from '@app/protocol';
import { type JobResult, attempt } from './attempts';
import { type Beat, type FanoutQueue, GivenUp, type Work } from './fanout-queue';
import { type FanoutJob, coalesce } from './job';

/** Who is told of what becomes of jobs. */
export interface InProcessQueueOptions {
  readonly ended: (result: JobResult, error?: unknown) => void;
  /** Told of a job that could not be done and will not be tried again. */
  readonly laidAside: (job: FanoutJob, reason: string) => void;
  /** Rest after the first try that failed, in milliseconds: see `attempt`. */
  readonly restMs?: number;
}

/** Those who wait for a job of a group that is not in work yet. */
interface Waiting {
  job: FanoutJob;
  readonly done: (() => void)[];
  readonly failed: ((error: unknown) => void)[];
}

/** The queue of a gateway that fans out by itself. What was produced is kept by whoever produced it until the work on it is done. */
export class InProcessQueue implements FanoutQueue {
  private readonly waiting = new Map<string, Waiting>();
  private work: Work | undefined;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: InProcessQueueOptions) {}

  async produce(jobs: readonly FanoutJob[]): Promise<void> {
    if (this.closed) throw new ImError('UNAVAILABLE');
    const done = jobs.map((job) => this.add(job));
    this.go();
    await Promise.all(done);
  }

  consume(work: Work): Promise<void> {
    this.work = work;
    this.go();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    for (const { failed } of this.waiting.values()) for (const tell of failed) tell(new ImError('UNAVAILABLE'));
    this.waiting.clear();
  }

  private add(job: FanoutJob): Promise<void> {
    const { convId } = job;
    const waiting: Waiting = this.waiting.get(convId) ?? { job, done: [], failed: [] };
    [waiting.job = job] = coalesce([waiting.job, job]);
    this.waiting.set(convId, waiting);
    return new Promise((resolve, reject) => {
      waiting.done.push(resolve);
      waiting.failed.push(reject);
    });
  }

  private go(): void {
    const { work } = this;
    if (!work || this.running) return;
    this.running = this.runAll(work).finally(() => {
      this.running = undefined;
      // What came while the last job ended.
      if (this.waiting.size > 0 && !this.closed) this.go();
    });
  }

  private async runAll(work: Work): Promise<void> {
    const { ended, restMs } = this.options;
    const beat: Beat = () => (this.closed ? Promise.reject(new GivenUp()) : Promise.resolve());
    const layAside = (job: FanoutJob, reason: string): Promise<void> => Promise.resolve(this.options.laidAside(job, reason));
    for (let next = this.take(); next && !this.closed; next = this.take()) {
      try {
        await attempt(next.job, { work, beat, ended, layAside, ...(restMs === undefined ? {} : { restMs }) });
        for (const tell of next.done) tell();
      } catch {
        for (const tell of next.failed) tell(new ImError('UNAVAILABLE'));
      }
    }
  }

  private take(): Waiting | undefined {
    for (const [convId, first] of this.waiting) {
      this.waiting.delete(convId);
      return first;
    }
    return undefined;
  }
}
