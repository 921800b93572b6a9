import type { QueryRunner } from 'typeorm';

/**
 * Ids and keys are compared byte by byte and text keeps every character, whatever the server's defaults.
 * `big` holds counts, positions and milliseconds, all below 2^53.
 */
const types = {
  sqlite: {
    id: 'TEXT',
    word: 'TEXT',
    text: 'TEXT',
    body: 'TEXT',
    big: 'INTEGER',
    auto: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  },
  mysql: {
    id: 'VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin',
    word: 'VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin',
    text: 'VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    body: 'MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    big: 'BIGINT',
    auto: 'BIGINT AUTO_INCREMENT PRIMARY KEY',
  },
} as const;

/** A table: its columns, and indexes by their names. With `key`, rows lie in its order and have no other number. */
export interface Table {
  readonly columns: readonly string[];
  readonly key?: string;
  readonly unique?: Readonly<Record<string, string>>;
  readonly index?: Readonly<Record<string, string>>;
}

const dialectOf = (runner: QueryRunner): keyof typeof types => (runner.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql');

/** The types of columns on the store of this run. */
export const typesOf = (runner: QueryRunner): (typeof types)[keyof typeof types] => types[dialectOf(runner)];

/**
 * Makes a table with its indexes, unless it is there. MySQL commits each table by itself, so a migration that was cut short is run
 * again from the beginning, and finds a table with all its indexes or none.
 */
export async function createTable(runner: QueryRunner, name: string, { columns, key, unique = {}, index = {} }: Table): Promise<void> {
  const parts = [...columns, ...(key ? [`PRIMARY KEY (${key})`] : [])];
  const indexes = [
    ...Object.entries(unique).map(([index, on]) => ({ word: 'UNIQUE INDEX', index, on })),
    ...Object.entries(index).map(([index, on]) => ({ word: 'INDEX', index, on })),
  ];
  if (dialectOf(runner) === 'mysql') {
    const all = [...parts, ...indexes.map(({ word, index, on }) => `${word} ${index} (${on})`)];
    await runner.query(`CREATE TABLE IF NOT EXISTS \`${name}\` (${all.join(', ')}) ENGINE=InnoDB`);
    return;
  }
  await runner.query(`CREATE TABLE IF NOT EXISTS \`${name}\` (${parts.join(', ')})${key ? ' WITHOUT ROWID' : ''}`);
  for (const { word, index, on } of indexes) await runner.query(`CREATE ${word} IF NOT EXISTS ${index} ON \`${name}\` (${on})`);
}

/**
 * Adds a column that may be empty, so that the version before, which does not know it, still writes rows. A column that is there is left
 * as it is: the run before may have been cut short.
 */
export async function addColumn(runner: QueryRunner, table: string, column: string, type: string): Promise<void> {
  if (await runner.hasColumn(table, column)) return;
  await runner.query(`ALTER TABLE \`${table}\` ADD COLUMN ${column} ${type} NULL`);
}

/** Drops a table, unless it is gone. */
export async function dropTable(runner: QueryRunner, name: string): Promise<void> {
  await runner.query(`DROP TABLE IF EXISTS \`${name}\``);
}
