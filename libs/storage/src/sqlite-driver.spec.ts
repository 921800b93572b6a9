import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { DataSource, EntitySchema, QueryFailedError } from 'typeorm';
import { SqliteDriver, type SqliteOptions } from './sqlite-driver';

let directory: string;
let file: string;
const opened: SqliteDriver[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sqlite-driver-'));
  file = join(directory, 'test.db');
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(directory, { recursive: true });
});

function open(path = ':memory:', options?: SqliteOptions): SqliteDriver {
  const database = new SqliteDriver(path, options);
  opened.push(database);
  return database;
}

function thrownBy(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

const isText = (text: string) => !text.includes('\0') && Buffer.from(text).toString() === text;

const allowed = fc.oneof(
  fc.string({ unit: 'binary' }).filter(isText),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
  fc.bigInt({ min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from('-'), bytes]).subarray(1)),
);

const refused = fc.oneof(
  fc.constantFrom<unknown>(undefined, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 60), 1e300, 2n ** 63n, -(2n ** 63n) - 1n),
  fc.constantFrom<unknown>('secret\0', 'secret\ud83c', '\udf63secret', Symbol('secret'), () => 'secret', Object('secret')),
  fc.constantFrom<unknown>(
    new Date(),
    new Map(),
    new ArrayBuffer(2),
    new Uint16Array(2),
    new Float64Array(1),
    new DataView(new ArrayBuffer(2)),
  ),
  fc.object(),
  fc.array(fc.string()),
);

/** What an allowed value is when it is read back. */
function asRead(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  // SQLite's integers know no negative zero.
  if (value === 0) return 0;
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

describe('values', () => {
  it('any list of allowed values is read back equal', () => {
    const database = open();
    database.exec('CREATE TABLE entries (position INTEGER PRIMARY KEY, value)');
    const select = database.prepare('SELECT value FROM entries ORDER BY position');
    fc.assert(
      fc.property(fc.array(allowed, { minLength: 1 }), (values) => {
        database.exec('DELETE FROM entries');
        const rows = values.map(() => '(?, ?)').join(', ');
        const insert = database.prepare(`INSERT INTO entries (position, value) VALUES ${rows}`);
        expect(insert.run(...values.flatMap((value, position) => [position, value])).changes).toBe(values.length);
        expect(select.all().map((row) => row['value'])).toEqual(values.map(asRead));
      }),
    );
  });

  it('a single value, alone in its statement, is read back equal', () => {
    const echo = open().prepare('SELECT ? AS value');
    fc.assert(
      fc.property(allowed, (value) => {
        expect(echo.all(value)).toEqual([{ value: asRead(value) }]);
      }),
    );
  });

  it('anything else is refused by position without being shown, and the statement stays usable', () => {
    const database = open();
    database.exec('CREATE TABLE entries (a, b, c)');
    const insert = database.prepare('INSERT INTO entries VALUES (?, ?, ?)');
    const select = database.prepare('SELECT ? AS a, ? AS b, ? AS c');
    fc.assert(
      fc.property(fc.tuple(allowed, allowed, allowed), refused, fc.nat({ max: 2 }), (values, bad, position) => {
        const parameters = [...values.slice(0, position), bad, ...values.slice(position + 1)];
        for (const act of [() => insert.run(...parameters), () => select.all(...parameters)]) {
          const error = thrownBy(act);
          expect(error).toBeInstanceOf(TypeError);
          expect(error.message).toContain(`parameter ${position + 1} `);
          expect(error.message).not.toContain('secret');
        }
        expect(select.all(...values)).toHaveLength(1);
      }),
    );
    expect(database.prepare('SELECT count(*) AS rows FROM entries').all()).toEqual([{ rows: 0 }]);
  });

  it.each([
    [undefined, 'parameter 1 cannot be stored: it is of type undefined'],
    [NaN, 'parameter 1 cannot be stored: it is NaN or infinite'],
    [2 ** 53, 'parameter 1 cannot be stored: it is an integer beyond 2^53'],
    [2n ** 63n, 'parameter 1 cannot be stored: it is a bigint of more than 64 bits'],
    [new Date(0), 'parameter 1 cannot be stored: it is of type Date'],
    [[1], 'parameter 1 cannot be stored: it is of type Array'],
    ['a\0b', 'parameter 1 contains a NUL character'],
    ['\ud800', 'parameter 1 contains a lone surrogate'],
  ])('%p is refused in plain words', (value, message) => {
    expect(thrownBy(() => open().prepare('SELECT ?').all(value)).message).toBe(message);
  });

  it('integers are bound as integers and fractions as reals', () => {
    const rows = open().prepare('SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c, ? / 2 AS half').all(1, 1n, 1.5, 5);
    expect(rows).toEqual([{ a: 'integer', b: 'integer', c: 'real', half: 2 }]);
  });

  it('a 64-bit integer is stored exactly, and refused rather than rounded when read as a number', () => {
    const database = open();
    database.exec('CREATE TABLE wide (value INTEGER)');
    for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 63n)]) {
      database.exec('DELETE FROM wide');
      database.prepare('INSERT INTO wide VALUES (?)').run(value);
      expect(database.prepare('SELECT CAST(value AS TEXT) AS text FROM wide').all()).toEqual([{ text: String(value) }]);
      expect(thrownBy(() => database.prepare('SELECT value FROM wide').all())).toBeInstanceOf(RangeError);
    }
  });

  it('a result of any length is read whole', () => {
    const count = open().prepare('WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) SELECT n FROM c');
    for (const length of [1, 99, 100, 101, 200, 1000]) {
      expect(count.all(length).map((row) => row['n'])).toEqual(Array.from({ length }, (_, index) => index + 1));
    }
  });
});

