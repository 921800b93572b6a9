import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, createTable, dropTable, typesOf } from './table';

/** Columns that older tables get, by table; the version before leaves them empty. */
const added = {
  users: ['last_seen_at big'],
  sessions: ['last_seen_at big'],
  conversations: ['closed_seq big'],
  entries: ['expire_at big', 'burn big'],
  members: ['pinned_at big', 'muted big', 'draft body', 'hidden_seq big', 'hidden_number big', 'delivered_seq big', 'joined_seq big'],
  groups: ['mute_all big', 'history_from_start big'],
} as const;

const tables = ['notices', 'group_requests', 'blocks', 'friend_requests', 'friends', 'leases', 'burns', 'expiries', 'mentions'];

/** People and the state of a conversation: friends and blocks, what groups ask and tell, settings of members, mentions, messages that end. */
export class People1764500000000 implements MigrationInterface {
  readonly name = 'People1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    const types = typesOf(runner);
    const { id, word, text, big, auto } = types;

    for (const [table, columns] of Object.entries(added)) {
      for (const column of columns) {
        const [name, type] = column.split(' ') as [string, 'big' | 'body'];
        await addColumn(runner, table, name, types[type]);
      }
    }

    // `user_id` is `@all` where everybody is meant.
    await createTable(runner, 'mentions', {
      columns: [`conversation_id ${big} NOT NULL`, `user_id ${id} NOT NULL`, `seq ${big} NOT NULL`, `sender ${id} NOT NULL`],
      key: 'conversation_id, user_id, seq',
    });

    await createTable(runner, 'expiries', {
      columns: [`expire_at ${big} NOT NULL`, `conversation_id ${big} NOT NULL`, `seq ${big} NOT NULL`],
      key: 'expire_at, conversation_id, seq',
    });

    await createTable(runner, 'burns', {
      columns: [`conversation_id ${big} NOT NULL`, `seq ${big} NOT NULL`, `sender ${id} NOT NULL`],
      key: 'conversation_id, seq',
    });

    // Work that one process at a time does.
    await createTable(runner, 'leases', {
      columns: [`name ${id} NOT NULL PRIMARY KEY`, `holder ${id} NOT NULL`, `until_at ${big} NOT NULL`],
    });

    await createTable(runner, 'friends', {
      columns: [
        `user_id ${id} NOT NULL`,
        `friend_id ${id} NOT NULL`,
        `remark ${text} NULL`,
        `created_at ${big} NOT NULL`,
        `removed_at ${big} NULL`,
        `changed_at ${big} NOT NULL`,
      ],
      key: 'user_id, friend_id',
      index: { friends_changed: 'user_id, changed_at' },
    });

    await createTable(runner, 'friend_requests', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `from_id ${id} NOT NULL`,
        `to_id ${id} NOT NULL`,
        `message ${text} NULL`,
        `remark ${text} NULL`,
        `state ${word} NOT NULL`,
        `created_at ${big} NOT NULL`,
        `changed_at ${big} NOT NULL`,
      ],
      unique: { friend_requests_pair: 'from_id, to_id' },
      index: { friend_requests_from: 'from_id, changed_at', friend_requests_to: 'to_id, changed_at' },
    });

    await createTable(runner, 'blocks', {
      columns: [
        `user_id ${id} NOT NULL`,
        `blocked_id ${id} NOT NULL`,
        `created_at ${big} NOT NULL`,
        `removed_at ${big} NULL`,
        `changed_at ${big} NOT NULL`,
      ],
      key: 'user_id, blocked_id',
      index: { blocks_changed: 'user_id, changed_at' },
    });

    await createTable(runner, 'group_requests', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `conversation_id ${big} NOT NULL`,
        `user_id ${id} NOT NULL`,
        `kind ${word} NOT NULL`,
        `by_id ${id} NOT NULL`,
        `state ${word} NOT NULL`,
        `created_at ${big} NOT NULL`,
        `changed_at ${big} NOT NULL`,
      ],
      unique: { group_requests_user: 'conversation_id, user_id, kind' },
      index: { group_requests_changed: 'user_id, changed_at', group_requests_state: 'conversation_id, kind, state, created_at' },
    });

    await createTable(runner, 'notices', {
      columns: [
        `id ${auto}`,
        `conversation_id ${big} NOT NULL`,
        `author_id ${id} NOT NULL`,
        `text ${types.body} NOT NULL`,
        `created_at ${big} NOT NULL`,
      ],
      index: { notices_conversation: 'conversation_id, id' },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await dropTable(runner, table);
    for (const [table, columns] of Object.entries(added)) {
      for (const column of columns) await runner.query(`ALTER TABLE \`${table}\` DROP COLUMN ${column.split(' ')[0]}`);
    }
  }
}
