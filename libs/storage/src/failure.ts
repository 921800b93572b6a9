/** What a failed statement means for the caller. */
export type Failure =
  /** The same transaction may succeed when it is run again. */
  | 'retry'
  /** The same transaction may succeed on another connection; this one is of no use any more. */
  | 'lost'
  /** The store cannot serve at the moment. */
  | 'down'
  /** This statement is at fault. */
  | 'statement';

/** Numbers of MySQL, MariaDB and TiDB, from their manuals. What is not listed is the statement's own fault. */
const numbers: Readonly<Record<Exclude<Failure, 'statement'>, ReadonlySet<number>>> = {
  retry: new Set([
    // Lock wait, deadlock; a row or table that changed meanwhile; a transaction that its group of servers rolled back.
    1205, 1213, 1020, 1412, 3101,
    // TiDB: write conflicts and a schema that changed; its storage busy or moving.
    8002, 8022, 8028, 9003, 9004, 9005, 9007,
    // Somebody ended the statement.
    1317,
  ]),
  lost: new Set([
    // Too many connections, in all or of this user.
    1040, 1203, 1226,
    // Shutdown, aborted and killed connections, and what the network does to them.
    1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 4031,
    // A server that was demoted refuses writes: the address may lead to another one by now.
    1290, 1792, 1836,
    // A member of a Galera cluster that is not ready; TiDB does not know how a commit ended, or has lost sight of its storage.
    1047, 8501, 9001, 9002,
  ]),
  // Disk full, table full, out of memory, an error of the storage engine; no right to this database, or no such database.
  down: new Set([1021, 1030, 1037, 1038, 1041, 1044, 1045, 1049, 1114]),
};

const lostCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Nothing came within a deadline: waiting once more would only take longer. */
const timedOut = 'PARLEY_TIMEOUT';
const sqliteRetry = /^SQLITE_(BUSY|LOCKED)/;
const sqliteDown = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM|CORRUPT|NOTADB|INTERRUPT)/;

/** Reads an error of the driver, bare or wrapped by TypeORM. */
export function failureOf(error: unknown): Failure {
  const { code, errno, fatal, syscall } = driverError(error);
  if (code === timedOut || (code === 'ETIMEDOUT' && syscall === 'connect')) return 'down';
  if (typeof errno === 'number') {
    for (const failure of ['retry', 'lost', 'down'] as const) if (numbers[failure].has(errno)) return failure;
  }
  if (typeof code === 'string') {
    if (lostCodes.has(code)) return 'lost';
    if (sqliteRetry.test(code)) return 'retry';
    if (sqliteDown.test(code)) return 'down';
  }
  // The driver says of a connection that it is closed by nothing but this.
  return fatal === true && !isServersAnswer(error) ? 'lost' : 'statement';
}

/** Whether the server itself refused something: then what was asked with it is not done, a COMMIT included. */
export function isServersAnswer(error: unknown): boolean {
  return typeof driverError(error).sqlState === 'string';
}

/** Whether an insert failed because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  const { code, errno } = driverError(error);
  return errno === 1062 || (typeof code === 'string' && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(code));
}

/** The error of something that did not come in time. */
export function timeout(what: string, ms: number): Error {
  return Object.assign(new Error(`${what} took longer than ${ms} ms`), { code: timedOut });
}

interface DriverError {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly fatal?: unknown;
  readonly syscall?: unknown;
  readonly sqlState?: unknown;
}

function driverError(error: unknown): DriverError {
  const wrapped = (error as { driverError?: unknown } | null)?.driverError;
  return wrapped ?? error ?? {};
}
