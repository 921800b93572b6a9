import { ImError } from '@app/protocol';
import { Database, type DatabaseParts, type Queries, type SqlValue } from '@app/storage';
import type { Seeded } from './seeded';

/** How one run of a transaction ends. */
export type Fault =
  /** As it should. */
  | 'none'
  /** The connection is lost before the transaction begins. */
  | 'lost-before'
  /** The COMMIT is refused, and nothing is stored. */
  | 'refused-commit'
  /** The COMMIT goes through, and its answer is lost. */
  | 'lost-answer'
  /** The COMMIT goes through, and its answer cannot be understood. */
  | 'garbled-answer'
  /** The store cannot serve; nothing is stored. */
  | 'down-before'
  /** The COMMIT goes through, its answer is lost, and the store cannot say any more what it holds. */
  | 'down-after';

/** Where in a commit a process may end. */
export type CrashPoint = 'before-commit' | 'after-commit';

const faults: readonly Fault[] = ['lost-before', 'refused-commit', 'lost-answer', 'garbled-answer', 'down-before', 'down-after'];

interface Crash {
  readonly point: CrashPoint;
  readonly when: (tx: Queries) => Promise<boolean>;
  readonly happened: () => void;
}

/** A database whose transactions fail on demand, with errors as the drivers throw them. */
export class FaultyDatabase extends Database {
  /** While `true`, everything fails as on a disk that is gone. */
  down = false;
  /** How many transactions have begun, runs again included. */
  begun = 0;
  private planned: Fault[] = [];
  private random: { readonly source: Seeded; readonly chance: number } | undefined;
  private readonly faultOf = new WeakMap<Queries, Fault>();
  private crash: Crash | undefined;
  private dead = false;

  constructor(private readonly parts: DatabaseParts) {
    super(parts);
  }

  /** Lets the transactions that begin from now on end in these ways, one after the other; those after them succeed. */
  failNext(...planned: Fault[]): void {
    this.planned = planned;
  }

  /** Lets each transaction fail with the given probability, in a random way; 0 ends it. */
  failAtRandom(source: Seeded, chance: number): void {
    this.random = chance > 0 ? { source, chance } : undefined;
  }

  /**
   * Ends the process at the next commit of a transaction in which `when` holds, as far as the store can tell: its connections and its
   * lock are gone, and no call to this database ever comes back. Resolves when it has happened; then the same folder can be opened again.
   * Work in the background commits too: without `when`, its transaction may be the next one.
   */
  crashAt(point: CrashPoint, when: (tx: Queries) => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    return new Promise((resolve) => {
      this.crash = { point, when, happened: resolve };
    });
  }

  override async rows<T>(sql: string, values?: readonly SqlValue[]): Promise<T[]> {
    if (this.dead) return never();
    if (this.down) throw new ImError('UNAVAILABLE');
    return super.rows(sql, values);
  }

  override async close(): Promise<void> {
    if (!this.dead) await super.close();
  }

  protected override async begin(tx: Queries): Promise<void> {
    if (this.dead) return never();
    this.begun++;
    const fault = this.nextFault();
    this.faultOf.set(tx, fault);
    if (this.down || fault === 'down-before') throw ioError();
    if (fault === 'lost-before') throw connectionLost();
    await super.begin(tx);
  }

  protected override async commit(tx: Queries): Promise<void> {
    if (this.crash && (await this.crash.when(tx))) return this.die(tx, this.crash);
    const fault = this.faultOf.get(tx);
    if (this.down) throw ioError();
    if (fault === 'refused-commit') throw failure('SQLITE_BUSY', 'database is locked');
    await super.commit(tx);
    if (fault === 'lost-answer') throw connectionLost();
    if (fault === 'garbled-answer') throw new Error('Malformed packet');
    if (fault === 'down-after') throw ioError();
  }

  private nextFault(): Fault {
    const planned = this.planned.shift();
    if (planned !== undefined) return planned;
    if (this.random?.source.chance(this.random.chance)) return this.random.source.pick(faults);
    return 'none';
  }

  private async die(tx: Queries, { point, happened }: Crash): Promise<void> {
    this.dead = true;
    if (point === 'after-commit') await super.commit(tx);
    await this.parts.connections.cut();
    happened();
    return never();
  }
}

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
const connectionLost = (): Error => failure('PROTOCOL_CONNECTION_LOST', 'Connection lost: The server closed the connection.');
const ioError = (): Error => failure('SQLITE_IOERR', 'disk I/O error');
const never = (): Promise<never> => new Promise<never>(() => undefined);
