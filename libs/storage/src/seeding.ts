import { ImError, groupConversation } from '@app/protocol';
import type { Queries } from './connections';
import type { ConversationLog } from './conversation-log';
import { ConversationStore } from './conversation.store';
import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';
import { GroupStore } from './group.store';
import { logSql } from './log-sql';
import { MemberStore } from './member.store';
import { UserStore } from './user.store';

/** A group to be filled with users who are made for it: `<prefix>-0000001`, `<prefix>-0000002`, …. */
export interface SeedPlan {
  readonly groupId: string;
  readonly name: string;
  readonly prefix: string;
  /** Of all users that are made; those who are there keep theirs. */
  readonly passwordHash: string;
}

/** What a call of `fill` has done. */
export interface Filled {
  /** Members that were missing. */
  readonly added: number;
  /** Members of the group by now, those included who came another way. */
  readonly size: number;
}

/** Rows of a statement: SQLite takes 32,766 values. */
const rowsPerStatement = 500;

/** The id, and the user name, of the n-th user of a prefix, counted from 1. */
export const seedUserId = (prefix: string, n: number): string => `${prefix}-${String(n).padStart(7, '0')}`;

/**
 * Makes groups of any size out of nothing, for tests of load. However often it is begun and wherever it ends, what is there is found, what is
 * missing is added, and the group's count of members is right.
 */
export class Seeding {
  private readonly conversations: ConversationStore;
  private readonly groups: GroupStore;
  private readonly members: MemberStore;
  private readonly users: UserStore;

  constructor(
    private readonly database: Database,
    private readonly log: ConversationLog,
  ) {
    this.conversations = new ConversationStore(database);
    this.groups = new GroupStore(database);
    this.members = new MemberStore(database);
    this.users = new UserStore(database);
  }

  /** The password hash of the first user, whom an earlier run has made. */
  async earlierHash(prefix: string): Promise<string | null | undefined> {
    return (await this.users.get(seedUserId(prefix, 1)))?.password_hash;
  }

  /**
   * Finds the group, or makes it with its first user as the owner and only member; answers how many members it has. Throws
   * `ALREADY_EXISTS` when a group of that id has ended, or was not made with this prefix.
   */
  async found({ groupId, name, prefix, passwordHash }: SeedPlan): Promise<number> {
    const owner = seedUserId(prefix, 1);
    const ref = await this.conversations.ensure(groupConversation(groupId));
    return this.log.change(ref, async (change) => {
      const group = await this.groups.get(groupId, change);
      const member = await this.members.get(ref, owner, change);
      if (group && member) return group.member_count;
      if (group) throw new ImError('ALREADY_EXISTS', `the group ${groupId} is there, without ${owner}; choose another id or prefix`);
      if (change.conversation.last_seq > 0) throw new ImError('ALREADY_EXISTS', `the group ${groupId} has ended; choose another id`);
      await this.addUsers(change, [owner], passwordHash);
      const { seq, number, timestamp } = change.append(owner, { kind: 'group_created', fields: { name, userIds: [owner] } });
      const row = { id: groupId, name, owner_id: owner, join_policy: 'open' as const, member_count: 1, created_at: timestamp };
      await this.groups.insert(change, ref, row);
      await this.members.open(change, ref, [
        { userId: owner, role: 'owner', fromSeq: seq, readSeq: seq, readNumber: number, at: timestamp },
      ]);
      return row.member_count;
    });
  }

  /**
   * Makes members of the users with the numbers `from` to `to`, both included, in one transaction: a few thousand at a time. They see
   * the log from the first entry on. Throws `ALREADY_EXISTS` when somebody else has one of the user names.
   */
  async fill({ groupId, prefix, passwordHash }: SeedPlan, from: number, to: number): Promise<Filled> {
    const ref = await this.conversations.ensure(groupConversation(groupId));
    const wanted = Array.from({ length: to - from + 1 }, (_, i) => seedUserId(prefix, from + i));
    return this.database.write(async (tx) => {
      const { present, at } = await this.hold(tx, ref, wanted);
      const missing = wanted.filter((userId) => !present.has(userId));
      await this.addUsers(tx, missing, passwordHash);
      const opened = { role: 'member' as const, fromSeq: 1, readSeq: 1, readNumber: 0, at };
      await this.members.open(
        tx,
        ref,
        missing.map((userId) => ({ userId, ...opened })),
      );
      if (missing.length > 0) await this.groups.countMembers(tx, groupId, missing.length);
      return { added: missing.length, size: (await this.groups.get(groupId, tx))?.member_count ?? 0 };
    });
  }

  /** Holds the conversation, as whoever changes its members does; answers who of these are members then, and the store's time. */
  private async hold(tx: Queries, ref: ConversationRef, userIds: readonly string[]): Promise<{ present: Set<string>; at: number }> {
    const { byKey } = words[this.database.dialect];
    const chunks = chunksOf(userIds).map((some) => ({
      sql: `SELECT user_id FROM members${byKey} WHERE conversation_id = ? AND until_seq IS NULL AND user_id IN (${some.map(() => '?').join(', ')})`,
      values: [ref.rowId, ...some],
    }));
    const { answers, storeTime } = await this.database.readWithTime(tx, [logSql[this.database.dialect].lock([ref.rowId]), ...chunks]);
    const rows = answers.slice(1).flat() as { user_id: string }[];
    return { present: new Set(rows.map(({ user_id }) => user_id)), at: storeTime };
  }

  /** Makes the users that are not there yet. */
  private async addUsers(tx: Queries, ids: readonly string[], passwordHash: string): Promise<void> {
    const { insertIgnore, byKey } = words[this.database.dialect];
    const now = this.database.clock.now();
    for (const some of chunksOf(ids)) {
      const { affected } = await tx.run(
        `${insertIgnore} INTO users (id, username, nickname, password_hash, created_at) VALUES ${some.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
        some.flatMap((id) => [id, id, id, passwordHash, now]),
      );
      if (affected === some.length) continue;
      // Some were there; or their user name was, which is ignored just as well.
      const [row] = await tx.rows<{ count: number }>(
        `SELECT COUNT(*) AS count FROM users${byKey} WHERE id IN (${some.map(() => '?').join(', ')})`,
        some,
      );
      if (Number(row?.count) < some.length)
        throw new ImError(
          'ALREADY_EXISTS',
          `a user name from ${some[0]} to ${some.at(-1)} is taken by somebody else; choose another prefix`,
        );
    }
  }
}

const chunksOf = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / rowsPerStatement) }, (_, i) => ids.slice(i * rowsPerStatement, (i + 1) * rowsPerStatement));
