import { mentionAll } from '@app/protocol';

// Expressions over `m`, a row of members, and `c`, the row of its conversation. Unread is arithmetic: what counts is never walked, and
// what is taken away is found by an index.

/** A column by what it is for the base: the later of what the user has read and what they have deleted for themselves. */
const later = (read: string, hidden: string): string => `CASE WHEN m.hidden_seq > m.read_seq THEN ${hidden} ELSE ${read} END`;
const base = later('m.read_seq', 'm.hidden_seq');
const baseNumber = later('m.read_number', 'm.hidden_number');

const recalled = `(SELECT COUNT(*) FROM tombstones t
  WHERE t.conversation_id = m.conversation_id AND t.target_seq > ${base} AND t.sender <> m.user_id)`;
const mentions = (user: string): string => `(SELECT COUNT(*) FROM mentions x
  WHERE x.conversation_id = m.conversation_id AND x.user_id = ${user} AND x.seq > ${base} AND x.sender <> m.user_id)`;

/** Countable messages above the base, less one's own and less those that others took back. For present members. */
export const unreadSql = `c.number - ${baseNumber} - m.own_above - ${recalled}`;

/** Messages of others above the base that name the user, or everybody. For present members. */
export const mentionedSql = `${mentions('m.user_id')} + ${mentions(`'${mentionAll}'`)}`;

/** Where the user's window begins: what they have deleted for themselves is not in it. */
export const fromSql = 'CASE WHEN m.hidden_seq >= m.from_seq THEN m.hidden_seq + 1 ELSE m.from_seq END';

/** Where the user's window ends; `NULL` while they are a member. */
export const untilSql = 'COALESCE(m.until_seq, c.closed_seq)';
