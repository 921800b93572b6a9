import { createHash } from 'node:crypto';
import type { FileRow } from '@app/storage';

/** Where the bytes of a file are until they were checked. */
export const pendingKey = (id: string): string => `pending/${id}`;

/**
 * Where the bytes that were checked are kept. Other bytes have another name, so those that somebody uploads while two ask for the same
 * file to be completed never take the place of what was checked.
 */
export const readyKey = (id: string, blobName: string): string => `ready/${id}${blobName}`;

/** The name of bytes with an etag, as a part of a key. */
export const blobNameOf = (etag: string): string => createHash('sha256').update(etag).digest('hex').slice(0, 16);

/** Where the bytes of a file are that is ready. */
export const keptKey = ({ id, blob_name: blobName }: FileRow): string => readyKey(id, blobName ?? '');

/** All places in which a file may have bytes. */
export const keysOf = (id: string, blobName: string | null): string[] => [
  pendingKey(id),
  ...(blobName === null ? [] : [readyKey(id, blobName)]),
];

/** The file of an object of the bucket, by the object's name with the prefix of the configuration before it. */
export const fileOfKey = (key: string): string | undefined => /(?:^|\/)pending\/([a-z\d]{4,64})$/.exec(key)?.[1];
