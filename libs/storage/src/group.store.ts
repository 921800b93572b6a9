import type { JoinPolicy, Role } from '@app/protocol';
import type { Queries, Reads } from './connections';
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
}

const columns = 'id, name, owner_id, join_policy, member_count, created_at';

/** Groups. Their members are in `MemberStore`, what happened in them is in the log. */
export class GroupStore {
  constructor(private readonly database: Database) {}

  async get(groupId: string, from: Reads = this.database): Promise<GroupRow | undefined> {
    const [row] = await from.rows<GroupRow>(`SELECT ${columns} FROM \`groups\` WHERE id = ?`, [groupId]);
    return row;
  }

  /** Groups that the user is a member of, by id, after the id `cursor`, with the user's role in each. */
  async ofUser(userId: string, cursor: string, limit: number): Promise<(GroupRow & { role: Role })[]> {
    return this.database.rows(
      `SELECT ${columns
        .split(', ')
        .map((name) => `g.${name}`)
        .join(', ')}, m.role FROM members m
       JOIN \`groups\` g ON g.conversation_id = m.conversation_id
       WHERE m.user_id = ? AND m.until_seq IS NULL AND g.id > ? ORDER BY g.id LIMIT ${limit}`,
      [userId, cursor],
    );
  }

  async insert(tx: Queries, ref: ConversationRef, group: GroupRow): Promise<void> {
    await tx.run(
      'INSERT INTO `groups` (id, conversation_id, name, owner_id, join_policy, member_count, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [group.id, ref.rowId, group.name, group.owner_id, group.join_policy, group.member_count, group.created_at],
    );
  }

  async countMember(tx: Queries, groupId: string, by: 1 | -1): Promise<void> {
    await tx.run('UPDATE `groups` SET member_count = member_count + ? WHERE id = ?', [by, groupId]);
  }
}
