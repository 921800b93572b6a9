import { setTimeout as sleep } from 'node:timers/promises';
import { type Metrics, newId } from '@app/kit';
import { ImError } from '@app/protocol';
import type { AppendRequest, Content, SequenceRun, Stored } from './append';
import type { Queries } from './connections';
import { type Database, patienceMs } from './database';
import { type ConversationRef, serverKey } from './entry-row';
import { type FileSql, fileSql } from './file-sql';
import { Batch, type Committed, duplicateOf, keyText } from './log-batch';
import { type LastSent, type LockedConversation, type LogSql, type NewEntry, type StoredKey, logSql } from './log-sql';
import { SlowMode } from './slow-mode';

/** A transaction that may append to the one conversation it holds. */
export interface Change extends Queries {
  /** The conversation as the transaction sees it; raised by `append`. */
  readonly conversation: Readonly<LockedConversation>;
  /** The store's time. */
  readonly now: number;
  /** Gives the entry its place. It is written with the transaction. */
  append(sender: string, content: Content): Stored;
  /** Makes every policy that was checked before void. */
  raiseAcl(): void;
}

/** How the log is bounded and observed. */
export interface LogOptions {
  /** Appends that may wait for a flush; beyond it they fail with `UNAVAILABLE`. */
  readonly queueLimit: number;
  readonly metrics: Metrics;
}

interface Waiting {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly place: number;
  /** When it was given, on the clock of `performance.now()`. */
  readonly since: number;
  readonly run: SequenceRun | undefined;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: unknown) => void;
}

/** What a transaction wrote to the log, in the order of the log. */
interface Written {
  readonly committed: readonly Committed[];
  readonly rows: readonly NewEntry[];
}

/** What a flush has read under the locks of its conversations, and what it makes of that. */
interface Flush {
  readonly tx: Queries;
  readonly storeTime: number;
  readonly states: ReadonlyMap<number, LockedConversation>;
  readonly found: ReadonlyMap<string, StoredKey>;
  readonly slowMode: SlowMode;
  /** Those of the files that its messages carry which are ready. */
  readonly files: ReadonlySet<string>;
  readonly batch: Batch;
}

type Outcome = { readonly stored: Stored } | { readonly refused: unknown };

const maxFlushEntries = 500;
/** What an entry takes beside its content, about. */
const rowBytes = 400;
/** What the row of a mention takes beside the names in it, about. */
const mentionBytes = 40;
/** What a file that a message carries takes, about. */
const fileBytes = 100;

/**
 * The log of every conversation. Appends gather while a flush is in flight, and the next flush stores all of them in one transaction
 * (group commit): each gets the next seq of its conversation, without holes. What `append` answers is committed.
 */
