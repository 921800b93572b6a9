import { type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Background, Log } from '@app/kit';
import type { Database } from '@app/storage';

/** Milliseconds from one look to the next, about. */
const everyMs = 5_000;

/**
 * Notices that the epoch of a running gateway's store was renewed, after a restore or a promotion. From then on nothing that this process
 * remembers of the store is to be trusted: rows may have other ids, rights and sessions may be as they were a while ago.
 */
export class EpochWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  /** `onRenewed` is called once. */
  constructor(
    private readonly database: Database,
    private readonly background: Background,
    private readonly log: Log,
    private readonly onRenewed: () => void,
  ) {}

  onApplicationBootstrap(): void {
    // The embedded store is locked by this process: nobody else can renew its epoch.
    if (this.database.dialect !== 'sqlite') this.schedule();
  }

  onApplicationShutdown(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.ended) return;
    const waitMs = everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.background.run('epoch', this.look()), waitMs).unref();
  }

  private async look(): Promise<void> {
    try {
      if ((await this.database.readEpoch()) === this.database.epoch || this.ended) return;
      this.ended = true;
      this.log.error('the epoch of the store was renewed: what this gateway remembers of it is void');
      this.onRenewed();
    } catch (error) {
      // The store is away; it is asked again.
      this.log.debug({ err: error }, 'the epoch of the store cannot be read');
    } finally {
      this.schedule();
    }
  }
}
