export { BlobChanged, type BlobRange, BlobRangeError, type BlobStore, BlobUnavailable } from './blob-store';
export { openBlobStore } from './open-blob-store';
