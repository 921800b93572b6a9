/** The SQL families that Parley speaks: SQLite, and MySQL with its kin (MariaDB, TiDB). */
export type Dialect = 'sqlite' | 'mysql';

/** The few words in which the dialects differ. */
export interface Words {
  readonly insertIgnore: string;
  readonly forUpdate: string;
  /** Opens a write transaction, one statement per step. */
  readonly begin: readonly string[];
}

export const words: Readonly<Record<Dialect, Words>> = {
  sqlite: { insertIgnore: 'INSERT OR IGNORE', forUpdate: '', begin: ['BEGIN IMMEDIATE'] },
  mysql: {
    insertIgnore: 'INSERT IGNORE',
    forUpdate: ' FOR UPDATE',
    begin: ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'],
  },
};

/** What a failed statement means for the caller. */
export type Failure =
  /** The same transaction may succeed when it is run again. */
  | 'retry'
  /** The store cannot serve at the moment. */
  | 'down'
  /** This statement is at fault. */
  | 'statement';

/** Deadlock, lock wait, TiDB's write conflicts and stale schema; codes of the MySQL and TiDB manuals. */
const retryNumbers = new Set([1205, 1213, 8002, 8022, 8028, 9007]);
const lostCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
]);
const sqliteRetry = /^SQLITE_(BUSY|LOCKED)/;
const sqliteDown = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM|CORRUPT|NOTADB|INTERRUPT)/;

/** Reads an error of the driver, bare or wrapped by TypeORM. */
export function failureOf(error: unknown): Failure {
  const { code, errno } = driverError(error);
  if (typeof errno === 'number' && retryNumbers.has(errno)) return 'retry';
  if (typeof code !== 'string') return 'statement';
  if (lostCodes.has(code) || sqliteRetry.test(code)) return 'retry';
  return sqliteDown.test(code) ? 'down' : 'statement';
}

/** Whether an insert failed because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  const { code, errno } = driverError(error);
  return errno === 1062 || (typeof code === 'string' && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(code));
}

function driverError(error: unknown): { code?: unknown; errno?: unknown } {
  const wrapped = (error as { driverError?: unknown } | null)?.driverError;
  return wrapped ?? error ?? {};
}