export class ConversationLog {
  private readonly sql: LogSql;
  private readonly fileSql: FileSql;
  private readonly waiting: Waiting[][];
  private readonly flushing: boolean[];
  private queued = 0;
  /** Counts appends, so that each knows which were before it. */
  private places = 0;
  private closed = false;
  private listener: (committed: readonly Committed[]) => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly options: LogOptions,
  ) {
    this.sql = logSql[database.dialect];
    this.fileSql = fileSql[database.dialect];
    this.waiting = Array.from({ length: database.laneCount }, () => []);
    this.flushing = this.waiting.map(() => false);
  }

  /** Whether appends wait to be stored. */
  get busy(): boolean {
    return this.queued > 0;
  }

  /** Calls `listener` with what was committed, in the order of each conversation's log, after the appends have their answers. */
  onCommitted(listener: (committed: readonly Committed[]) => void): void {
    this.listener = listener;
  }

  /** Stores one entry. Throws `UNAVAILABLE` when the queue is full or the store cannot serve, and what the policy throws. */
  append(request: AppendRequest): Promise<Stored> {
    const { sequence } = request;
    if (this.closed || this.queued >= this.options.queueLimit || sequence?.broken) {
      sequence?.break(++this.places);
      return Promise.reject(new ImError('UNAVAILABLE'));
    }
    const lane = this.laneOf(request.conversation);
    return new Promise((resolve, reject) => {
      this.queued++;
      const [bytes, since, place, run] = [bytesOf(request.content), performance.now(), ++this.places, sequence?.current];
      this.lane(lane).push({ request, bytes, place, since, run, resolve, reject });
      this.schedule(lane);
    });
  }

  /**
   * Runs `work` in a transaction that holds the conversation, so that rows which belong to an entry change with it.
   * `work` may run more than once, and when it appends nothing also after a run that was stored without an answer: let it find what it
   * did. Nothing is stored when it throws.
   */
  async change<T>(conversation: ConversationRef, work: (change: Change) => Promise<T>): Promise<T> {
    const lane = this.laneOf(conversation);
    const marker = newId();
    const { result, committed } = await this.database.transaction(
      lane,
      async (tx) => this.runChange(tx, conversation, marker, work),
      (tx, earlier) => this.hasStored(tx, earlier.rows),
    );
    if (committed.length > 0) this.listener(committed);
    return result;
  }

  /** Stores what is queued, then takes no more. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.queued > 0 || this.flushing.includes(true)) await sleep(1);
  }

  private async runChange<T>(
    tx: Queries,
    conversation: ConversationRef,
    marker: string,
    work: (change: Change) => Promise<T>,
  ): Promise<{ result: T } & Written> {
    const { answers, storeTime } = await this.database.readWithTime(tx, [this.sql.lock([conversation.rowId])]);
    const [state] = answers[0] as LockedConversation[];
    if (!state) throw new ImError('NOT_FOUND');
    const now = Math.max(storeTime, state.last_at);
    const batch = new Batch(conversation.rowId);
    let changed = false;
    const change: Change = {
      rows: (sql, values) => tx.rows(sql, values),
      run: (sql, values) => tx.run(sql, values),
      all: (statements) => tx.all(statements),
      later: (statement) => tx.later(statement),
      conversation: state,
      now,
      append: (sender, content) => {
        changed = true;
        return batch.add(conversation, state, sender, serverKey(`${marker}${batch.rows.length}`), content, now);
      },
      raiseAcl: () => {
        changed = true;
        state.acl_version++;
      },
    };
    const result = await work(change);
    if (changed) await this.writeRows(tx, batch, [state], storeTime);
    return { result, committed: batch.committed, rows: batch.rows };
  }

  /**
   * After a commit without an answer: whether these rows are stored, all of them or none. A row with such a key but another place or
   * time is of somebody else's request. A run that wrote no entry leaves no trace to be found by.
   */
  private async hasStored(tx: Queries, [row]: readonly NewEntry[]): Promise<boolean> {
    if (!row) return false;
    // With the lock: the run that is asked about held it, and may be committing still.
    const [, keys] = await tx.all([this.sql.lock([row.conversation_id]), this.sql.stored([row])]);
    const [found] = keys as StoredKey[];
    return found?.seq === row.seq && found.at === row.at;
  }

  private laneOf(conversation: ConversationRef): number {
    return conversation.rowId % this.database.laneCount;
  }

  private lane(lane: number): Waiting[] {
    const queue = this.waiting[lane];
    if (!queue) throw new Error('no such lane');
    return queue;
  }

  private schedule(lane: number): void {
    if (this.flushing[lane]) return;
    this.flushing[lane] = true;
    // One turn of the event loop gathers what arrived together; the embedded store is synchronous and would see batches of one.
    setImmediate(() => void this.drain(lane));
  }

  private async drain(lane: number): Promise<void> {
    while (this.lane(lane).length > 0) {
      const batch = this.take(lane);
      await this.flush(lane, batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.flushing[lane] = false;
    // What came while the last turn ended.
    if (this.lane(lane).length > 0) this.schedule(lane);
  }

  private take(lane: number): Waiting[] {
    const queue = this.lane(lane);
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < maxFlushEntries) {
      bytes += queue[count]?.bytes ?? 0;
      if (count > 0 && bytes > this.database.flushBytes) break;
      count++;
    }
    return queue.splice(0, count);
  }

  /** Stores a batch and answers each of its appends; never throws. A batch that fails for one entry's fault is split in halves. */
  private async flush(lane: number, batch: Waiting[]): Promise<void> {
    const alive = batch.filter((item) => !this.refuseBroken(item));
    const [first] = alive;
    if (!first) return;
    const stop = this.options.metrics.flushSeconds.startTimer();
    let written: { outcomes: Outcome[] } & Written;
    try {
      written = await this.database.transaction(
        lane,
        (tx) => this.writeBatch(tx, alive),
        (tx, earlier) => this.hasStored(tx, earlier.rows),
      );
    } catch (error) {
      return this.fail(lane, alive, error);
    }
    stop();
    this.options.metrics.flushEntries.observe(alive.length);
    this.queued -= alive.length;
    alive.forEach((item, index) => answer(item, written.outcomes[index]));
    // Lets those who await an answer go first.
    await Promise.resolve();
    if (written.committed.length > 0) this.listener(written.committed);
  }

  private async fail(lane: number, batch: Waiting[], error: unknown): Promise<void> {
    if (!isUnavailable(error) && batch.length > 1) {
      const middle = batch.length >> 1;
      await this.flush(lane, batch.slice(0, middle));
      await this.flush(lane, batch.slice(middle));
      return;
    }
    const failed = isUnavailable(error) ? [...batch, ...this.takeOverdue(lane)] : batch;
    this.queued -= failed.length;
    for (const { request, place, run, reject } of failed) {
      if (isUnavailable(error)) request.sequence?.break(place, run);
      reject(error);
    }
  }

  /** What has waited as long as a flush may take, behind one that failed: a store that hangs shall not hold each for as long again. */
  private takeOverdue(lane: number): Waiting[] {
    const queue = this.lane(lane);
    const limit = performance.now() - patienceMs;
    const first = queue.findIndex(({ since }) => since > limit);
    return queue.splice(0, first === -1 ? queue.length : first);
  }

  private refuseBroken(item: Waiting): boolean {
    if (!item.run || item.run.failedPlace > item.place) return false;
    this.queued--;
    item.reject(new ImError('UNAVAILABLE'));
    return true;
  }

  private async writeBatch(tx: Queries, waiting: readonly Waiting[]): Promise<{ outcomes: Outcome[] } & Written> {
    const ids = [...new Set(waiting.map(({ request }) => request.conversation.rowId))].sort((a, b) => a - b);
    const slow = waiting.filter(({ request }) => (request.policy?.gapMs ?? 0) > 0).map(keyOf);
    const files = new Set(waiting.flatMap(({ request }) => filesOf(request.content)));
    const { answers, storeTime } = await this.database.readWithTime(tx, [
      this.sql.lock(ids),
      this.sql.stored(waiting.map(keyOf)),
      ...SlowMode.statements(this.sql, slow),
      ...(files.size > 0 ? [this.fileSql.hold([...files])] : []),
    ]);
    const [locked, keys, ...rest] = answers as [LockedConversation[], StoredKey[], ...unknown[][]];
    const lastSent = slow.length > 0 ? (rest.shift() as LastSent[]) : [];
    const ready = (rest.shift() ?? []) as { id: string }[];
    const states = new Map(locked.map((state) => [state.id, state]));
    const found = new Map(keys.map((key) => [keyText(key), key]));
    const batch = new Batch();
    const flush: Flush = {
      tx,
      storeTime,
      states,
      found,
      slowMode: SlowMode.of(tx, this.sql, lastSent),
      files: new Set(ready.map(({ id }) => id)),
      batch,
    };
    const outcomes: Outcome[] = [];
    for (const item of waiting) outcomes.push(await this.place(flush, item));
    if (batch.rows.length > 0) await this.writeRows(tx, batch, batch.states, storeTime);
    return { outcomes, committed: batch.committed, rows: batch.rows };
  }

  private async writeRows(tx: Queries, batch: Batch, states: readonly LockedConversation[], changedAt: number): Promise<void> {
    const ending = batch.rows.filter(endsByItself);
    const lasting = ending.length === 0 ? batch.rows : batch.rows.filter((row) => !endsByItself(row));
    if (lasting.length > 0) await tx.later(this.sql.insert(lasting));
    if (ending.length > 0) for (const statement of this.sql.insertEnding(ending)) await tx.later(statement);
    await tx.later(this.sql.update(states, changedAt, this.database.serverClock));
    const sent = batch.sent();
    if (sent.length > 0) await tx.later(this.sql.addOwnAbove(sent));
    if (batch.mentions.length > 0) await tx.later(this.sql.mention(batch.mentions));
    if (batch.uses.length > 0) await tx.later(this.fileSql.carry(batch.uses));
    const sayings = batch.sayings();
    if (sayings.length > 0) await tx.later(this.sql.say(sayings, changedAt));
  }

  private async place(flush: Flush, item: Waiting): Promise<Outcome> {
    const { tx, storeTime, states, found, slowMode, files, batch } = flush;
    const { conversation, sender, key, content, policy } = item.request;
    const state = states.get(conversation.rowId);
    if (!state) return { refused: new ImError('NOT_FOUND') };
    const text = keyText(keyOf(item));
    const earlier = batch.placed.get(text);
    if (earlier) return { stored: { ...earlier, duplicate: true } };
    const stored = found.get(text);
    if (stored) return { stored: duplicateOf(conversation.rowId, stored) };
    const now = Math.max(storeTime, state.last_at);
    let gapMs = policy?.gapMs ?? 0;
    if (policy && policy.version !== state.acl_version) {
      try {
        gapMs = await policy.again(tx, state.acl_version);
      } catch (error) {
        if (!(error instanceof ImError) || isUnavailable(error)) throw error;
        return { refused: error };
      }
    }
    if (!filesOf(content).every((id) => files.has(id))) return { refused: new ImError('NOT_FOUND', 'there is no such file') };
    const waitMs = gapMs > 0 ? await slowMode.waitMs(batch, keyOf(item), gapMs, now) : 0;
    if (waitMs > 0) return { refused: tooEarly(conversation, waitMs) };
    return { stored: batch.add(conversation, state, sender, key, content, now) };
  }
}

