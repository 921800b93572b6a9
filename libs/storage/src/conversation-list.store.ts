import type { Conversation, ConversationName, JoinPolicy, Message, Role } from '@app/protocol';
import type { SqlValue } from './connections';
import type { Database } from './database';
import { type EntryRow, editedSince, messageOf, rowAt, nameOf, otherOf } from './entry-row';
import { fromSql, mentionedSql, unreadSql, untilSql } from './unread-sql';

/** A page of conversations by row. `cursor` goes into the next call; `null` at the end. */
export interface ChangedPage {
  readonly conversations: readonly Conversation[];
  readonly cursor: number | null;
}

/** The place of a conversation in a user's list: pinned ones first, the newest pin before the others, then the newest activity. */
export interface ListKey {
  /** When it was pinned, 0 if it is not. */
  readonly pin: number;
  readonly activeAt: number;
  readonly row: number;
}

/** A page of a user's list. `cursor` goes into the next call; `null` at the end. */
export interface ListPage {
  readonly conversations: readonly Conversation[];
  readonly cursor: ListKey | null;
}

/** What a user has not read, over all conversations. */
export interface UnreadSummary {
  readonly unread: number;
  readonly mentionedUnread: number;
  /** Conversations that are not muted, in which something is unread. */
  readonly conversations: number;
  readonly mutedUnread: number;
}

interface LineRow extends EntryRow {
  readonly conversation_id: number;
  readonly conv_id: string;
  readonly last_seq: number;
  readonly from_seq: number;
  readonly until_seq: number | null;
  /** The time of the entry with which they left; `null` while they are a member. */
  readonly left_at: number | null;
  readonly read_seq: number;
  readonly unread: number;
  readonly mentioned: number;
  readonly active_at: number;
  readonly pinned_at: number | null;
  readonly muted: number | null;
  readonly draft: string | null;
  readonly hidden_seq: number | null;
  readonly hidden: number | null;
  readonly role: Role;
  readonly muted_until: number | null;
  readonly group_name: string | null;
  readonly owner_id: string;
  readonly join_policy: JoinPolicy;
  readonly member_count: number;
  readonly mute_all: number | null;
  readonly min_seconds: number | null;
  readonly avatar_url: string | null;
}

/** Where the other side of a c2c is. */
interface OtherRow {
  readonly conversation_id: number;
  readonly user_id: string;
  readonly read_seq: number;
  readonly delivered_seq: number | null;
}

const maxPageBytes = 256 * 1024;

const present = `${untilSql} IS NULL AND c.last_seq > 0`;
/** They deleted it, and nothing was said since. */
const hidden = 'm.hidden_seq >= c.last_message_seq';
const shown = `${present} AND (m.hidden_seq IS NULL OR NOT ${hidden})`;
/** The time of the last message that the user can see, or of joining. */
const activeAt = `CASE WHEN e.seq >= ${fromSql} AND (m.until_seq IS NULL OR e.seq <= m.until_seq) THEN e.at ELSE m.joined_at END`;
const lastMessage = 'LEFT JOIN entries e ON e.conversation_id = m.conversation_id AND e.seq = c.last_message_seq';

const lines = `SELECT m.conversation_id, c.conv_id, c.last_seq, ${fromSql} AS from_seq, ${untilSql} AS until_seq, m.read_seq,
    (SELECT x.at FROM entries x WHERE x.conversation_id = m.conversation_id AND x.seq = m.until_seq) AS left_at,
    ${unreadSql} AS unread, ${mentionedSql} AS mentioned, ${activeAt} AS active_at, m.pinned_at, m.muted, m.draft, m.hidden_seq,
    ${hidden} AS hidden, m.role, m.muted_until, g.name AS group_name, g.owner_id, g.join_policy, g.member_count, g.mute_all, g.min_seconds, g.avatar_url,
    e.seq, e.kind, e.sender, e.msg_key, e.type, e.number, e.at, e.body, e.reply_to, e.mentions, e.edited_at, e.recalled, e.expire_at, e.burn
  FROM members m JOIN conversations c ON c.id = m.conversation_id LEFT JOIN \`groups\` g ON g.conversation_id = m.conversation_id ${lastMessage}`;

