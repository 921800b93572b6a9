import type { GroupRequestKind, GroupRequestState } from '@app/protocol';
import type { Queries, Reads, SqlValue } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';

/** An invitation into a group, or a request to join one; of each a user has at most one in a group, the last one. */
export interface GroupRequestRow {
  readonly id: string;
  readonly group_id: string;
  readonly group_name: string;
  readonly user_id: string;
  readonly kind: GroupRequestKind;
  /** Who invited; the user themselves for a request. */
  readonly by_id: string;
  /** `void` when the group has ended. */
  readonly state: GroupRequestState;
  readonly created_at: number;
}

/** A place in a list by time. */
export interface RequestPlace {
  readonly createdAt: number;
  readonly id: string;
}

const select = (by = '') => `SELECT r.id, g.id AS group_id, g.name AS group_name, r.user_id, r.kind, r.by_id,
    CASE WHEN c.closed_seq IS NOT NULL AND r.state = 'pending' THEN 'void' ELSE r.state END AS state, r.created_at
  FROM group_requests r${by} JOIN conversations c ON c.id = r.conversation_id JOIN \`groups\` g ON g.conversation_id = r.conversation_id`;

/** A condition: what is shown of it changes with its group. */
const mayHaveChanged = `(c.closed_seq IS NOT NULL OR (r.kind = 'invitation' AND r.state = 'pending'))`;

/** Invitations into groups and requests to join them. */
export class GroupRequestStore {
  constructor(private readonly database: Database) {}

  async get(id: string, from: Reads = this.database): Promise<GroupRequestRow | undefined> {
    const [row] = await from.rows<GroupRequestRow>(`${select()} WHERE r.id = ?`, [id]);
    return row;
  }

  /** Those of the given users in a group. */
  async of(
    ref: ConversationRef,
    userIds: readonly string[],
    kind: GroupRequestKind,
    from: Reads = this.database,
  ): Promise<GroupRequestRow[]> {
    if (userIds.length === 0) return [];
    const marks = userIds.map(() => '?').join(', ');
    return from.rows(`${select(this.by('group_requests_user'))} WHERE r.conversation_id = ? AND r.user_id IN (${marks}) AND r.kind = ?`, [
      ref.rowId,
      ...userIds,
      kind,
    ]);
  }

  /** Requests to join a group that are pending and were made after `after` (store time), oldest first, beyond `cursor`. */
  async ofGroup(ref: ConversationRef, after: number, cursor: RequestPlace | undefined, limit: number): Promise<GroupRequestRow[]> {
    const beyond = cursor ? ' AND (r.created_at > ? OR (r.created_at = ? AND r.id > ?))' : '';
    return this.database.rows(
      `${select(this.by('group_requests_state'))} WHERE r.conversation_id = ? AND r.kind = 'request' AND r.state = 'pending' AND r.created_at > ?${beyond}
       ORDER BY r.created_at, r.id LIMIT ${limit}`,
      [ref.rowId, after, ...valuesOf(cursor)],
    );
  }

  /** Invitations of a user that are pending and were made after `after` (store time), newest first, beyond `cursor`. */
  async invitationsOf(userId: string, after: number, cursor: RequestPlace | undefined, limit: number): Promise<GroupRequestRow[]> {
    const beyond = cursor ? ' AND (r.created_at < ? OR (r.created_at = ? AND r.id < ?))' : '';
    return this.database.rows(
      `${select(this.by('group_requests_changed'))} WHERE r.user_id = ? AND r.kind = 'invitation' AND r.state = 'pending' AND c.closed_seq IS NULL AND r.created_at > ?${beyond}
       ORDER BY r.created_at DESC, r.id DESC LIMIT ${limit}`,
      [userId, after, ...valuesOf(cursor)],
    );
  }

  /**
   * Invitations and requests of a user that changed at or after `since` (store time), and were made after `after`, by id after `cursor`.
   * The end of their group is a change, and for an invitation that waits whatever happens there: the name may be another one.
   */
  async changedSince(userId: string, since: number, after: number, cursor: string, limit: number): Promise<GroupRequestRow[]> {
    return this.database.rows(
      `${select(this.by('group_requests_changed'))} WHERE r.user_id = ? AND (r.changed_at >= ? OR (c.changed_at >= ? AND ${mayHaveChanged})) AND r.created_at > ? AND r.id > ?
       ORDER BY r.id LIMIT ${limit}`,
      [userId, since, since, after, cursor],
    );
  }

  /** Puts requests in the place of those before them, whose ids they take: who has heard of those learns what became of them. */
  async put(tx: Queries, ref: ConversationRef, requests: readonly Omit<GroupRequestRow, 'group_id' | 'group_name'>[]): Promise<void> {
    if (requests.length === 0) return;
    const upsert = words[this.database.dialect].upsert('conversation_id, user_id, kind', ['by_id', 'state', 'created_at', 'changed_at']);
    await tx.run(
      `INSERT INTO group_requests (id, conversation_id, user_id, kind, by_id, state, created_at, changed_at)
       VALUES ${requests.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')} ${upsert}`,
      requests.flatMap((one) => [one.id, ref.rowId, one.user_id, one.kind, one.by_id, one.state, one.created_at, one.created_at]),
    );
  }

  async setState(tx: Queries, id: string, state: GroupRequestState, at: number): Promise<void> {
    await tx.run('UPDATE group_requests SET state = ?, changed_at = ? WHERE id = ?', [state, at, id]);
  }

  /** Whatever was pending of users who are members now is accepted. */
  async settle(tx: Queries, ref: ConversationRef, userIds: readonly string[], at: number): Promise<void> {
    await tx.run(
      `UPDATE group_requests${this.by('group_requests_user')} SET state = 'accepted', changed_at = ?
       WHERE conversation_id = ? AND user_id IN (${userIds.map(() => '?').join(', ')}) AND kind IN ('invitation', 'request') AND state = 'pending'`,
      [at, ref.rowId, ...userIds],
    );
  }

  private by(index: string): string {
    return words[this.database.dialect].by(index);
  }
}

const valuesOf = (cursor: RequestPlace | undefined): SqlValue[] => (cursor ? [cursor.createdAt, cursor.createdAt, cursor.id] : []);
