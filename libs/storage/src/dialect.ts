/** The SQL families that Parley speaks: SQLite, and MySQL with its kin (MariaDB, TiDB). */
export type Dialect = 'sqlite' | 'mysql';

/** The few words in which the dialects differ. */
export interface Words {
  readonly insertIgnore: string;
  readonly forUpdate: string;
  /** After a table's name: find its rows by the primary key. A scan would wait for rows that other transactions hold. */
  readonly byKey: string;
  /** Opens a write transaction. */
  readonly begin: string;
}

export const words: Readonly<Record<Dialect, Words>> = {
  sqlite: { insertIgnore: 'INSERT OR IGNORE', forUpdate: '', byKey: '', begin: 'BEGIN IMMEDIATE' },
  // READ COMMITTED, which every connection is set to when it is made.
  mysql: { insertIgnore: 'INSERT IGNORE', forUpdate: ' FOR UPDATE', byKey: ' FORCE INDEX (PRIMARY)', begin: 'START TRANSACTION' },
};
