import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, typesOf } from './table';

/** Until when a storage takes bytes of a file by itself. What the version before signs meanwhile is left to a rule of the bucket. */
export class LateUploads1764900000000 implements MigrationInterface {
  readonly name = 'LateUploads1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    const { id, big } = typesOf(runner);
    // Not a column of `files`: the row of a file may be gone long before.
    await createTable(runner, 'file_urls', {
      columns: [`file_id ${id} NOT NULL PRIMARY KEY`, `expires_at ${big} NOT NULL`],
      index: { file_urls_expires: 'expires_at' },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'file_urls');
  }
}
