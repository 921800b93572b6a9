import type { SqlValue, Statement } from './connections';
import type { Dialect } from './dialect';
import { rowsTable } from './log-sql';

/** Statements that make several messages of one conversation end: each works on all of them. */
export interface EndingSql {
  /** They are looked for at these times no more. */
  dropExpiries(conversation: number, endings: readonly { readonly seq: number; readonly expireAt: number }[]): Statement;
  /** Nobody's reading burns them any more. */
  dropBurns(conversation: number, seqs: readonly number[]): Statement;
}

const sqlite: EndingSql = {
  dropExpiries: (conversation, endings) => ({
    sql: `DELETE FROM expiries WHERE conversation_id = ? AND (expire_at, seq) IN (SELECT value->>0, value->>1 FROM json_each(?))`,
    values: [conversation, JSON.stringify(endings.map(({ expireAt, seq }) => [expireAt, seq]))],
  }),
  dropBurns: (conversation, seqs) => ({
    sql: 'DELETE FROM burns WHERE conversation_id = ? AND seq IN (SELECT value FROM json_each(?))',
    values: [conversation, JSON.stringify(seqs)],
  }),
};

/** Goes from what is given to the rows, as the statements of a flush do. */
const mysql: EndingSql = {
  dropExpiries: (conversation, endings) => ({
    sql: `DELETE x FROM (${rowsTable(['expire_at', 'seq'], endings.length)}) v STRAIGHT_JOIN expiries x FORCE INDEX (PRIMARY)
       ON x.expire_at = v.expire_at AND x.conversation_id = ? AND x.seq = v.seq`,
    values: [...endings.flatMap(({ expireAt, seq }): SqlValue[] => [expireAt, seq]), conversation],
  }),
  dropBurns: (conversation, seqs) => ({
    sql: `DELETE x FROM burns x FORCE INDEX (PRIMARY) WHERE x.conversation_id = ? AND x.seq IN (${seqs.map(() => '?').join(', ')})`,
    values: [conversation, ...seqs],
  }),
};

export const endingSql: Readonly<Record<Dialect, EndingSql>> = { sqlite, mysql };
