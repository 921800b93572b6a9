import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, createTable, dropTable, typesOf } from './table';

/** Large groups: what is to be fanned out, and slow mode. The version before leaves the new columns empty. */
export class Outbox1764600000000 implements MigrationInterface {
  readonly name = 'Outbox1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    const { big, body } = typesOf(runner);
    // At most one row for each group. `at` is the store's time of the first entry that it stands for.
    await createTable(runner, 'outbox', {
      columns: [`conversation_id ${big} NOT NULL`, `highest_seq ${big} NOT NULL`, `mentions ${body} NOT NULL`, `at ${big} NOT NULL`],
      key: 'conversation_id',
      index: { outbox_at: 'at' },
    });
    await addColumn(runner, 'groups', 'min_seconds', big);
    await addColumn(runner, 'members', 'last_sent_at', big);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'outbox');
    await runner.query('ALTER TABLE `groups` DROP COLUMN min_seconds');
    await runner.query('ALTER TABLE members DROP COLUMN last_sent_at');
  }
}
