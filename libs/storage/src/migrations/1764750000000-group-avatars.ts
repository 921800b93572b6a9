import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, typesOf } from './table';

/** Pictures of groups. The version before shows none. */
export class GroupAvatars1764750000000 implements MigrationInterface {
  readonly name = 'GroupAvatars1764750000000';

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, 'groups', 'avatar_url', typesOf(runner).text);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE `groups` DROP COLUMN avatar_url');
  }
}
