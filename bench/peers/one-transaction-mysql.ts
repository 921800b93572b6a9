import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';
import { clientKey } from '@app/storage';
import { type DirectLog, type LogInput, conversationAt, countsOf, prepare, senderId } from './direct-log';

/** Connections of the pool: the usual size. More of them only wait for each other, on one hot conversation as on the disk. */
const connections = 10;

interface Locked extends RowDataPacket {
  readonly last_seq: number;
  readonly number: number;
  readonly last_at: number;
}

const begin = `BEGIN;
  SELECT last_seq, number, last_at FROM conversations WHERE id = ? FOR UPDATE;
  SELECT seq, number, at FROM entries WHERE conversation_id = ? AND sender = ? AND msg_key = ?`;
const end = `INSERT INTO entries (conversation_id, seq, kind, sender, msg_key, type, number, at, body) VALUES (?, ?, 'message', ?, ?, 'text', ?, ?, ?);
  UPDATE conversations SET last_seq = ?, number = ?, last_message_seq = ?, last_at = ?, changed_at = ? WHERE id = ?;
  UPDATE members SET own_above = own_above + 1 WHERE conversation_id = ? AND user_id = ?;
  COMMIT`;

/**
 * The usual way on MySQL and MariaDB: each message in a transaction of its own. Same schema, same driver, same durability and the same
 * rows as Parley's log, by statements for single rows in two round trips, which is the least.
 */
export async function openOneTransactionOnMysql(input: LogInput): Promise<DirectLog> {
  const all = await prepare(input);
  const pool: Pool = createPool({ uri: input.store.url, connectionLimit: connections, multipleStatements: true, supportBigNumbers: true });
  pool.on('connection', (connection: PoolConnection) => void connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'));

  const store = async (rowId: number, sender: string, key: string, body: string): Promise<number> => {
    const connection = await pool.getConnection();
    try {
      const [[, states, stored]] = await connection.query<RowDataPacket[][]>(begin, [rowId, rowId, sender, key]);
      const [state] = states as Locked[];
      if (!state) throw new Error('there is no such conversation');
      if (stored?.length !== 0) throw new Error('a key was used twice');
      const seq = state.last_seq + 1;
      const number = state.number + 1;
      const at = Math.max(Date.now(), state.last_at);
      const entry = [rowId, seq, sender, key, number, at, body];
      await connection.query(end, [...entry, seq, number, seq, at, at, rowId, rowId, sender]);
      return seq;
    } finally {
      connection.release();
    }
  };

  return {
    append: async (sender, turn, key, body) => {
      const { rowId } = conversationAt(all, sender, turn);
      return { rowId, seq: await store(rowId, senderId(sender), clientKey(key), body) };
    },
    counts: () => countsOf({ rows: async <T>(sql: string) => (await pool.query<RowDataPacket[]>(sql))[0] as T[] }),
  };
}
