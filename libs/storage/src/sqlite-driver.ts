import { existsSync } from 'node:fs';
import { isAnyArrayBuffer, isUint8Array } from 'node:util/types';
import Libsql from 'libsql';

/** What TypeORM passes when it opens a database. Its other settings for better-sqlite3 have no meaning here and are ignored. */
export interface SqliteOptions {
  /** How long a statement waits for another connection's lock before it fails with SQLITE_BUSY, in milliseconds. Default 5000. */
  readonly timeout?: number;
  /** Refuse every write of this connection (`PRAGMA query_only`). Default false. */
  readonly readonly?: boolean;
  /** Throw rather than make a new database. Default false. */
  readonly fileMustExist?: boolean;
}

/** What a statement without rows did. */
export interface SqliteRunResult {
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** A row as read: text, numbers, blobs as `Buffer`, null. */
export type SqliteRow = Record<string, string | number | Buffer | null>;

/**
 * One connection to a SQLite database through libsql, in the shape that TypeORM expects of better-sqlite3:
 * `new DataSource({ type: 'better-sqlite3', driver: SqliteDriver, … })`.
 *
 * libsql ends the process or alters the data on a good many inputs; here each of them is a thrown error (`TypeError` for a value or a text
 * that cannot be stored, `RangeError` for a wrong number of parameters or a number too large to read) that never shows the value.
 * SQLite's own errors come through with their extended code in `code`, for instance `SQLITE_CONSTRAINT_UNIQUE` or `SQLITE_BUSY`.
 *
 * One fault is out of reach: reading TEXT that is not UTF-8 still ends the process. Nothing written through this class is such text,
 * but `CAST(blob AS TEXT)` may be.
 */
export class SqliteDriver {
  private readonly database: Libsql.Database;
  private isOpen = true;

  constructor(path: string, options: SqliteOptions = {}) {
    checkText('the path', path);
    if (options.fileMustExist && path !== ':memory:' && !existsSync(path)) throw new Error('The database file does not exist');
    this.database = new Libsql(path, { timeout: options.timeout ?? 5000 });
    if (options.readonly) this.exec('PRAGMA query_only = ON');
  }

  /** False after `close()`. */
  get open(): boolean {
    return this.isOpen;
  }

  /** Whether a transaction is open on this connection. */
  get inTransaction(): boolean {
    // libsql ends the process when it is asked this after close.
    return this.isOpen && this.database.inTransaction;
  }

  /** Compiles one statement, which may be run many times. Placeholders are plain `?`; anything after the first statement is refused. */
  prepare(sql: string): SqliteStatement {
    this.checkOpen();
    checkText('the SQL', sql);
    return new SqliteStatement(this, this.database.prepare<unknown[]>(sql), countPlaceholders(sql));
  }

  /** Runs any number of statements without parameters, dropping their rows. */
  exec(sql: string): this {
    this.checkOpen();
    checkText('the SQL', sql);
    this.database.exec(sql);
    return this;
  }

  /** Runs `PRAGMA <source>` and returns its rows, or with `simple` the first column of the first row. */
  pragma(source: string, options: { readonly simple?: boolean } = {}): unknown {
    const rows = this.prepare(`PRAGMA ${source}`).all();
    return options.simple ? Object.values(rows[0] ?? {})[0] : rows;
  }

  /** Rolls back what is open and closes; again is harmless. Statements of a closed connection throw. */
  close(): this {
    if (!this.isOpen) return this;
    try {
      // libsql keeps the file, and with it the locks, until the last statement is garbage-collected.
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
    } finally {
      this.isOpen = false;
      this.database.close();
    }
    return this;
  }

  private checkOpen(): void {
    if (!this.isOpen) throw new TypeError('The database connection is closed');
  }
}

/** A compiled statement of a `SqliteDriver`. It stays usable after an error. */
export class SqliteStatement {
  /** Whether it returns rows (`all`) rather than a count (`run`). */
  readonly reader: boolean;

  constructor(
    private readonly driver: SqliteDriver,
    private readonly statement: Libsql.Statement,
    private readonly placeholders: number,
  ) {
    this.reader = statement.reader;
  }

