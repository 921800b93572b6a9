import { Metrics } from '@app/kit';
import { groupConversation } from '@app/protocol';
import { ConversationLog, ConversationStore, Database, type DatabaseOptions, GroupStore, MemberStore } from '@app/storage';

const groupId = 'bench';

/**
 * Fills an empty store: users `u0`, `u1`, …, all of them members of one group that `u0` owns, and users `p0` to `p4` whom they can
 * write to. Answers the group's id.
 */
export async function seed(options: DatabaseOptions, users: number): Promise<string> {
  const database = await Database.open(options);
  const log = new ConversationLog(database, { queueLimit: 10_000, metrics: new Metrics({ defaults: false }) });
  const group = await new ConversationStore(database).ensure(groupConversation(groupId));
  const members = new MemberStore(database);
  const userIds = Array.from({ length: users }, (_, index) => `u${index}`);
  await log.change(group, async (change) => {
    const { seq, number, timestamp: at } = change.append('u0', { kind: 'group_created', fields: { name: 'Bench', userIds: ['u0'] } });
    const row = { id: groupId, name: 'Bench', owner_id: 'u0', join_policy: 'open' as const, member_count: users, created_at: at };
    await new GroupStore(database).insert(change, group, row);
    for (const userId of [...userIds, 'p0', 'p1', 'p2', 'p3', 'p4']) {
      await change.run('INSERT INTO users (id, nickname, created_at) VALUES (?, ?, ?)', [userId, userId, at]);
    }
    const opened = { fromSeq: seq, readSeq: seq, readNumber: number, at };
    await members.open(
      change,
      group,
      userIds.map((userId) => ({ userId, role: userId === 'u0' ? 'owner' : 'member', ...opened })),
    );
  });
  await log.close();
  await database.close();
  return groupId;
}

const rowsAtOnce = 200;
const sessionMs = 24 * 3_600_000;

/** Fills an empty store with users `u0`, `u1`, … and a session of each, `s0`, `s1`, …. */
export async function seedSessions(options: DatabaseOptions, users: number): Promise<void> {
  const database = await Database.open(options);
  const at = Date.now();
  const numbers = Array.from({ length: users }, (_, index) => index);
  await database.write(async (tx) => {
    for (let from = 0; from < users; from += rowsAtOnce) {
      const some = numbers.slice(from, from + rowsAtOnce);
      const rows = (marks: string) => some.map(() => marks).join(', ');
      await tx.run(
        `INSERT INTO users (id, nickname, created_at) VALUES ${rows('(?, ?, ?)')}`,
        some.flatMap((user) => [`u${user}`, `u${user}`, at]),
      );
      await tx.run(
        `INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ${rows('(?, ?, ?, ?)')}`,
        some.flatMap((user) => [`s${user}`, `u${user}`, at, at + sessionMs]),
      );
    }
  });
  await database.close();
}
