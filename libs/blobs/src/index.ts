export type { BlobStore } from './blob-store';
export { openBlobStore } from './open-blob-store';
