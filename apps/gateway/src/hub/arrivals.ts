/** A c2c conversation of a user who arrives, and the last entry of it that was stored by then. */
export interface ArrivalHead {
  readonly user_id: string;
  readonly conv_id: string;
  readonly last_seq: number;
}

/** Reads where the c2c conversations of these users stand that changed at or after `since` (store time). */
export type ReadArrivals = (userIds: readonly string[], since: number) => Promise<readonly ArrivalHead[]>;

interface Waiting {
  readonly userId: string;
  readonly since: number;
  readonly resolve: (heads: readonly ArrivalHead[]) => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 200;

/** Tells where the conversations of arriving users stand: what is asked in one turn of the event loop is one query. */
export class Arrivals {
  private waiting: Waiting[] = [];

  constructor(private readonly read: ReadArrivals) {}

  /** The user's c2c conversations that changed at or after `since`. Throws when the store cannot be asked. */
  headsOf(userId: string, since: number): Promise<readonly ArrivalHead[]> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => void this.readWaiting());
      this.waiting.push({ userId, since, resolve, reject });
    });
  }

  private async readWaiting(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    for (let at = 0; at < waiting.length; at += maxBatch) {
      const batch = waiting.slice(at, at + maxBatch);
      try {
        const heads = await this.read(
          batch.map(({ userId }) => userId),
          Math.min(...batch.map(({ since }) => since)),
        );
        for (const { userId, resolve } of batch) resolve(heads.filter((head) => head.user_id === userId));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
