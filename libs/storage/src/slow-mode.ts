import type { Queries, Statement } from './connections';
import type { Batch } from './log-batch';
import type { LastSent, LogSql, StoredKey } from './log-sql';

type Sender = Pick<StoredKey, 'conversation_id' | 'sender'>;

/**
 * How long senders still have to wait after their last message, as a flush sees it that holds their conversations: what another gateway
 * stored counts, and so does what stands earlier in the same flush.
 */
export class SlowMode {
  private readonly storedAt = new Map<string, number>();

  private constructor(
    private readonly tx: Queries,
    private readonly sql: LogSql,
  ) {}

  /** The statement that finds what is known of the senders who may have to wait; none where nobody has to. */
  static statements(sql: LogSql, senders: readonly Sender[]): Statement[] {
    return senders.length === 0 ? [] : [sql.lastSent(senders)];
  }

  /** `rows` is what those statements have answered. */
  static of(tx: Queries, sql: LogSql, rows: readonly LastSent[] = []): SlowMode {
    const slowMode = new SlowMode(tx, sql);
    slowMode.learn(rows);
    return slowMode;
  }

  /** For how long after `now` the sender has to wait, where `gapMs` must lie between two messages, in milliseconds; 0 if they need not. */
  async waitMs(batch: Batch, sender: Sender, gapMs: number, now: number): Promise<number> {
    const lastAt = batch.sentAt(sender.conversation_id, sender.sender) ?? this.storedAt.get(textOf(sender)) ?? (await this.read(sender));
    return Math.max(0, lastAt + gapMs - now);
  }

  /** The rules have become slow since it was accepted. */
  private async read(sender: Sender): Promise<number> {
    const { sql, values } = this.sql.lastSent([sender]);
    this.learn(await this.tx.rows<LastSent>(sql, values));
    return this.storedAt.get(textOf(sender)) ?? 0;
  }

  private learn(rows: readonly LastSent[]): void {
    for (const { conversation_id, user_id, last_sent_at } of rows) {
      this.storedAt.set(textOf({ conversation_id, sender: user_id }), last_sent_at ?? 0);
    }
  }
}

const textOf = ({ conversation_id, sender }: Sender): string => `${conversation_id} ${sender}`;
