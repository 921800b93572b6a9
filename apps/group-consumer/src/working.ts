import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Bus } from '@app/bus';
import type { FanoutQueue, FanoutWorker } from '@app/fanout';
import type { Log } from '@app/kit';
import type { Roll } from '@app/presence';
import type { ConversationRef, Database } from '@app/storage';

/** What works, and what it works with. */
export interface WorkingParts {
  readonly queue: FanoutQueue;
  readonly worker: FanoutWorker<ConversationRef>;
  readonly bus: Pick<Bus, 'close'>;
  readonly roll: Roll;
  readonly database: Database;
  readonly log: Log;
}

/** What does not close in time is cut, in milliseconds: a stop takes less than five seconds in all. */
const closePatienceMs = 1_000;

/** Lets the worker take jobs from the beginning to the end of the process, and closes the outside things after that. */
export class Working implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly parts: WorkingParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { queue, worker } = this.parts;
    await queue.consume((job, beat) => worker.run(job, beat));
  }

  async onApplicationShutdown(): Promise<void> {
    const { queue, bus, roll, database, log } = this.parts;
    log.info('stopping');
    await queue.close();
    let late: NodeJS.Timeout | undefined;
    const over = new Promise<true>((resolve) => (late = setTimeout(() => resolve(true), closePatienceMs)));
    const closed = Promise.all([bus.close(), roll.close()]).then(() => database.close());
    if (await Promise.race([closed.then(() => undefined), over])) await database.cut();
    clearTimeout(late);
  }
}
