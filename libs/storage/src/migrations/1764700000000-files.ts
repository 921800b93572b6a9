import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, typesOf } from './table';

/** Files: what was uploaded, which messages and avatars carry it, and which callbacks of a storage were heard. */
export class Files1764700000000 implements MigrationInterface {
  readonly name = 'Files1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    const { id, word, text, big } = typesOf(runner);

    // `mime_type` is what was declared until the file is ready, then what was found. `etag` is that of the bytes that the row speaks of.
    // `blob_name` tells the bytes that were checked, or are about to be kept.
    // `unused_since` is missing while the file is pending, and while an avatar shows it.
    await createTable(runner, 'files', {
      columns: [
        `id ${id} NOT NULL PRIMARY KEY`,
        `owner_id ${id} NOT NULL`,
        `name ${text} NOT NULL`,
        `size ${big} NOT NULL`,
        `mime_type ${id} NOT NULL`,
        `state ${word} NOT NULL`,
        `checksum ${id} NULL`,
        `etag ${id} NULL`,
        `blob_name ${id} NULL`,
        `width ${big} NULL`,
        `height ${big} NULL`,
        `conv_id ${id} NULL`,
        `created_at ${big} NOT NULL`,
        `unused_since ${big} NULL`,
      ],
      index: {
        files_owner: 'owner_id, created_at, id',
        files_held: 'owner_id, state, size',
        files_state: 'state, created_at',
        files_unused: 'unused_since',
      },
    });

    // Which messages carry a file. A message that was recalled or has ended may keep its rows for a while: readers ask for its entry.
    await createTable(runner, 'file_uses', {
      columns: [`conversation_id ${big} NOT NULL`, `seq ${big} NOT NULL`, `file_id ${id} NOT NULL`],
      key: 'conversation_id, seq, file_id',
      index: { file_uses_file: 'file_id, conversation_id, seq' },
    });

    // Whose picture a file is: `user:<id>` or `group:<id>`.
    await createTable(runner, 'file_avatars', {
      columns: [`subject ${id} NOT NULL PRIMARY KEY`, `file_id ${id} NOT NULL`],
      index: { file_avatars_file: 'file_id' },
    });

    // Signatures of callbacks that were heard, so that none counts twice.
    await createTable(runner, 'file_callbacks', {
      columns: [`id ${id} NOT NULL PRIMARY KEY`, `at ${big} NOT NULL`],
      index: { file_callbacks_at: 'at' },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['file_callbacks', 'file_avatars', 'file_uses', 'files']) await dropTable(runner, table);
  }
}
