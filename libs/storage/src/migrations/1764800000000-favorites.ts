import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, typesOf } from './table';

/** What users keep for themselves. The version before does not know it. */
export class Favorites1764800000000 implements MigrationInterface {
  readonly name = 'Favorites1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    const { id, word, text, body, big } = typesOf(runner);
    // The rows of a user lie together, in the order in which they are listed. What is large comes last, so that looking through them passes it over.
    await createTable(runner, 'favorites', {
      columns: [
        `user_id ${id} NOT NULL`,
        `created_at ${big} NOT NULL`,
        `id ${id} NOT NULL`,
        `type ${word} NOT NULL`,
        `conv_id ${id} NULL`,
        `seq ${big} NULL`,
        `from_id ${id} NULL`,
        `said_at ${big} NULL`,
        `note ${text} NULL`,
        `tags ${body} NOT NULL`,
        `searched ${body} NOT NULL`,
        `payload ${body} NOT NULL`,
      ],
      key: 'user_id, created_at, id',
      unique: { favorites_id: 'user_id, id', favorites_message: 'user_id, conv_id, seq' },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'favorites');
  }
}