/** A user's conversations as lines of a list, and what is unread in them. The cost follows the user's conversations, never their sizes. */
export class ConversationListStore {
  constructor(private readonly database: Database) {}

  /**
   * The user's conversations that changed at or after `since` (store time), by row, after the row `cursor`. With `since` 0 all that are
   * in the list; for somebody who left, a conversation changed last by leaving. A page is cut short when its lines are large.
   */
  async changed(userId: string, since: number, cursor: number, limit: number): Promise<ChangedPage> {
    const changed = since === 0 ? shown : 'c.last_seq > 0 AND (m.changed_at >= ? OR (m.until_seq IS NULL AND c.changed_at >= ?))';
    const rows = await this.database.rows<LineRow>(
      `${lines} WHERE m.user_id = ? AND m.conversation_id > ? AND ${changed} ORDER BY m.conversation_id LIMIT ${limit + 1}`,
      since === 0 ? [userId, cursor] : [userId, cursor, since, since],
    );
    const page = cut(rows.slice(0, limit));
    return {
      conversations: await this.linesOf(page, userId),
      cursor: page.length < rows.length ? (page.at(-1)?.conversation_id ?? null) : null,
    };
  }

  /** The user's list in its order, after the place `after`. Whatever does not move meanwhile comes once. */
  async list(userId: string, after: ListKey | undefined, limit: number): Promise<ListPage> {
    const beyond = after ? 'AND (pin < ? OR (pin = ? AND (active_at < ? OR (active_at = ? AND row_id < ?))))' : '';
    const place: SqlValue[] = after ? [after.pin, after.pin, after.activeAt, after.activeAt, after.row] : [];
    const keys = await this.database.rows<{ row_id: number; pin: number; active_at: number }>(
      `SELECT row_id, pin, active_at FROM (
         SELECT m.conversation_id AS row_id, COALESCE(m.pinned_at, 0) AS pin, ${activeAt} AS active_at
         FROM members m JOIN conversations c ON c.id = m.conversation_id ${lastMessage} WHERE m.user_id = ? AND ${shown}) places
       WHERE 1 = 1 ${beyond} ORDER BY pin DESC, active_at DESC, row_id DESC LIMIT ${limit + 1}`,
      [userId, ...place],
    );
    const wanted = keys.slice(0, limit);
    const rows = new Map(
      (
        await this.rowsOf(
          userId,
          wanted.map(({ row_id }) => row_id),
        )
      ).map((row) => [row.conversation_id, row]),
    );
    const page = cut(wanted.flatMap(({ row_id }) => rows.get(row_id) ?? []));
    // One that went between the two reads has no row: the page goes on behind it.
    const last = page.length < rows.size ? keys.find(({ row_id }) => row_id === page.at(-1)?.conversation_id) : wanted.at(-1);
    const more = keys.length > wanted.length || page.length < rows.size;
    return {
      conversations: await this.linesOf(page, userId),
      cursor: more && last ? { pin: last.pin, activeAt: last.active_at, row: last.row_id } : null,
    };
  }

  /** What is unread in all conversations of the user. A mention counts in a muted one too. */
  async summary(userId: string): Promise<UnreadSummary> {
    const sums = await this.database.rows<{ muted: number; unread: number; mentioned: number; conversations: number }>(
      `SELECT muted, SUM(unread) AS unread, SUM(mentioned) AS mentioned, COUNT(*) AS conversations FROM (
         SELECT COALESCE(m.muted, 0) AS muted, ${unreadSql} AS unread, ${mentionedSql} AS mentioned
         FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.user_id = ? AND ${shown}) unread_lines
       WHERE unread > 0 GROUP BY muted`,
      [userId],
    );
    const of = (muted: boolean) => sums.find((sum) => (Number(sum.muted) === 1) === muted);
    return {
      unread: Number(of(false)?.unread ?? 0),
      mentionedUnread: sums.reduce((sum, { mentioned }) => sum + Number(mentioned), 0),
      conversations: Number(of(false)?.conversations ?? 0),
      mutedUnread: Number(of(true)?.unread ?? 0),
    };
  }

