import { type OutgoingMessage, type ParleyClient, ParleyError, type ParleyErrorCode, newClientMsgId } from '@app/sdk';

/** What a file is shown as. */
type FileKind = 'image' | 'video' | 'voice' | 'file';

/** A file that is on its way to the server, to be a message then. It lives as long as the page. */
export interface UploadItem {
  readonly id: string;
  readonly convId: string;
  readonly kind: FileKind;
  readonly file: File;
  /** An address in memory, of a picture or a film. */
  readonly previewUrl?: string | undefined;
  /** How much of it is there: 0 to 1. */
  readonly progress: number;
  /** Why it failed. */
  readonly failed?: ParleyErrorCode;
  readonly createdAt: number;
}

type Send = (convId: string, message: Pick<OutgoingMessage, 'type' | 'payload' | 'replyTo'>) => Promise<void>;

/** Pictures that every browser shows; others are sent as files. */
const shownPictures = /^image\/(png|jpeg|gif|webp|avif)$/;

/** What a file will be shown as. */
export function kindOf(mimeType: string): FileKind {
  if (shownPictures.test(mimeType)) return 'image';
  if (/^video\/(mp4|webm|quicktime)/.test(mimeType)) return 'video';
  if (/^audio\/(mpeg|mp4|ogg|webm|wav|x-wav|aac|x-m4a)/.test(mimeType)) return 'voice';
  return 'file';
}

/** Files on their way: each is uploaded, and sent as a message when it is there. */
export class Uploads {
  private items: readonly UploadItem[] = [];
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly client: Pick<ParleyClient, 'request'>,
    private readonly changed: (items: readonly UploadItem[]) => void,
    private readonly send: Send,
  ) {}

  /** Begins to upload a file for a conversation. */
  add(convId: string, file: File): void {
    const kind = kindOf(file.type);
    const previewUrl = kind === 'image' || kind === 'video' ? URL.createObjectURL(file) : undefined;
    const item: UploadItem = { id: newClientMsgId(), convId, kind, file, previewUrl, progress: 0, createdAt: Date.now() };
    this.set([...this.items, item]);
    void this.run(item);
  }

  /** Begins again with one that failed. */
  retry(id: string): void {
    const item = this.items.find((one) => one.id === id);
    if (!item) return;
    const { failed: _, ...again } = item;
    this.replace(id, again);
    void this.run(again);
  }

  /** Gives one up. */
  drop(id: string): void {
    this.running.get(id)?.abort();
    const item = this.items.find((one) => one.id === id);
    if (item?.previewUrl !== undefined) URL.revokeObjectURL(item.previewUrl);
    this.set(this.items.filter((one) => one.id !== id));
  }

  private async run(item: UploadItem): Promise<void> {
    const stop = new AbortController();
    this.running.set(item.id, stop);
    try {
      const { convId, file, kind } = item;
      const name = safeName(file.name);
      const mimeType = file.type === '' ? 'application/octet-stream' : file.type;
      // A conversation in which nothing was said yet does not exist, and needs not be named.
      const { fileId, upload } = await this.client.request('createFile', { body: { name, size: file.size, mimeType } });
      await put(file, upload, stop.signal, (progress) => this.replace(item.id, { progress }));
      const stored = await this.client.request('completeFile', { params: { id: fileId } });
      const [measured, duration] = [await sizeOf(item), await durationOf(item)];
      const payload = { fileId, name: stored.name, size: stored.size, mimeType: stored.mimeType, ...measured, ...duration };
      if (stop.signal.aborted) return;
      await this.send(convId, { type: kind, payload });
      this.drop(item.id);
    } catch (error) {
      if (!stop.signal.aborted) this.replace(item.id, { failed: error instanceof ParleyError ? error.code : 'INTERNAL' });
    } finally {
      this.running.delete(item.id);
    }
  }

  private replace(id: string, fields: Partial<UploadItem>): void {
    this.set(this.items.map((one) => (one.id !== id ? one : 'file' in fields ? (fields as UploadItem) : { ...one, ...fields })));
  }

  private set(items: readonly UploadItem[]): void {
    this.items = items;
    this.changed(items);
  }
}

/** A name that the server takes: without a path and control characters. */
export function safeName(name: string): string {
  const kept = name.replace(/[/\\\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '_').toWellFormed();
  // The server counts in halves of what lies outside of the basic plane.
  const short = kept.length <= 255 ? kept : `${kept.slice(0, 230).toWellFormed()}…${kept.slice(-12).toWellFormed()}`;
  return short === '' || short === '.' || short === '..' ? 'file' : short;
}

/** `fetch` does not tell how much has gone. */
function put(
  file: Blob,
  { method, url, headers }: { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
  progress: (part: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, new URL(url, location.origin));
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total === 0 ? 0 : loaded / total);
    request.onload = () =>
      request.status < 400
        ? resolve()
        : reject(new ParleyError(request.status === 413 ? 'TOO_LARGE' : 'UNAVAILABLE', `HTTP ${request.status}`));
    request.onerror = () => reject(new ParleyError('DISCONNECTED', 'no answer came'));
    request.onabort = () => reject(new ParleyError('CLOSED', 'given up'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Pixels of a picture or film, so that its place is known before it is loaded. */
async function sizeOf({ kind, file, previewUrl }: UploadItem): Promise<{ width?: number; height?: number }> {
  if (kind === 'image') {
    const bitmap = await createImageBitmap(file).catch(() => undefined);
    if (!bitmap) return {};
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  }
  if (kind !== 'video' || previewUrl === undefined) return {};
  const film = await metadataOf(document.createElement('video'), previewUrl);
  return film && film.videoWidth > 0 ? { width: film.videoWidth, height: film.videoHeight } : {};
}

/** Whole seconds of a recording or a film. */
async function durationOf({ kind, file }: UploadItem): Promise<{ duration?: number }> {
  if (kind !== 'voice' && kind !== 'video') return {};
  const url = URL.createObjectURL(file);
  const media = await metadataOf(document.createElement('video'), url);
  URL.revokeObjectURL(url);
  return media && Number.isFinite(media.duration) ? { duration: Math.round(media.duration) } : {};
}

function metadataOf(media: HTMLVideoElement, url: string): Promise<HTMLVideoElement | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), 3_000);
    const done = (found: HTMLVideoElement | undefined) => {
      clearTimeout(timer);
      resolve(found);
    };
    media.preload = 'metadata';
    media.onloadedmetadata = () => done(media);
    media.onerror = () => done(undefined);
    media.src = url;
  });
}
