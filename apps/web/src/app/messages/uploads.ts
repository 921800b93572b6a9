import { type OutgoingMessage, type ParleyClient, ParleyError, type ParleyErrorCode, newClientMsgId } from '@app/sdk';
import { safeName } from './file-name';

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
  /** The `seq` of the message that it answers. */
  readonly replyTo?: number | undefined;
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

  /** Begins to upload a file for a conversation, as an answer where it is said to which message. */
  add(convId: string, file: File, replyTo?: number): void {
    const kind = kindOf(file.type);
    const previewUrl = kind === 'image' || kind === 'video' ? URL.createObjectURL(file) : undefined;
    const item: UploadItem = { id: newClientMsgId(), convId, kind, file, previewUrl, progress: 0, replyTo, createdAt: Date.now() };
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
      const { convId, file, kind, replyTo } = item;
      const asked = measure(kind, file);
      const stored = await this.store(file, stop.signal, (progress) => this.replace(item.id, { progress }));
      const { about, small } = await asked;
      const thumbnailId = small && (await this.storeSmall(small, stop.signal));
      if (stop.signal.aborted) return;
      const { fileId, name, size, mimeType } = stored;
      const payload = { fileId, name, size, mimeType, ...about, ...(thumbnailId === undefined ? {} : { thumbnailId }) };
      await this.send(convId, { type: kind, payload, ...(replyTo === undefined ? {} : { replyTo }) });
      this.drop(item.id);
    } catch (error) {
      if (!stop.signal.aborted) this.replace(item.id, { failed: error instanceof ParleyError ? error.code : 'INTERNAL' });
    } finally {
      this.running.delete(item.id);
    }
  }

  private async store(file: File, signal: AbortSignal, progress: (part: number) => void) {
    const mimeType = file.type === '' ? 'application/octet-stream' : file.type;
    // A conversation in which nothing was said yet does not exist, and needs not be named.
    const { fileId, upload } = await this.client.request('createFile', { body: { name: safeName(file.name), size: file.size, mimeType } });
    await put(file, upload, signal, progress);
    return this.client.request('completeFile', { params: { id: fileId } });
  }

  /** A small picture is nice to have: without it the message is as good. */
  private async storeSmall(small: Blob, signal: AbortSignal): Promise<string | undefined> {
    const stored = await this.store(new File([small], 'small', { type: small.type }), signal, () => undefined).catch(() => undefined);
    return stored?.fileId;
  }

  private replace(id: string, fields: Partial<UploadItem>): void {
    this.set(this.items.map((one) => (one.id !== id ? one : 'file' in fields ? (fields as UploadItem) : { ...one, ...fields })));
  }

  private set(items: readonly UploadItem[]): void {
    this.items = items;
    this.changed(items);
  }
}

/** What a file tells of itself; the code for it is loaded with the first file. */
async function measure(kind: FileKind, file: File) {
  if (kind === 'file') return { about: {} };
  return import('./media/measure').then(
    ({ measured }) => measured(kind, file),
    () => ({ about: {} }),
  );
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