describe('placeholders', () => {
  it.each([
    ['SELECT 1', 0],
    ['SELECT ?, ?', 2],
    ["SELECT '?', ?", 1],
    ["SELECT 'it''s ?', ?", 1],
    ['SELECT 1 AS "a?", 2 AS "b""?", ?', 1],
    ['SELECT 1 AS `a?`, 2 AS [b?], ?', 1],
    ['SELECT ? -- and ?\n, ?', 2],
    ['SELECT /* ? \n -- */ ?', 1],
    ['SELECT ? /* open to the end ?', 1],
    ['SELECT 1 AS a$b, ?', 1],
    ['SELECT 1 AS naïve$x, ?', 1],
    ["SELECT json('[1]') -> ?", 1],
    ["SELECT ':a', ?;", 1],
    [' ; SELECT ? ; -- done', 1],
  ])('%j takes %i parameters, no more and no fewer', (sql, count) => {
    const statement = open().prepare(sql);
    const parameters = Array<number>(count).fill(0);
    expect(statement.all(...parameters)).toHaveLength(1);
    expect(thrownBy(() => statement.all(...parameters, 0))).toBeInstanceOf(RangeError);
    if (count > 0) expect(thrownBy(() => statement.all(...parameters.slice(1)))).toBeInstanceOf(RangeError);
  });

  it.each(['SELECT ?1', 'SELECT ?, ?2', 'SELECT :name', 'SELECT @name', 'SELECT $name'])('%j is refused: only ? is supported', (sql) => {
    expect(thrownBy(() => open().prepare(sql)).message).toContain('only ? is supported');
  });

  it('a second statement is refused instead of being left out', () => {
    expect(thrownBy(() => open().prepare('SELECT 1; SELECT 2')).message).toContain('more than one statement');
    expect(open().prepare('SELECT 1; -- the end').all()).toEqual([{ '1': 1 }]);
  });

  it('a trigger may hold semicolons', () => {
    const database = open();
    database.exec('CREATE TABLE a (n); CREATE TABLE b (n)');
    database.prepare('CREATE TEMP TRIGGER copy AFTER INSERT ON a BEGIN DELETE FROM b; INSERT INTO b VALUES (new.n); END').run();
    database.prepare('INSERT INTO a VALUES (?)').run(7);
    expect(database.prepare('SELECT n FROM b').all()).toEqual([{ n: 7 }]);
  });

  it.each(['', ' ;', '-- nothing', 'SELECT 1\0', "SELECT '\ud800'"])('%j is refused as SQL', (sql) => {
    expect(thrownBy(() => open().prepare(sql))).toBeInstanceOf(TypeError);
  });
});

