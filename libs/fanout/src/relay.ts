import type { Background, Log } from '@app/kit';
import { Recurring } from '@app/kit';
import { ImError } from '@app/protocol';
import type { FanoutQueue } from './fanout-queue';

/** A row of the outbox. */
interface Row {
  readonly convId: string;
  readonly seq: number;
  readonly mentions: readonly string[];
}

/** Where that is kept which is not handed over yet: see `OutboxStore`. */
interface Outbox<R extends Row> {
  due(ms: number, limit: number): Promise<R[]>;
  settle(rows: readonly R[]): Promise<void>;
  count(): Promise<number>;
  oldestMs(): Promise<number>;
}

/** Whose turn it is to hand rows over. */
export interface Turns {
  /** Takes the turn for so many milliseconds, or keeps it; answers whether it is ours. */
  take(ms: number): Promise<boolean>;
  /** Lets others have it before that. */
  release(): Promise<void>;
}

/** What a relay works with. */
export interface RelayParts<R extends Row> {
  readonly outbox: Outbox<R>;
  readonly turns: Turns;
  readonly queue: Pick<FanoutQueue, 'produce'>;
  readonly background: Background;
  readonly log: Log;
  /** How old a row must be, in milliseconds: what is said meanwhile in the same group goes with it. */
  readonly nudgeMs: number;
  /** Told how many rows there are and how old the oldest is, every now and then. */
  readonly pending: (count: number, oldestMs: number) => void;
}

/** Rows handed over at once. */
const batchSize = 200;
/** A relay that dies leaves its turn to another after this and a look: within ten seconds. */
const turnMs = 6_000;
const lookMs = 2_000;
/** Whose queue takes nothing leaves the turn for so long to others, who may have one that does. */
const standBackMs = 3_000;
/** The longest wait for a row that has come of age. */
const maxPollMs = 250;
/** A stop waits no longer for what is under way, in milliseconds. */
const patienceMs = 300;

/**
 * Hands what was said in groups from the outbox to the queue, one process at a time. It holds no transaction meanwhile, and takes a row
 * away only when the queue has it: what a crash leaves over is handed over again, and two relays at once do no harm.
 */
export class Relay<R extends Row> {
  private readonly troubles: Recurring<unknown>;
  private readonly pollMs: number;
  /** Until when the turn is ours, on the clock of `performance.now()`. */
  private oursUntil = 0;
  private standsBackUntil = 0;
  private stopped = false;
  /** Whether rows are handed over, or will be at the next poll. */
  private polling = false;
  private looks: NodeJS.Timeout | undefined;
  private polls: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private handing: Promise<void> = Promise.resolve();

  constructor(private readonly parts: RelayParts<R>) {
    this.pollMs = Math.min(maxPollMs, parts.nudgeMs / 4);
    this.troubles = new Recurring((error, times) =>
      parts.log.warn({ err: error, times }, 'what was said in groups waits in the outbox: nobody takes it'),
    );
  }

  /** Begins to hand over. */
  start(): void {
    this.look();
  }

  /** Ends. What is under way may be handed over again by another relay. */
  async close(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.looks);
    clearTimeout(this.polls);
    let late: NodeJS.Timeout | undefined;
    const over = new Promise((resolve) => (late = setTimeout(resolve, patienceMs)));
    await Promise.race([Promise.allSettled([this.looking, this.handing]).then(() => this.giveUp()), over]);
    clearTimeout(late);
  }

  private get ours(): boolean {
    return performance.now() < this.oursUntil;
  }

  private async standBack(): Promise<void> {
    this.standsBackUntil = performance.now() + standBackMs;
    await this.giveUp();
    this.oursUntil = 0;
  }

  private async giveUp(): Promise<void> {
    if (this.ours) await this.parts.turns.release().catch(() => undefined);
  }

  /** Whose turn it is, and how much waits. Not behind the handing over, which may take long. */
  private look(): void {
    this.looking = this.lookOnce().finally(() => {
      if (!this.stopped) this.looks = setTimeout(() => this.look(), lookMs).unref();
    });
    this.parts.background.run('relay', this.looking);
  }

  private async lookOnce(): Promise<void> {
    await this.trying(async () => {
      const takenAt = performance.now();
      const wanted = takenAt >= this.standsBackUntil;
      this.oursUntil = wanted && (await this.parts.turns.take(turnMs)) ? takenAt + turnMs : 0;
      // Not by whose turn it was before: it may have run out, and the handing over with it, while the store was slow to answer.
      if (this.ours && !this.polling) this.poll(0);
      const { outbox, pending } = this.parts;
      pending(await outbox.count(), await outbox.oldestMs());
    });
  }

  private poll(ms: number): void {
    if (this.stopped) return;
    this.polling = true;
    clearTimeout(this.polls);
    this.polls = setTimeout(() => {
      const before = this.handing;
      // One that failed is told of by itself, and is no reason not to go on.
      this.handing = before.catch(() => undefined).then(() => this.hand());
      this.parts.background.run('relay', this.handing);
    }, ms).unref();
  }

  private async hand(): Promise<void> {
    let more = false;
    try {
      await this.trying(async () => {
        if (!this.ours || this.stopped) return;
        const rows = await this.parts.outbox.due(this.parts.nudgeMs, batchSize);
        if (rows.length === 0) return;
        await this.parts.queue
          .produce(rows.map(({ convId, seq, mentions }) => ({ convId, seq, mentions })))
          .catch(async (error: unknown) => {
            await this.standBack();
            throw error;
          });
        await this.parts.outbox.settle(rows);
        more = rows.length === batchSize;
      });
    } finally {
      // Whatever went wrong: while it is our turn, nobody else hands anything over.
      if (this.ours) this.poll(more ? 0 : this.pollMs);
      else this.polling = false;
    }
  }

  /** A store or a queue that is away is tried again; the rows stay. */
  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.stopped) return;
      if (!(error instanceof ImError)) throw error;
      this.troubles.happened(error);
    }
  }
}
