import { join } from 'node:path';
import { clientKey } from '@app/storage';
// The driver alone, without what Parley puts around it: this peer is to be as fast as its method allows.
import { SqliteDriver } from '../../libs/storage/src/sqlite-driver';
import { type DirectLog, type LogInput, conversationAt, countsOf, prepare, senderId } from './direct-log';

interface Locked {
  readonly last_seq: number;
  readonly number: number;
  readonly last_at: number;
}

/**
 * The usual way on SQLite: each message in a transaction of its own. Same schema, same driver, same durability and the same rows as Parley's log,
 * by prepared statements for single rows.
 */
export async function openOneTransaction(input: LogInput): Promise<DirectLog> {
  const all = await prepare(input);
  const driver = new SqliteDriver(join(input.store.dataDir, 'parley.db'));
  driver.pragma('journal_mode = WAL');
  driver.pragma('synchronous = FULL');
  const begin = driver.prepare('BEGIN IMMEDIATE');
  const lock = driver.prepare('SELECT last_seq, number, last_at FROM conversations WHERE id = ?');
  const stored = driver.prepare('SELECT seq, number, at FROM entries WHERE conversation_id = ? AND sender = ? AND msg_key = ?');
  const insert = driver.prepare(
    `INSERT INTO entries (conversation_id, seq, kind, sender, msg_key, type, number, at, body) VALUES (?, ?, 'message', ?, ?, 'text', ?, ?, ?)`,
  );
  const update = driver.prepare(
    'UPDATE conversations SET last_seq = ?, number = ?, last_message_seq = ?, last_at = ?, changed_at = ? WHERE id = ?',
  );
  const addOwn = driver.prepare('UPDATE members SET own_above = own_above + 1 WHERE conversation_id = ? AND user_id = ?');
  const commit = driver.prepare('COMMIT');

  const store = (rowId: number, sender: string, key: string, body: string): number => {
    begin.run();
    const [state] = lock.all(rowId) as unknown as Locked[];
    if (!state) throw new Error('there is no such conversation');
    if (stored.all(rowId, sender, key).length > 0) throw new Error('a key was used twice');
    const seq = state.last_seq + 1;
    const at = Math.max(Date.now(), state.last_at);
    insert.run(rowId, seq, sender, key, state.number + 1, at, body);
    update.run(seq, state.number + 1, seq, at, at, rowId);
    addOwn.run(rowId, sender);
    commit.run();
    return seq;
  };

  return {
    append: async (sender, turn, key, body) => {
      const { rowId } = conversationAt(all, sender, turn);
      return { rowId, seq: store(rowId, senderId(sender), clientKey(key), body) };
    },
    counts: () => countsOf({ rows: async <T>(sql: string) => driver.prepare(sql).all() as T[] }),
  };
}