describe('errors', () => {
  it.each([
    ["INSERT INTO t (id, name) VALUES (1, 'b')", 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ["INSERT INTO t (name) VALUES ('a')", 'SQLITE_CONSTRAINT_UNIQUE'],
    ["INSERT INTO t (name) VALUES ('a') RETURNING id", 'SQLITE_CONSTRAINT_UNIQUE'],
    ['UPDATE t SET name = NULL', 'SQLITE_CONSTRAINT_NOTNULL'],
    ['UPDATE t SET age = -1', 'SQLITE_CONSTRAINT_CHECK'],
    ['UPDATE t SET parent = 9', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
    ['SELECT nothing FROM t', 'SQLITE_ERROR'],
  ])('%s fails with %s, and the connection stays usable', (sql, code) => {
    const database = open();
    database.pragma('foreign_keys = ON');
    database.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INT CHECK (age > 0), parent INT REFERENCES t (id)); INSERT INTO t (name) VALUES ('a')",
    );
    const act = () => {
      const statement = database.prepare(sql);
      return statement.reader ? statement.all() : statement.run();
    };
    expect(thrownBy(act).code).toBe(code);
    expect(database.prepare('SELECT count(*) AS rows FROM t').all()).toEqual([{ rows: 1 }]);
  });

  it('a locked database is waited for as long as the timeout says, then it is SQLITE_BUSY', () => {
    const holder = open(file);
    holder.exec('CREATE TABLE t (n); BEGIN IMMEDIATE');
    const waiter = open(file, { timeout: 200 });
    const before = performance.now();
    expect(thrownBy(() => waiter.prepare('INSERT INTO t VALUES (?)').run(1)).code).toBe('SQLITE_BUSY');
    expect(performance.now() - before).toBeGreaterThanOrEqual(190);
    expect(waiter.pragma('busy_timeout', { simple: true })).toBe(200);
    expect(holder.pragma('busy_timeout', { simple: true })).toBe(5000);
  });

  it('a write that waited for a lock goes through when the lock is released', async () => {
    const database = open(file);
    database.exec('CREATE TABLE t (n)');
    // It waits as well: its COMMIT may come in the moment in which the other looks whether it can write.
    const code = `const { parentPort, workerData } = require('node:worker_threads');
      const database = new (require('libsql'))(workerData, { timeout: 5000 });
      database.exec('BEGIN IMMEDIATE');
      database.exec('INSERT INTO t VALUES (1)');
      parentPort.postMessage('locked');
      setTimeout(() => { database.exec('COMMIT'); database.close(); }, 100);`;
    const holder = new Worker(code, { eval: true, workerData: file });
    await new Promise((resolve) => holder.once('message', resolve));
    const ended = new Promise((resolve, reject) => holder.once('exit', resolve).once('error', reject));
    database.prepare('INSERT INTO t VALUES (?)').run(2);
    await ended;
    expect(database.prepare('SELECT n FROM t ORDER BY n').all()).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe('connections', () => {
  it('a second connection on the same WAL file reads what the first has committed, and only that', () => {
    const writer = open(file);
    expect(writer.pragma('journal_mode = WAL', { simple: true })).toBe('wal');
    writer.exec('CREATE TABLE t (n)');
    const reader = open(file, { readonly: true });
    const select = reader.prepare('SELECT n FROM t');
    writer.exec('BEGIN IMMEDIATE');
    writer.prepare('INSERT INTO t VALUES (?)').run(1);
    expect(writer.inTransaction).toBe(true);
    expect(select.all()).toEqual([]);
    writer.exec('COMMIT');
    expect(writer.inTransaction).toBe(false);
    expect(select.all()).toEqual([{ n: 1 }]);
  });

  it('PRAGMA synchronous = FULL stays set', () => {
    const database = open(file);
    database.pragma('journal_mode = WAL');
    for (const [mode, number] of [
      ['NORMAL', 1],
      ['FULL', 2],
    ] as const) {
      database.pragma(`synchronous = ${mode}`);
      database.exec('CREATE TABLE IF NOT EXISTS t (n); BEGIN; INSERT INTO t VALUES (1); COMMIT');
      expect(database.pragma('synchronous', { simple: true })).toBe(number);
    }
  });

  it('closing rolls back, frees the lock, and may be repeated', () => {
    const first = open(file);
    first.exec('CREATE TABLE t (n); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    const insert = first.prepare('INSERT INTO t VALUES (?)');
    first.close().close();
    expect(first.open).toBe(false);
    expect(first.inTransaction).toBe(false);
    for (const act of [
      () => insert.run(1),
      () => first.prepare('SELECT 1'),
      () => first.exec('SELECT 1'),
      () => first.pragma('synchronous'),
    ]) {
      expect(thrownBy(act).message).toBe('The database connection is closed');
    }
    const second = open(file, { timeout: 0 });
    second.exec('BEGIN IMMEDIATE');
    expect(second.prepare('SELECT n FROM t').all()).toEqual([]);
  });

  it('a read-only connection refuses writes', () => {
    open(file).exec('CREATE TABLE t (n)');
    const reader = open(file, { readonly: true });
    expect(thrownBy(() => reader.prepare('INSERT INTO t VALUES (?)').run(1)).code).toBe('SQLITE_READONLY');
  });

  it('a missing file is not made when it must exist', () => {
    expect(() => open(file, { fileMustExist: true })).toThrow('does not exist');
    expect(() => open('a\0b')).toThrow(TypeError);
  });
});

describe('under TypeORM', () => {
  interface Note {
    id: number;
    name: string;
    body: string | null;
    raw: Buffer | null;
    pinned: boolean;
    at: Date;
    tags: string[];
  }
  const Notes = new EntitySchema<Note>({
    name: 'note',
    columns: {
      id: { type: 'integer', primary: true, generated: 'increment' },
      name: { type: 'text', unique: true },
      body: { type: 'text', nullable: true },
      raw: { type: 'blob', nullable: true },
      pinned: { type: 'boolean' },
      at: { type: 'datetime' },
      tags: { type: 'simple-json' },
    },
  });
  const note = { name: 'a', body: null, raw: Buffer.from([0, 1, 255]), pinned: true, at: new Date(1_700_000_000_123), tags: ['x', '🍣'] };
  let source: DataSource;

  beforeEach(async () => {
    source = new DataSource({
      type: 'better-sqlite3',
      driver: SqliteDriver,
      database: file,
      enableWAL: true,
      prepareDatabase: (database: SqliteDriver) => void database.pragma('synchronous = FULL'),
      entities: [Notes],
      synchronize: true,
    });
    await source.initialize();
  });
  afterEach(() => source.destroy());

  it('entities are stored and found again', async () => {
    const saved = await source.getRepository(Notes).save({ ...note });
    expect(saved.id).toBe(1);
    expect(await source.getRepository(Notes).findOneByOrFail({ name: 'a', pinned: true })).toEqual({ ...note, id: 1 });
    expect((await source.getRepository(Notes).update({ id: 1 }, { pinned: false })).affected).toBe(1);
    expect(await source.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    expect(await source.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  });

  it('a second entity of the same name fails with a code that tells so', async () => {
    await source.getRepository(Notes).insert({ ...note });
    const error = await source
      .getRepository(Notes)
      .insert({ ...note })
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(QueryFailedError);
    expect((error as QueryFailedError<Error & { code: string }>).driverError.code).toBe('SQLITE_CONSTRAINT_UNIQUE');
  });

  it('a failed transaction leaves nothing behind', async () => {
    const failing = source.transaction(async (manager) => {
      await manager.getRepository(Notes).insert({ ...note });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await source.getRepository(Notes).count()).toBe(0);
  });
});
