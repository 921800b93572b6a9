import { join } from 'node:path';
import type { Config } from '@app/config';
import type { BlobStore } from './blob-store';
import { DiskBlobStore } from './disk.blob-store';

/**
 * The store that the configuration names: a folder, or a bucket. It opens whatever the state of either; `onTrouble` is told when it
 * cannot serve yet.
 */
export function openBlobStore({ dataDir }: Config, onTrouble: (error: Error) => void): Promise<BlobStore> {
  return DiskBlobStore.start({ folder: join(dataDir, 'blobs'), onTrouble });
}
