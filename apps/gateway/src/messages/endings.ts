import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '@app/config';
import { Background, newId } from '@app/kit';
import {
  type BurnCursor,
  ConversationLog,
  type ConversationRef,
  Database,
  type Ending,
  EndingStore,
  EntryStore,
  LeaseStore,
  type ReadRange,
} from '@app/storage';
import { CONFIG } from '../infra/config';

/** Why a message is taken back by itself. */
type Reason = 'expired' | 'burnt';

/** Messages that one batch takes back at most. */
const batchSize = 200;
/** Messages that wait to be read, looked at in one sweep for those that were read when nobody could burn them. */
const burnsLooked = 500;
const leaseName = 'endings';
/** A gateway that dies leaves the work to another after so many sweeps. */
const leaseSweeps = 10;
const minLeaseMs = 5_000;
/** A store that hangs does not hold up the end of a gateway for longer. */
const patienceMs = 300;

/**
 * Takes back messages that end by themselves: those whose time has come, by a sweep that one gateway at a time does, and those of a c2c
 * that the other side has read, at once. What a crash leaves over, the sweep finds. Doing it twice is harmless.
 */
@Injectable()
export class Endings implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly holder = newId();
  private cursor: BurnCursor = { rowId: 0, seq: 0 };
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Until when the lease is this gateway's, on the clock of `performance.now()`. */
  private holdsUntil = 0;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly endings: EndingStore,
    private readonly entries: EntryStore,
    private readonly leases: LeaseStore,
    private readonly database: Database,
    private readonly log: ConversationLog,
    private readonly background: Background,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.race([this.giveUp(), sleep(patienceMs, undefined, { ref: false })]);
  }

  /** Burns what a user has just read of a c2c. */
  async burnRead(ref: ConversationRef, readerId: string, { after, upTo }: ReadRange): Promise<void> {
    for (let last: number | undefined = after; last !== undefined && !this.stopped;) {
      const read: Ending[] = await this.endings.readBy(ref, readerId, { after: last, upTo }, batchSize);
      await this.endAll(read, 'burnt');
      last = read.length < batchSize ? undefined : read.at(-1)?.seq;
    }
  }

  /** Another gateway need not wait until the lease runs out. */
  private async giveUp(): Promise<void> {
    await this.sweeping.catch(() => undefined);
    if (performance.now() < this.holdsUntil) await this.leases.release(leaseName, this.holder).catch(() => undefined);
  }

  private schedule(waitMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep();
      this.background.run('endings', this.sweeping);
    }, waitMs).unref();
  }

  private async sweep(): Promise<void> {
    let waitMs = this.config.endingSweepMs;
    try {
      const due = await this.endings.due(batchSize);
      const { endings, cursor } = await this.endings.readButNotBurnt(this.cursor, burnsLooked);
      if (due.length + endings.length > 0 && !(await this.takeLease())) return;
      await this.endAll(due, 'expired');
      await this.endAll(endings, 'burnt');
      this.cursor = cursor ?? { rowId: 0, seq: 0 };
      // There may be more whose time has come than one batch a while can take back.
      if (due.length === batchSize) waitMs = 0;
    } catch (error) {
      // What was not taken back is found the next time.
      if (!this.stopped) throw error;
    } finally {
      this.schedule(waitMs);
    }
  }

  /** An embedded store is this gateway's alone. */
  private async takeLease(): Promise<boolean> {
    if (this.database.dialect === 'sqlite') return true;
    const ms = Math.max(minLeaseMs, this.config.endingSweepMs * leaseSweeps);
    const takenAt = performance.now();
    const taken = await this.leases.take(leaseName, this.holder, ms);
    if (taken) this.holdsUntil = takenAt + ms;
    return taken;
  }

  /** Takes messages back, those of one conversation in one transaction. */
  private async endAll(endings: readonly Ending[], reason: Reason): Promise<void> {
    const byConversation = new Map<number, { ref: ConversationRef; seqs: number[] }>();
    for (const { ref, seq } of endings) {
      const found = byConversation.get(ref.rowId);
      if (found) found.seqs.push(seq);
      else byConversation.set(ref.rowId, { ref, seqs: [seq] });
    }
    for (const { ref, seqs } of byConversation.values()) if (!this.stopped) await this.end(ref, seqs, reason);
  }

  private async end(ref: ConversationRef, seqs: readonly number[], reason: Reason): Promise<void> {
    await this.log.change(ref, async (change) => {
      const rows = await this.entries.some(ref, seqs, change);
      // Their files end with them.
      await this.entries.recall(change, ref, rows, 0);
      for (const { seq, sender, recalled } of rows) {
        if (!recalled) change.append(sender, { kind: 'recalled', fields: { targetSeq: seq, reason } });
      }
    });
  }
}