  private rowsOf(userId: string, ids: readonly number[]): Promise<LineRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.rows<LineRow>(
      `${lines} WHERE m.user_id = ? AND m.conversation_id IN (${ids.map(() => '?').join(', ')}) AND ${present}`,
      [userId, ...ids],
    );
  }

  private async linesOf(rows: readonly LineRow[], userId: string): Promise<Conversation[]> {
    const c2cs = rows.filter(({ conv_id }) => nameOf(conv_id).convType === 'c2c').map(({ conversation_id }) => conversation_id);
    const others = new Map((await this.others(userId, c2cs)).map((other) => [other.conversation_id, other]));
    const now = this.database.clock.now();
    return rows.map((row) => lineOf(rowAt(row, now), userId, others.get(row.conversation_id)));
  }

  /** The other sides of c2cs, without those of whom a block hides how far they are. */
  private others(userId: string, ids: readonly number[]): Promise<OtherRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.rows<OtherRow>(
      `SELECT m.conversation_id, m.user_id, m.read_seq, m.delivered_seq FROM members m
       WHERE m.conversation_id IN (${ids.map(() => '?').join(', ')}) AND m.user_id <> ?
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = m.user_id AND b.blocked_id = ? AND b.removed_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = ? AND b.blocked_id = m.user_id AND b.removed_at IS NULL)`,
      [...ids, userId, userId, userId],
    );
  }
}

/** As many rows as may go into one answer; at least one. */
function cut(rows: readonly LineRow[]): LineRow[] {
  let bytes = 0;
  let end = 0;
  for (; end < rows.length; end++) {
    bytes += 500 + Buffer.byteLength(rows[end]?.body ?? '') + Buffer.byteLength(rows[end]?.draft ?? '');
    if (end > 0 && bytes > maxPageBytes) break;
  }
  return rows.slice(0, end);
}

function lineOf(row: LineRow, userId: string, other: OtherRow | undefined): Conversation {
  const name = nameOf(row.conv_id);
  const left = row.until_seq !== null;
  return {
    convId: row.conv_id,
    convType: name.convType,
    ...(name.convType === 'group' ? groupPart(row, name.groupId) : { userId: otherOf(name.users, userId) }),
    lastSeq: row.until_seq ?? row.last_seq,
    readSeq: row.read_seq,
    unread: left ? 0 : Math.max(0, Number(row.unread)),
    mentionedUnread: left ? 0 : Number(row.mentioned),
    lastMessage: lastMessageOf(row, name),
    activeAt: row.active_at,
    pinned: row.pinned_at !== null,
    ...(row.pinned_at === null ? {} : { pinnedAt: row.pinned_at }),
    muted: row.muted === 1,
    draft: row.draft,
    ...(other ? { receipt: receiptOf(other) } : {}),
    ...(row.hidden_seq === null ? {} : { hiddenSeq: row.hidden_seq }),
    ...(row.hidden === 1 ? { hidden: true as const } : {}),
    ...(left ? { left: true as const } : {}),
  };
}

/** What a line tells of its group; of one that the user has left only the name. */
function groupPart(row: LineRow, groupId: string): Partial<Conversation> {
  const known = { groupId, name: row.group_name ?? '' };
  if (row.until_seq !== null || row.group_name === null) return known;
  return {
    ...known,
    role: row.role,
    ownerId: row.owner_id,
    avatarUrl: row.avatar_url,
    memberCount: row.member_count,
    joinPolicy: row.join_policy,
    muteAll: row.mute_all === 1,
    minSecondsBetweenMessages: row.min_seconds ?? 0,
    ...(row.muted_until === null ? {} : { mutedUntil: row.muted_until }),
  };
}

const receiptOf = ({ user_id, read_seq, delivered_seq }: OtherRow): Conversation['receipt'] => ({
  userId: user_id,
  readSeq: read_seq,
  deliveredSeq: Math.max(read_seq, delivered_seq ?? 0),
});

function lastMessageOf(row: LineRow, name: ConversationName): Message | null {
  const { seq } = row as { seq: number | null };
  if (seq === null || seq < row.from_seq || (row.until_seq !== null && seq > row.until_seq)) return null;
  const heard = row.left_at === null || !editedSince(row, row.left_at);
  return messageOf(row.conversation_id, name, heard ? row : { ...row, body: null });
}
