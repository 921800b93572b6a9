import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Members that may not write until a time. The previous version knows nothing of it and lets them write. */
export class MutedMembers1764300000000 implements MigrationInterface {
  readonly name = 'MutedMembers1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    // A run that ended between this statement and its record is not run into again.
    if (await runner.hasColumn('members', 'muted_until')) return;
    const big = runner.dataSource.options.type === 'better-sqlite3' ? 'INTEGER' : 'BIGINT';
    await runner.query(`ALTER TABLE members ADD COLUMN muted_until ${big} NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE members DROP COLUMN muted_until');
  }
}
