import { createReadStream } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import type { BlobStore } from '@app/blobs';
import type { Config } from '@app/config';
import { type Clock, newLongId } from '@app/kit';
import { type File, ImError, fileRequestSchema } from '@app/protocol';
import { type FileRow, FileStore, UserStore, Database } from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { CONFIG } from '../infra/config';
import { BLOBS, CLOCK } from '../infra/infra.module';
import { placeId, placeToken } from '../place-token';
import type { RouteInput, RouteOutput } from '../route';
import { Callbacks } from './callbacks';
import { Completion } from './completion';
import type { FormFile } from './forms';
import { keysOf, pendingKey } from './keys';
import { essenceOf } from './mime';
import { Pictures } from './pictures';
import { fileOf } from './shown';
import { Signatures } from './signatures';

type FileRequest = z.output<typeof fileRequestSchema>;

const places = placeToken(z.object({ createdAt: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER), id: placeId }));

/** Files of a user: uploading them, listing and deleting them. */
@Injectable()
export class FilesService {
  constructor(
    private readonly access: Access,
    private readonly database: Database,
    private readonly files: FileStore,
    private readonly users: UserStore,
    private readonly completion: Completion,
    private readonly callbacks: Callbacks,
    private readonly pictures: Pictures,
    private readonly signatures: Signatures,
    @Inject(BLOBS) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes a pending file and tells where to put its bytes. Throws as `checkWrite` does, and `TOO_LARGE`. */
  async create(caller: Caller, input: FileRequest): Promise<RouteOutput<'createFile'>> {
    if (input.convId !== undefined) await this.access.checkWriteNow(this.access.nameOf(input, caller.userId), caller.userId);
    const { id, size, mime_type: mimeType } = await this.begin(caller.userId, input, this.blobs.kind === 's3');
    const base = this.config.objectStorage.callbackBaseUrl;
    const expiresInSeconds = this.config.files.uploadLifetimeSeconds;
    const signed = await this.blobs.sign({ method: 'PUT', key: pendingKey(id), size, mimeType, expiresInSeconds });
    const expiresAt = this.clock.now() + expiresInSeconds * 1000;
    const query = `expires=${expiresAt}&signature=${this.signatures.of(['put', id, expiresAt])}`;
    const own = { url: `${base}/api/files/${id}/content?${query}`, headers: { 'content-type': mimeType }, expiresAt };
    const { url, headers, expiresAt: until } = signed ?? own;
    return {
      fileId: id,
      upload: { method: 'PUT', url, headers: { ...headers }, expiresAt: until },
      completeUrl: `${base}/api/files/${id}/complete`,
    };
  }

  /** Stores a file that came in a form, in one go: afterwards it is ready, or there is nothing. Throws as `create` and `complete` do. */
  async upload(caller: Caller, input: FileRequest, { path }: Pick<FormFile, 'path'>): Promise<File> {
    if (input.convId !== undefined) await this.access.checkWriteNow(this.access.nameOf(input, caller.userId), caller.userId);
    const { id, size, mime_type: mimeType } = await this.begin(caller.userId, input);
    try {
      const key = pendingKey(id);
      const { sha256 } = await this.blobs.write(key, createReadStream(path), { size, mimeType });
      const kept = await this.blobs.read(key, { start: 0, end: 0 });
      kept?.bytes.destroy();
      await this.files.uploaded(id, `sha256:${sha256}`, kept?.etag ?? '');
      return fileOf(await this.completion.complete(id));
    } catch (error) {
      await this.remove(id).catch(() => undefined);
      throw error;
    }
  }

  /** The caller's ready files. */
  async list(caller: Caller, { limit, cursor, offset }: RouteInput<'files'>['query']): Promise<RouteOutput<'files'>> {
    const after = cursor === undefined ? undefined : places.read(cursor);
    const rows = await this.files.ownedBy(caller.userId, after, limit + 1, offset);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      files: page.map(fileOf),
      next: last ? places.write({ createdAt: last.created_at, id: last.id }) : null,
      ...(offset === undefined ? {} : { total: (await this.files.heldBy(caller.userId, 0)).ready }),
    };
  }

  /** Checks the bytes of one of the caller's files and makes it ready. Throws as `Completion.complete` does. */
  async complete(caller: Caller, id: string): Promise<File> {
    await this.own(caller, id);
    return fileOf(await this.completion.complete(id));
  }

  /** The same, by word of the storage. Throws as `Callbacks.checkNew` does, too. */
  async callback(input: RouteInput<'fileCallback'>['body']): Promise<RouteOutput<'fileCallback'>> {
    const id = await this.callbacks.checkNew(input);
    await this.completion.complete(id);
    await this.callbacks.settle(input);
    return { fileId: id, state: 'ready' };
  }

  /** Deletes one of the caller's files and its bytes; whoever had it as a picture has none then. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.own(caller, id);
    await this.pictures.takeDown(caller.userId, id);
    await this.remove(id);
  }

  /** Makes the row of a new file, if there is room for it; `byUrl` where the storage will take the bytes from whoever has a URL. */
  private async begin(ownerId: string, { name, size, mimeType, convId }: FileRequest, byUrl = false): Promise<Omit<FileRow, 'state'>> {
    const { maxBytes, quotaBytes, maxPending, uploadLifetimeSeconds } = this.config.files;
    if (size > maxBytes) throw new ImError('TOO_LARGE', `a file has at most ${maxBytes} bytes`);
    const none = { checksum: null, etag: null, blob_name: null, width: null, height: null };
    const row = { id: newLongId(), owner_id: ownerId, name, size, mime_type: essenceOf(mimeType), conv_id: convId ?? null, ...none };
    const made = { ...row, created_at: this.clock.now() };
    await this.database.write(async (tx) => {
      // Two that begin at once do not both see the room for one.
      await this.users.hold(tx, [ownerId]);
      if (await this.files.get(made.id, tx)) return;
      // What can no longer be uploaded takes no room, though its row is there until the sweeper comes.
      const held = await this.files.heldBy(ownerId, made.created_at - uploadLifetimeSeconds * 1000, tx);
      if (held.pending >= maxPending) throw new ImError('TOO_LARGE', `at most ${maxPending} uploads may be unfinished`);
      if (quotaBytes > 0 && held.bytes + size > quotaBytes)
        throw new ImError('TOO_LARGE', `your files may take ${quotaBytes} bytes in all`);
      await this.files.insert(tx, made);
      if (byUrl) await this.files.expectUntil(tx, made.id, made.created_at + uploadLifetimeSeconds * 1000);
    });
    return made;
  }

  private async own(caller: Caller, id: string): Promise<void> {
    const row = await this.files.get(id);
    if (row?.owner_id !== caller.userId) throw new ImError('NOT_FOUND');
  }

  /** First the right to read it ends, then the bytes go, then the row: whatever comes between, the sweeper goes on from there. */
  private async remove(id: string): Promise<void> {
    const row = await this.files.markDeleting(id);
    if (row) await this.blobs.delete(keysOf(id, row.blob_name));
    await this.files.forget([id]);
  }
}
