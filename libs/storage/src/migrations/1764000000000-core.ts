import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ids and keys are compared byte by byte and text keeps every character, whatever the server's defaults.
 * `big` holds counts, positions and milliseconds, all below 2^53.
 */
const types = {
  sqlite: {
    id: 'TEXT',
    word: 'TEXT',
    text: 'TEXT',
    body: 'TEXT',
    big: 'INTEGER',
    auto: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    table: '',
    clustered: ' WITHOUT ROWID',
  },
  mysql: {
    id: 'VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin',
    word: 'VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin',
    text: 'VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    body: 'MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    big: 'BIGINT',
    auto: 'BIGINT AUTO_INCREMENT PRIMARY KEY',
    table: ' ENGINE=InnoDB',
    clustered: ' ENGINE=InnoDB',
  },
} as const;

/** The tables of the core: users and sessions, conversations with their logs, members and groups. */
export class Core1764000000000 implements MigrationInterface {
  readonly name = 'Core1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const { id, word, text, body, big, auto, table, clustered } = types[runner.dataSource.options.type === 'mysql' ? 'mysql' : 'sqlite'];
    const statements = [
      `CREATE TABLE meta (name ${word} NOT NULL PRIMARY KEY, value ${text} NOT NULL)${table}`,

      `CREATE TABLE users (id ${id} NOT NULL PRIMARY KEY, username ${id} NULL, password_hash ${text} NULL, nickname ${text} NOT NULL,
        avatar_url ${text} NULL, tokens_not_before ${big} NOT NULL DEFAULT 0, banned_at ${big} NULL, created_at ${big} NOT NULL)${table}`,
      'CREATE UNIQUE INDEX users_username ON users (username)',

      `CREATE TABLE sessions (id ${id} NOT NULL PRIMARY KEY, user_id ${id} NOT NULL, device_id ${id} NULL, created_at ${big} NOT NULL,
        expires_at ${big} NOT NULL, revoked_at ${big} NULL)${table}`,
      'CREATE INDEX sessions_user ON sessions (user_id, created_at)',
      'CREATE INDEX sessions_expires ON sessions (expires_at)',
      'CREATE INDEX sessions_revoked ON sessions (revoked_at)',

      `CREATE TABLE conversations (id ${auto}, conv_id ${id} NOT NULL, last_seq ${big} NOT NULL DEFAULT 0, number ${big} NOT NULL DEFAULT 0,
        last_message_seq ${big} NOT NULL DEFAULT 0, last_at ${big} NOT NULL DEFAULT 0, acl_version ${big} NOT NULL DEFAULT 1, changed_at ${big} NOT NULL)${table}`,
      'CREATE UNIQUE INDEX conversations_conv_id ON conversations (conv_id)',
      'CREATE INDEX conversations_changed ON conversations (changed_at)',

      `CREATE TABLE entries (conversation_id ${big} NOT NULL, seq ${big} NOT NULL, kind ${word} NOT NULL, sender ${id} NOT NULL, msg_key ${id} NOT NULL,
        type ${word} NULL, number ${big} NOT NULL, at ${big} NOT NULL, body ${body} NULL, reply_to ${big} NULL, mentions ${body} NULL,
        edited_at ${big} NULL, recalled ${big} NOT NULL DEFAULT 0, PRIMARY KEY (conversation_id, seq))${clustered}`,
      // Keys of clients rise with time more often than not, so that what is stored together lands on the same pages, whoever sent it.
      'CREATE UNIQUE INDEX entries_key ON entries (conversation_id, msg_key, sender)',

      `CREATE TABLE tombstones (conversation_id ${big} NOT NULL, target_seq ${big} NOT NULL, sender ${id} NOT NULL,
        PRIMARY KEY (conversation_id, target_seq))${clustered}`,

      `CREATE TABLE members (conversation_id ${big} NOT NULL, user_id ${id} NOT NULL, role ${word} NOT NULL, from_seq ${big} NOT NULL, until_seq ${big} NULL,
        read_seq ${big} NOT NULL, read_number ${big} NOT NULL, own_above ${big} NOT NULL DEFAULT 0, joined_at ${big} NOT NULL, changed_at ${big} NOT NULL,
        PRIMARY KEY (conversation_id, user_id))${clustered}`,
      'CREATE INDEX members_user ON members (user_id, conversation_id)',

      `CREATE TABLE \`groups\` (id ${id} NOT NULL PRIMARY KEY, conversation_id ${big} NOT NULL, name ${text} NOT NULL, owner_id ${id} NOT NULL,
        join_policy ${word} NOT NULL, member_count ${big} NOT NULL, created_at ${big} NOT NULL)${table}`,
      'CREATE UNIQUE INDEX groups_conversation ON `groups` (conversation_id)',
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['`groups`', 'members', 'tombstones', 'entries', 'conversations', 'sessions', 'users', 'meta']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
