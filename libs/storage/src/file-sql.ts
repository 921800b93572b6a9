import type { SqlValue, Statement } from './connections';
import type { Dialect } from './dialect';

/** That a message carries a file. */
export interface FileUse {
  readonly conversation_id: number;
  readonly seq: number;
  readonly file_id: string;
}

/** Statements about the files that messages carry. A flush without files runs none of them. */
export interface FileSql {
  /** Holds those of the files that are ready, so that they stay while the transaction lasts; answers their `id`s. */
  hold(ids: readonly string[]): Statement;
  /** Messages carry files. */
  carry(uses: readonly FileUse[]): Statement;
  /** Messages of one conversation carry nothing any more. */
  drop(conversation: number, seqs: readonly number[]): Statement;
}

const useColumns = 'conversation_id, seq, file_id';
const useValues = (use: FileUse): SqlValue[] => [use.conversation_id, use.seq, use.file_id];
const marks = (values: readonly unknown[], mark = '?'): string => values.map(() => mark).join(', ');

const sqlite: FileSql = {
  hold: (ids) => ({
    sql: `SELECT id FROM files WHERE id IN (SELECT value FROM json_each(?)) AND state = 'ready'`,
    values: [JSON.stringify(ids)],
  }),
  carry: (uses) => ({
    sql: `INSERT INTO file_uses (${useColumns}) SELECT value->>0, value->>1, value->>2 FROM json_each(?)`,
    values: [JSON.stringify(uses.map(useValues))],
  }),
  drop: (conversation, seqs) => ({
    sql: 'DELETE FROM file_uses WHERE conversation_id = ? AND seq IN (SELECT value FROM json_each(?))',
    values: [conversation, JSON.stringify(seqs)],
  }),
};

/** Goes from what is given to the rows, as the statements of a flush do. Files are held in the order of their ids: two never wait for each other. */
const mysql: FileSql = {
  hold: (ids) => ({
    sql: `SELECT id FROM files FORCE INDEX (PRIMARY) WHERE id IN (${marks(ids)}) AND state = 'ready' ORDER BY id FOR UPDATE`,
    values: ids,
  }),
  carry: (uses) => ({
    sql: `INSERT INTO file_uses (${useColumns}) VALUES ${marks(uses, '(?, ?, ?)')}`,
    values: uses.flatMap(useValues),
  }),
  drop: (conversation, seqs) => ({
    sql: `DELETE x FROM file_uses x FORCE INDEX (PRIMARY) WHERE x.conversation_id = ? AND x.seq IN (${marks(seqs)})`,
    values: [conversation, ...seqs],
  }),
};

export const fileSql: Readonly<Record<Dialect, FileSql>> = { sqlite, mysql };
