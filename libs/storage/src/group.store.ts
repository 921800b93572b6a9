import type { JoinPolicy, Role } from '@app/protocol';
import { AvatarStore } from './avatar.store';
import type { Queries, Reads, SqlValue } from './connections';
import type { Database } from './database';
import type { ConversationRef } from './entry-row';

/** A group, without its members. */
export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly owner_id: string;
  readonly join_policy: JoinPolicy;
  readonly member_count: number;
  readonly created_at: number;
  /** 1 while only those who run the group may write. */
  readonly mute_all: number | null;
  /** 1 where new members see what was said before they came. */
  readonly history_from_start: number | null;
  /** Seconds that members have to wait between two messages; `null` or 0 if they need not. */
  readonly min_seconds: number | null;
  readonly avatar_url: string | null;
}

/** What is off, or not there, in a new group. */
type Switched = 'mute_all' | 'history_from_start' | 'min_seconds' | 'avatar_url';

/** What may be changed of a group. */
export type GroupChanges = Partial<Pick<GroupRow, 'name' | 'owner_id' | 'join_policy' | Switched>>;

const columns = [
  'id',
  'name',
  'owner_id',
  'join_policy',
  'member_count',
  'created_at',
  'mute_all',
  'history_from_start',
  'min_seconds',
  'avatar_url',
]
  .map((name) => `g.${name}`)
  .join(', ');

/** Groups. Their members are in `MemberStore`, what happened in them is in the log. */
export class GroupStore {
  private readonly avatars: AvatarStore;

  constructor(private readonly database: Database) {
    this.avatars = new AvatarStore(database);
  }

  /** The group, unless it has ended. */
  async get(groupId: string, from: Reads = this.database): Promise<GroupRow | undefined> {
    const [row] = await from.rows<GroupRow>(
      `SELECT ${columns} FROM \`groups\` g JOIN conversations c ON c.id = g.conversation_id WHERE g.id = ? AND c.closed_seq IS NULL`,
      [groupId],
    );
    return row;
  }

  /** Groups that the user is a member of, by id, after the id `cursor`, with the user's role in each. */
  async ofUser(userId: string, cursor: string, limit: number): Promise<(GroupRow & { role: Role })[]> {
    return this.database.rows(
      `SELECT ${columns}, m.role FROM members m JOIN conversations c ON c.id = m.conversation_id
       JOIN \`groups\` g ON g.conversation_id = m.conversation_id
       WHERE m.user_id = ? AND m.until_seq IS NULL AND c.closed_seq IS NULL AND g.id > ? ORDER BY g.id LIMIT ${limit}`,
      [userId, cursor],
    );
  }

  async insert(tx: Queries, ref: ConversationRef, group: Omit<GroupRow, Switched>): Promise<void> {
    await tx.run(
      'INSERT INTO `groups` (id, conversation_id, name, owner_id, join_policy, member_count, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [group.id, ref.rowId, group.name, group.owner_id, group.join_policy, group.member_count, group.created_at],
    );
  }

  /**
   * Changes the given fields and leaves the others; `avatar` is the file at `avatar_url`, if it is one of ours. Throws `NOT_FOUND` when that
   * is not ready.
   */
  async update(tx: Queries, groupId: string, changes: GroupChanges, avatar: string | null = null): Promise<void> {
    if (changes.avatar_url !== undefined) await this.avatars.show(tx, `group:${groupId}`, avatar);
    const fields = Object.entries(changes) as [keyof GroupChanges, SqlValue][];
    if (fields.length === 0) return;
    await tx.run(`UPDATE \`groups\` SET ${fields.map(([name]) => `${name} = ?`).join(', ')} WHERE id = ?`, [
      ...fields.map(([, value]) => value),
      groupId,
    ]);
  }

  /** Groups whose picture a file is, by id, after the id `cursor`. */
  showing(fileId: string, cursor: string, limit: number): Promise<string[]> {
    return this.avatars.groupsOf(fileId, cursor, limit);
  }

  async countMembers(tx: Queries, groupId: string, by: number): Promise<void> {
    await tx.run('UPDATE `groups` SET member_count = member_count + ? WHERE id = ?', [by, groupId]);
  }

  /** Ends the group at a seq of its log, and with it every membership that was there. Nobody sees its picture any more. */
  async close(tx: Queries, ref: ConversationRef, seq: number): Promise<void> {
    if (ref.name.convType === 'group') await this.update(tx, ref.name.groupId, { avatar_url: null });
    await tx.run('UPDATE conversations SET closed_seq = ? WHERE id = ?', [seq, ref.rowId]);
  }
}
