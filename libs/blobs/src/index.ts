export { BlobChanged, type BlobRange, BlobRangeError, type BlobStore, BlobUnavailable, type SignGet, type SignPut } from './blob-store';
export { openBlobStore } from './open-blob-store';