const keyOf = ({ request }: Waiting) => ({ conversation_id: request.conversation.rowId, sender: request.sender, msg_key: request.key });
const none: readonly string[] = [];
const filesOf = (content: Content): readonly string[] => (content.kind === 'message' && content.files) || none;
const bytesOf = (content: Content): number => {
  if (content.kind !== 'message') return rowBytes;
  return (
    rowBytes +
    Buffer.byteLength(content.body) +
    filesOf(content).length * fileBytes +
    (content.mentions ?? []).reduce((sum, mention) => sum + mention.length * 2 + mentionBytes, 0)
  );
};
const endsByItself = ({ expire_at, burn }: NewEntry): boolean => expire_at !== null || burn !== null;
const tooEarly = ({ name: { convId } }: ConversationRef, retryAfterMs: number): ImError =>
  new ImError('RATE_LIMIT', 'this group is in slow mode, wait before your next message', { retryAfterMs, convId });
const isUnavailable = (error: unknown): boolean => error instanceof ImError && error.code === 'UNAVAILABLE';

function answer(item: Waiting, outcome: Outcome | undefined): void {
  if (!outcome) item.reject(new Error('an append without an outcome'));
  else if ('stored' in outcome) item.resolve(outcome.stored);
  else item.reject(outcome.refused);
}
