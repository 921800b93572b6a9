import { join } from 'node:path';
import type { Config } from '@app/config';
import type { BlobStore } from './blob-store';
import { DiskBlobStore } from './disk.blob-store';
import { S3BlobStore } from './s3.blob-store';

/**
 * The store that the configuration names: a bucket, or a folder where there is none. It opens whatever the state of either; `onTrouble`
 * is told when it cannot serve yet.
 */
export async function openBlobStore({ dataDir, objectStorage }: Config, onTrouble: (error: Error) => void): Promise<BlobStore> {
  if (objectStorage.bucket !== '') return S3BlobStore.start({ ...objectStorage, onTrouble });
  return DiskBlobStore.start({ folder: join(dataDir, 'blobs'), onTrouble });
}
