import type { SqlValue, Statement } from './connections';
import type { Dialect } from './dialect';
import type { EntryRow } from './entry-row';

/** A conversation's row while a transaction holds it. */
export interface LockedConversation {
  readonly id: number;
  last_seq: number;
  number: number;
  last_message_seq: number;
  last_at: number;
  acl_version: number;
}

/** What is known of an entry by its key. */
export interface StoredKey {
  readonly conversation_id: number;
  readonly sender: string;
  readonly msg_key: string;
  readonly seq: number;
  readonly number: number;
  readonly at: number;
}

/** A row to insert, beside its conversation. */
export type NewEntry = Pick<
  EntryRow,
  'seq' | 'kind' | 'sender' | 'msg_key' | 'type' | 'number' | 'at' | 'body' | 'reply_to' | 'mentions' | 'expire_at' | 'burn'
> & {
  readonly conversation_id: number;
};

/** When somebody last sent something to a conversation; `null` if that is not known. */
export interface LastSent {
  readonly conversation_id: number;
  readonly user_id: string;
  readonly last_sent_at: number | null;
}

/** What a sender has sent to a conversation: how much, and when the last of it. */
export interface Sent {
  readonly conversation_id: number;
  readonly sender: string;
  readonly count: number;
  readonly at: number;
}

type Key = Pick<StoredKey, 'conversation_id' | 'sender' | 'msg_key'>;

/** That a message above a position is for a user: one row for each who is mentioned, or one whose user is `@all`. */
export interface Mention {
  readonly conversation_id: number;
  readonly user_id: string;
  readonly seq: number;
  readonly sender: string;
}

/** Up to which seq something was said in a group, and whom that mentions. */
export interface Saying {
  readonly conversation_id: number;
  readonly seq: number;
  readonly names: readonly string[];
}

/** The statements of a flush. Each works on many rows. */
export interface LogSql {
  /** Holds the conversations' rows, in the order of their ids; answers `LockedConversation`s. */
  lock(ids: readonly number[]): Statement;
  /** Those of the keys that are stored already; answers `StoredKey`s. */
  stored(keys: readonly Key[]): Statement;
  /** Only of a flush in which somebody may have to wait after their last message; answers `LastSent`s. */
  lastSent(senders: readonly Pick<Key, 'conversation_id' | 'sender'>[]): Statement;
  /** For entries that do not end by themselves. */
  insert(rows: readonly NewEntry[]): Statement;
  /** For messages that do; what is to be looked for goes with them. */
  insertEnding(rows: readonly NewEntry[]): Statement[];
  /** They changed at `changedAt` or, where the server has a clock, when this statement runs: a transaction may have waited since. */
  update(conversations: readonly LockedConversation[], changedAt: number, serverClock: boolean): Statement;
  /** Adds to the own entries that senders have above their read position, and remembers when they last sent something. */
  addOwnAbove(sent: readonly Sent[]): Statement;
  /** Only of a flush that mentions somebody. */
  mention(mentions: readonly Mention[]): Statement;
  /** Only of a flush that says something in a group: tells the fan-out. What waits there already is raised. */
  say(sayings: readonly Saying[], at: number): Statement;
  /** Only where a message is taken back: it mentions none of these any more. */
  dropMentions(conversation: number, userIds: readonly string[], seq: number): Statement;
}

const locked = 'id, last_seq, number, last_message_seq, last_at, acl_version';
const insertColumns = 'conversation_id, seq, kind, sender, msg_key, type, number, at, body, reply_to, mentions';
const newValues = (row: NewEntry): SqlValue[] => [
  row.conversation_id,
  row.seq,
  row.kind,
  row.sender,
  row.msg_key,
  row.type,
  row.number,
  row.at,
  row.body,
  row.reply_to,
  row.mentions,
];

const endingColumns = `${insertColumns}, expire_at, burn`;
const endingValues = (row: NewEntry): SqlValue[] => [...newValues(row), row.expire_at, row.burn];
const expiries = (rows: readonly NewEntry[]): SqlValue[][] =>
  rows.flatMap((row) => (row.expire_at === null ? [] : [[row.expire_at, row.conversation_id, row.seq]]));
const burns = (rows: readonly NewEntry[]): SqlValue[][] =>
  rows.filter(({ burn }) => burn).map((row) => [row.conversation_id, row.seq, row.sender]);
