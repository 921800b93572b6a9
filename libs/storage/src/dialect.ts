/** The SQL families that Parley speaks: SQLite, and MySQL with its kin (MariaDB, TiDB). */
export type Dialect = 'sqlite' | 'mysql';

/** The few words in which the dialects differ. */
export interface Words {
  readonly insertIgnore: string;
  readonly forUpdate: string;
  /** After a table's name: find its rows by the primary key. A scan would wait for rows that other transactions hold. */
  readonly byKey: string;
  /** The same by another index: young statistics may lead to one that holds all rows of a conversation. */
  by(index: string): string;
  /** Opens a write transaction. */
  readonly begin: string;
  /** What an INSERT ends with so that a row whose primary key is there already gets the new values of these columns. */
  upsert(key: string, columns: readonly string[]): string;
}

export const words: Readonly<Record<Dialect, Words>> = {
  sqlite: {
    insertIgnore: 'INSERT OR IGNORE',
    forUpdate: '',
    byKey: '',
    by: () => '',
    begin: 'BEGIN IMMEDIATE',
    upsert: (key, columns) => `ON CONFLICT (${key}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  },
  mysql: {
    insertIgnore: 'INSERT IGNORE',
    forUpdate: ' FOR UPDATE',
    byKey: ' FORCE INDEX (PRIMARY)',
    by: (index) => ` FORCE INDEX (${index})`,
    // READ COMMITTED, which every connection is set to when it is made.
    begin: 'START TRANSACTION',
    upsert: (_key, columns) => `ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = VALUES(${name})`).join(', ')}`,
  },
};
