import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore } from '@app/blobs';
import type { Config } from '@app/config';
import { Background, Metrics, newId } from '@app/kit';
import { Database, FileStore, FileSweepStore, LeaseStore, type Marked, type SweepPlace } from '@app/storage';
import { CONFIG } from '../infra/config';
import { BLOBS } from '../infra/infra.module';
import { keysOf, pendingKey } from './keys';

const sweepMs = 60_000;
/** Files that one batch works on at most. */
const batchSize = 100;
/** An upload that began in time may still be under way for so long, or be checked. */
const graceMs = 5 * 60_000;
/** A PUT to a bucket that began in time may last so long, at most: whatever it brings is there then. */
const longestPutMs = 6 * 3_600_000;
const leaseName = 'files';
/** A gateway that dies leaves the work to another after this. It is taken anew before every batch. */
const leaseMs = 5 * 60_000;
/** A storage that fails for so many batches in a row is asked again by the next sweep. */
const maxFailures = 3;
/** A store that hangs does not hold up the end of a gateway for longer. */
const patienceMs = 300;

/**
 * Deletes files that are to go: uploads that were not finished, and files that nothing uses. One gateway at a time does it, every minute.
 * A file is marked first, then its bytes go, then its row: what a crash leaves over, the next sweep goes on with, and doing it twice is
 * harmless.
 */
@Injectable()
export class FileSweep implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly holder = newId();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Until when the lease is this gateway's, on the clock of `performance.now()`. */
  private holdsUntil = 0;
  private sweeping: Promise<void> = Promise.resolve();
  private ending: Promise<void> = Promise.resolve();

  constructor(
    private readonly sweeps: FileSweepStore,
    private readonly files: FileStore,
    private readonly leases: LeaseStore,
    private readonly database: Database,
    private readonly background: Background,
    private readonly metrics: Metrics,
    @Inject(BLOBS) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  /** Connections are handed over meanwhile: a store that hangs takes no time of its own from the end of a gateway. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.ending = Promise.race([this.giveUp(), sleep(patienceMs, undefined, { ref: false })]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.ending;
  }

  /** Does what there is to do, unless another gateway does. Throws when a store fails; what is left over is for the next sweep. */
  async sweep(): Promise<void> {
    const { uploadLifetimeSeconds, unusedLifetimeSeconds } = this.config.files;
    const finishedMs = uploadLifetimeSeconds * 1000 + graceMs;
    await this.repeat(async () => {
      const marked = await this.sweeps.markUnfinished(finishedMs, batchSize);
      this.metrics.filesSwept.inc({ reason: 'unfinished' }, marked);
      return marked;
    });
    await this.repeat(async () => {
      const { looked, unused, ended } = await this.sweeps.markUnused(unusedLifetimeSeconds * 1000, batchSize);
      this.metrics.filesSwept.inc({ reason: 'unused' }, unused);
      this.metrics.filesSwept.inc({ reason: 'ended' }, ended);
      return looked;
    });
    await this.deleteMarked();
    // Twice as long as a report of the storage is taken.
    await this.repeat(() => this.files.forgetCallbacks(2 * finishedMs, batchSize));
    await this.repeat(() => this.deleteLate());
  }

  private schedule(waitMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweepOnTime();
      this.background.run('files', this.sweeping);
    }, waitMs).unref();
  }

  private async sweepOnTime(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      if (!this.stopped) throw error;
    } finally {
      this.schedule(sweepMs);
    }
  }

  /** Runs batches while they are full and the work is this gateway's. */
  private async repeat(batch: () => Promise<number>): Promise<void> {
    while (await this.mayGoOn()) if ((await batch()) < batchSize) return;
  }

  /** Walks through all that is marked: a batch whose bytes cannot be deleted does not keep those behind it. */
  private async deleteMarked(): Promise<void> {
    let place: SweepPlace | undefined;
    let [left, failures] = [0, 0];
    const errors: unknown[] = [];
    await this.repeat(async () => {
      const marked = await this.sweeps.marked(place, batchSize);
      place = marked.at(-1);
      try {
        await this.delete(marked);
        failures = 0;
      } catch (error) {
        errors.push(error);
        left += marked.length;
        if (++failures === maxFailures) return 0;
      }
      return marked.length;
    });
    this.metrics.filesLeft.set(left);
    if (errors.length > 0) throw new Error('the bytes of some files could not be deleted', { cause: errors[0] });
  }

  private async delete(marked: readonly Marked[]): Promise<void> {
    if (marked.length === 0) return;
    await this.blobs.delete(marked.flatMap(({ id, blobName }) => keysOf(id, blobName)));
    await this.files.forget(marked.map(({ id }) => id));
  }

  /** A bucket takes bytes by a URL until it expires, also of a file that is ready, or gone: nobody else would delete them. */
  private async deleteLate(): Promise<number> {
    const ids = await this.sweeps.expiredUrls(longestPutMs, batchSize);
    await this.blobs.delete(ids.map(pendingKey));
    await this.sweeps.forgetUrls(ids);
    return ids.length;
  }

  /** Whether this gateway has the lease. An embedded store is its alone. */
  private async mayGoOn(): Promise<boolean> {
    if (this.stopped) return false;
    if (this.database.dialect === 'sqlite') return true;
    const takenAt = performance.now();
    const taken = await this.leases.take(leaseName, this.holder, leaseMs);
    this.holdsUntil = taken ? takenAt + leaseMs : 0;
    return taken;
  }

  /** Another gateway need not wait until the lease runs out. */
  private async giveUp(): Promise<void> {
    await this.sweeping.catch(() => undefined);
    if (performance.now() < this.holdsUntil) await this.leases.release(leaseName, this.holder).catch(() => undefined);
  }
}