/** The tables that a message which ends by itself has rows in, and those rows. */
const endingTables = (rows: readonly NewEntry[]): { into: string; columns: number; values: SqlValue[][] }[] =>
  [
    { into: `entries (${endingColumns})`, columns: 13, values: rows.map(endingValues) },
    { into: 'expiries (expire_at, conversation_id, seq)', columns: 3, values: expiries(rows) },
    { into: 'burns (conversation_id, seq, sender)', columns: 3, values: burns(rows) },
  ].filter(({ values }) => values.length > 0);

const mentionColumns = 'conversation_id, user_id, seq, sender';
const mentionValues = (mention: Mention): SqlValue[] => [mention.conversation_id, mention.user_id, mention.seq, mention.sender];

const outboxColumns = 'conversation_id, highest_seq, mentions, at';
const sayingValues = ({ conversation_id, seq, names }: Saying): SqlValue[] => [
  conversation_id,
  seq,
  names.map((name) => ` ${name}`).join(''),
];
/** When nobody hands rows over for long, those who are mentioned last are not named any more: the list of each would not end. */
const maxNamesLength = 16_384;

const fields = (count: number): string => Array.from({ length: count }, (_, i) => `value->>${i}`).join(', ');

/** SQLite takes all rows as one JSON parameter, so that each statement is prepared once whatever the size of the flush. */
const sqlite: LogSql = {
  lock: (ids) => ({
    sql: `SELECT ${locked} FROM conversations WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
    values: [JSON.stringify(ids)],
  }),
  stored: (keys) => ({
    sql: `SELECT e.conversation_id, e.sender, e.msg_key, e.seq, e.number, e.at FROM json_each(?) k CROSS JOIN entries e
       ON e.conversation_id = k.value->>0 AND e.sender = k.value->>1 AND e.msg_key = k.value->>2`,
    values: [JSON.stringify(keys.map((key) => [key.conversation_id, key.sender, key.msg_key]))],
  }),
  lastSent: (senders) => ({
    sql: `SELECT m.conversation_id, m.user_id, m.last_sent_at FROM json_each(?) k CROSS JOIN members m
       ON m.conversation_id = k.value->>0 AND m.user_id = k.value->>1`,
    values: [JSON.stringify(senders.map(({ conversation_id, sender }) => [conversation_id, sender]))],
  }),
  insert: (rows) => ({
    sql: `INSERT INTO entries (${insertColumns}) SELECT ${fields(11)} FROM json_each(?)`,
    values: [JSON.stringify(rows.map(newValues))],
  }),
  insertEnding: (rows) =>
    endingTables(rows).map(({ into, columns, values }) => ({
      sql: `INSERT INTO ${into} SELECT ${fields(columns)} FROM json_each(?)`,
      values: [JSON.stringify(values)],
    })),
  update: (conversations, changedAt) => ({
    sql: `UPDATE conversations SET last_seq = v.value->>1, number = v.value->>2, last_message_seq = v.value->>3, last_at = v.value->>4,
       acl_version = v.value->>5, changed_at = ? FROM json_each(?) v WHERE conversations.id = v.value->>0`,
    values: [
      changedAt,
      JSON.stringify(conversations.map((c) => [c.id, c.last_seq, c.number, c.last_message_seq, c.last_at, c.acl_version])),
    ],
  }),
  addOwnAbove: (sent) => ({
    sql: `UPDATE members SET own_above = own_above + (v.value->>2), last_sent_at = v.value->>3 FROM json_each(?) v
       WHERE members.conversation_id = v.value->>0 AND members.user_id = v.value->>1`,
    values: [JSON.stringify(sent.map((one) => [one.conversation_id, one.sender, one.count, one.at]))],
  }),
  mention: (mentions) => ({
    sql: `INSERT INTO mentions (${mentionColumns}) SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)`,
    values: [JSON.stringify(mentions.map(mentionValues))],
  }),
  say: (sayings, at) => ({
    // Without a WHERE, SQLite would take ON for a part of the join.
    sql: `INSERT INTO outbox (${outboxColumns}) SELECT ${fields(3)}, ? FROM json_each(?) WHERE true ON CONFLICT (conversation_id) DO UPDATE
       SET highest_seq = excluded.highest_seq,
         mentions = CASE WHEN length(mentions) < ${maxNamesLength} THEN mentions || excluded.mentions ELSE mentions END`,
    values: [at, JSON.stringify(sayings.map(sayingValues))],
  }),
  dropMentions: (conversation, userIds, seq) => ({
    sql: 'DELETE FROM mentions WHERE conversation_id = ? AND user_id IN (SELECT value FROM json_each(?)) AND seq = ?',
    values: [conversation, JSON.stringify(userIds), seq],
  }),
};

const marks = (rows: number, columns: number): string =>
  Array(rows)
    .fill(`(${Array(columns).fill('?').join(', ')})`)
    .join(', ');
/** Rows of parameters as a table, in words that MySQL, MariaDB and TiDB share; the first row names the columns. */
export const rowsTable = (names: readonly string[], rows: number): string =>
  [
    `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`,
    ...Array<string>(rows - 1).fill(`SELECT ${names.map(() => '?').join(', ')}`),
  ].join(' UNION ALL ');

/** The server's time in milliseconds, as of the beginning of the statement. */
export const nowSql = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)';

/** Every statement goes from what it is given to the rows, by an index: a scan would wait for the rows that other lanes hold. */
const mysql: LogSql = {
  lock: (ids) => ({
    sql: `SELECT ${locked} FROM conversations FORCE INDEX (PRIMARY) WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id FOR UPDATE`,
    values: ids,
  }),
  stored: (keys) => ({
    sql: `SELECT conversation_id, sender, msg_key, seq, number, at FROM entries FORCE INDEX (entries_key)
       WHERE (conversation_id, msg_key, sender) IN (${marks(keys.length, 3)})`,
    values: keys.flatMap((key) => [key.conversation_id, key.msg_key, key.sender]),
  }),
  lastSent: (senders) => ({
    sql: `SELECT conversation_id, user_id, last_sent_at FROM members FORCE INDEX (PRIMARY)
       WHERE (conversation_id, user_id) IN (${marks(senders.length, 2)})`,
    values: senders.flatMap(({ conversation_id, sender }) => [conversation_id, sender]),
  }),
  insert: (rows) => ({
    sql: `INSERT INTO entries (${insertColumns}) VALUES ${marks(rows.length, 11)}`,
    values: rows.flatMap(newValues),
  }),
  insertEnding: (rows) =>
    endingTables(rows).map(({ into, columns, values }) => ({
      sql: `INSERT INTO ${into} VALUES ${marks(values.length, columns)}`,
      values: values.flat(),
    })),
  update: (conversations, changedAt, serverClock) => ({
    sql: `UPDATE (${rowsTable(['id', 'last_seq', 'number', 'last_message_seq', 'last_at', 'acl_version'], conversations.length)}) v
       STRAIGHT_JOIN conversations c FORCE INDEX (PRIMARY) ON c.id = v.id SET c.last_seq = v.last_seq, c.number = v.number, c.last_message_seq = v.last_message_seq, c.last_at = v.last_at,
       c.acl_version = v.acl_version, c.changed_at = ${serverClock ? `GREATEST(?, ${nowSql})` : '?'}`,
    values: [...conversations.flatMap((c) => [c.id, c.last_seq, c.number, c.last_message_seq, c.last_at, c.acl_version]), changedAt],
  }),
  addOwnAbove: (sent) => ({
    sql: `UPDATE (${rowsTable(['conversation_id', 'sender', 'count', 'at'], sent.length)}) v STRAIGHT_JOIN members m FORCE INDEX (PRIMARY)
       ON m.conversation_id = v.conversation_id AND m.user_id = CONVERT(v.sender USING ascii)
       SET m.own_above = m.own_above + v.count, m.last_sent_at = v.at`,
    values: sent.flatMap((one) => [one.conversation_id, one.sender, one.count, one.at]),
  }),
  mention: (mentions) => ({
    sql: `INSERT INTO mentions (${mentionColumns}) VALUES ${marks(mentions.length, 4)}`,
    values: mentions.flatMap(mentionValues),
  }),
  say: (sayings, at) => ({
    sql: `INSERT INTO outbox (${outboxColumns}) VALUES ${marks(sayings.length, 4)} ON DUPLICATE KEY UPDATE
       highest_seq = VALUES(highest_seq), mentions = IF(LENGTH(mentions) < ${maxNamesLength}, CONCAT(mentions, VALUES(mentions)), mentions)`,
    values: sayings.flatMap((saying) => [...sayingValues(saying), at]),
  }),
  dropMentions: (conversation, userIds, seq) => ({
    sql: `DELETE x FROM mentions x FORCE INDEX (PRIMARY)
       WHERE x.conversation_id = ? AND x.user_id IN (${userIds.map(() => '?').join(', ')}) AND x.seq = ?`,
    values: [conversation, ...userIds, seq],
  }),
};

export const logSql: Readonly<Record<Dialect, LogSql>> = { sqlite, mysql };