  /** Runs it with one parameter per placeholder and returns every row. */
  all(...parameters: unknown[]): SqliteRow[] {
    this.bind(parameters);
    const rows = this.statement.all(parameters) as SqliteRow[];
    for (const row of rows) readRow(row);
    return rows;
  }

  /** Runs it with one parameter per placeholder and says what changed; rows are dropped. */
  run(...parameters: unknown[]): SqliteRunResult {
    this.bind(parameters);
    const { changes, lastInsertRowid } = this.statement.run(parameters);
    return { changes, lastInsertRowid: Number(lastInsertRowid) };
  }

  /** Turns the caller's values into bindable ones, in place: the array is this call's own rest array. */
  private bind(parameters: unknown[]): void {
    if (!this.driver.open) throw new TypeError('The database connection is closed');
    if (parameters.length !== this.placeholders) {
      throw new RangeError(`The statement has ${this.placeholders} placeholders but got ${parameters.length} parameters`);
    }
    for (let index = 0; index < parameters.length; index++) parameters[index] = bindable(parameters[index], index);
  }
}

/** The value that SQLite is to store, or a `TypeError` that names the position and the kind. */
function bindable(value: unknown, index: number): string | number | bigint | Uint8Array | null {
  switch (typeof value) {
    case 'string':
      checkText(`parameter ${index + 1}`, value);
      return value;
    case 'number':
      // libsql binds every JavaScript number as REAL, and `? / 2` would then not be an integer division.
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (Number.isFinite(value) && !Number.isInteger(value)) return value;
      break;
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return value;
      break;
    case 'boolean':
      return value ? 1n : 0n;
    case 'object':
      if (value === null || isUint8Array(value)) return value;
      break;
    default:
  }
  throw new TypeError(`parameter ${index + 1} cannot be stored: it is ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (typeof value === 'bigint') return 'a bigint of more than 64 bits';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer beyond 2^53' : 'NaN or infinite';
  if (typeof value === 'object') return `of type ${Object.prototype.toString.call(value).slice(8, -1)}`;
  return `of type ${typeof value}`;
}

/** SQLite would cut text at a NUL and store U+FFFD for half a surrogate pair. */
function checkText(what: string, text: string): void {
  if (text.includes('\0')) throw new TypeError(`${what} contains a NUL character`);
  // In Node since 20, in TypeScript's library since ES2024.
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) throw new TypeError(`${what} contains a lone surrogate`);
}

/** Makes a row of libsql's one of ours, in place. */
function readRow(row: Record<string, unknown>): void {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'number') {
      // From here on libsql has rounded an integer, so that the number may belong to somebody else.
      if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
        throw new RangeError(`column ${column} holds a number beyond 2^53; read it with CAST(… AS TEXT)`);
      }
    } else if (isAnyArrayBuffer(value)) {
      row[column] = Buffer.from(value);
    }
  }
}

// In this order: what is quoted or commented out, words and numbers (`a$b` is a name), then what matters. A doubled quote reads as two
// literals side by side, which comes to the same count.
const tokens =
  /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?(?:\*\/|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|\?\d*|[:@$;]/g;

const trigger = /^create (temp |temporary )?trigger/i;

/** How many `?` a statement has that SQLite compiled. Throws `TypeError` on numbered or named parameters and on a second statement. */
function countPlaceholders(sql: string): number {
  const firstWords: string[] = [];
  let count = 0;
  let seen = false;
  let ended = false;
  for (const [token] of sql.matchAll(tokens)) {
    if (token.startsWith('--') || token.startsWith('/*')) continue;
    // libsql would silently leave out everything after the first statement. Inside a trigger the semicolons are its own.
    if (ended && token !== ';' && !trigger.test(firstWords.join(' '))) throw new TypeError('the SQL holds more than one statement');
    if (token === ';') ended = seen;
    else if (token === '?') count++;
    else if (/^[?:@$]/.test(token)) throw new TypeError('the SQL has a numbered or named parameter; only ? is supported');
    else if (firstWords.length < 3) firstWords.push(token);
    seen ||= token !== ';';
  }
  if (!seen) throw new TypeError('the SQL holds no statement');
  return count;
}
