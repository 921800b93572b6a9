import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, typesOf } from './table';

/** The tables of the core: users and sessions, conversations with their logs, members and groups. */
export class Core1764000000000 implements MigrationInterface {
  readonly name = 'Core1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const { id, word, text, body, big, auto } = typesOf(runner);

    await createTable(runner, 'meta', { columns: [`name ${word} NOT NULL PRIMARY KEY`, `value ${text} NOT NULL`] });

    await createTable(runner, 'users', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `username ${id} NULL`,
        `password_hash ${text} NULL`,
        `nickname ${text} NOT NULL`,
        `avatar_url ${text} NULL`,
        `tokens_not_before ${big} NOT NULL DEFAULT 0`,
        `banned_at ${big} NULL`,
        `created_at ${big} NOT NULL`,
      ],
      unique: { users_username: 'username' },
    });

    await createTable(runner, 'sessions', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `user_id ${id} NOT NULL`,
        `device_id ${id} NULL`,
        `created_at ${big} NOT NULL`,
        `expires_at ${big} NOT NULL`,
        `revoked_at ${big} NULL`,
      ],
      index: { sessions_user: 'user_id, created_at', sessions_expires: 'expires_at', sessions_revoked: 'revoked_at' },
    });

    await createTable(runner, 'conversations', {
      columns: [
        `id ${auto}`,
        `conv_id ${id} NOT NULL`,
        `last_seq ${big} NOT NULL DEFAULT 0`,
        `number ${big} NOT NULL DEFAULT 0`,
        `last_message_seq ${big} NOT NULL DEFAULT 0`,
        `last_at ${big} NOT NULL DEFAULT 0`,
        `acl_version ${big} NOT NULL DEFAULT 1`,
        `changed_at ${big} NOT NULL`,
      ],
      unique: { conversations_conv_id: 'conv_id' },
      index: { conversations_changed: 'changed_at' },
    });

    await createTable(runner, 'entries', {
      columns: [
        `conversation_id ${big} NOT NULL`,
        `seq ${big} NOT NULL`,
        `kind ${word} NOT NULL`,
        `sender ${id} NOT NULL`,
        `msg_key ${id} NOT NULL`,
        `type ${word} NULL`,
        `number ${big} NOT NULL`,
        `at ${big} NOT NULL`,
        `body ${body} NULL`,
        `reply_to ${big} NULL`,
        `mentions ${body} NULL`,
        `edited_at ${big} NULL`,
        `recalled ${big} NOT NULL DEFAULT 0`,
      ],
      key: 'conversation_id, seq',
      // Keys of clients rise with time more often than not, so that what is stored together lands on the same pages, whoever sent it.
      unique: { entries_key: 'conversation_id, msg_key, sender' },
    });

    await createTable(runner, 'tombstones', {
      columns: [`conversation_id ${big} NOT NULL`, `target_seq ${big} NOT NULL`, `sender ${id} NOT NULL`],
      key: 'conversation_id, target_seq',
    });

    await createTable(runner, 'members', {
      columns: [
        `conversation_id ${big} NOT NULL`,
        `user_id ${id} NOT NULL`,
        `role ${word} NOT NULL`,
        `from_seq ${big} NOT NULL`,
        `until_seq ${big} NULL`,
        `read_seq ${big} NOT NULL`,
        `read_number ${big} NOT NULL`,
        `own_above ${big} NOT NULL DEFAULT 0`,
        `joined_at ${big} NOT NULL`,
        `changed_at ${big} NOT NULL`,
      ],
      key: 'conversation_id, user_id',
      index: { members_user: 'user_id, conversation_id' },
    });

    await createTable(runner, 'groups', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `conversation_id ${big} NOT NULL`,
        `name ${text} NOT NULL`,
        `owner_id ${id} NOT NULL`,
        `join_policy ${word} NOT NULL`,
        `member_count ${big} NOT NULL`,
        `created_at ${big} NOT NULL`,
      ],
      unique: { groups_conversation: 'conversation_id' },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['groups', 'members', 'tombstones', 'entries', 'conversations', 'sessions', 'users', 'meta']) {
      await dropTable(runner, table);
    }
  }
}
