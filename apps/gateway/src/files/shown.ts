import type { File } from '@app/protocol';
import type { FileRow } from '@app/storage';

/** A ready file as the wire shows it. */
export function fileOf({ id, owner_id, name, size, mime_type, checksum, width, height, created_at }: FileRow): File {
  return {
    fileId: id,
    ownerId: owner_id,
    name,
    size,
    mimeType: mime_type,
    checksum: checksum ?? '',
    ...(width === null || height === null ? {} : { width, height }),
    state: 'ready',
    createdAt: created_at,
  };
}
