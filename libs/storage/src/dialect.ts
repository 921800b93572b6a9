/** The SQL families that Parley speaks: SQLite, and MySQL with its kin (MariaDB, TiDB). */
export type Dialect = 'sqlite' | 'mysql';

/** The few words in which the dialects differ. */
export interface Words {
  readonly insertIgnore: string;
  readonly forUpdate: string;
  /** Opens a write transaction. */
  readonly begin: string;
}

export const words: Readonly<Record<Dialect, Words>> = {
  sqlite: { insertIgnore: 'INSERT OR IGNORE', forUpdate: '', begin: 'BEGIN IMMEDIATE' },
  // READ COMMITTED, which every connection is set to when it is made.
  mysql: { insertIgnore: 'INSERT IGNORE', forUpdate: ' FOR UPDATE', begin: 'START TRANSACTION' },
};
