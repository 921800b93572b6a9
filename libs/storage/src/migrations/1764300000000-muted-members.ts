import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, typesOf } from './table';

/** Members that may not write until a time. The version before knows nothing of it and lets them write. */
export class MutedMembers1764300000000 implements MigrationInterface {
  readonly name = 'MutedMembers1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, 'members', 'muted_until', typesOf(runner).big);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE members DROP COLUMN muted_until');
  }
}
