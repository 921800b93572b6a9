import { AvatarStore } from './avatar.store';
import type { Queries, Reads } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { fromSql } from './unread-sql';

/** `pending` until its upload is checked, then `ready`; one that is `deleting` is gone for everybody but the sweeper. */
export type FileState = 'pending' | 'ready' | 'deleting';

/** A file: what is known of it. Its bytes are in the blob store. */
export interface FileRow {
  readonly id: string;
  readonly owner_id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** As declared while it is pending, then as found. */
  readonly mime_type: string;
  readonly state: FileState;
  /** `sha256:<hex>` or `etag:<etag>`; `null` until the bytes are there. */
  readonly checksum: string | null;
  /** Of the bytes that the row speaks of; `null` until they are there. */
  readonly etag: string | null;
  /** Which of the bytes that came are the file's; `null` until they were looked at. */
  readonly blob_name: string | null;
  /** Pixels, of an image that tells. */
  readonly width: number | null;
  readonly height: number | null;
  /** The conversation that it was uploaded for, if one was named. */
  readonly conv_id: string | null;
  readonly created_at: number;
}

/** What was found when the bytes of a file were checked. */
export interface Found {
  readonly mimeType: string;
  readonly checksum: string;
  readonly etag: string;
  readonly width: number | null;
  readonly height: number | null;
}

/** A place in the order of somebody's files. */
export interface FilePlace {
  readonly createdAt: number;
  readonly id: string;
}

const columns = 'id, owner_id, name, size, mime_type, state, checksum, etag, blob_name, width, height, conv_id, created_at';

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** Files, and who may read them. Which messages carry them is written with the messages. */
export class FileStore {
  private readonly avatars: AvatarStore;

  constructor(private readonly database: Database) {
    this.avatars = new AvatarStore(database);
  }

  /** A file, pending or ready. */
  async get(id: string, from: Reads = this.database): Promise<FileRow | undefined> {
    const [row] = await from.rows<FileRow>(`SELECT ${columns} FROM files WHERE id = ? AND state <> 'deleting'`, [id]);
    return row;
  }

  /** Those of the given files that are ready, in no order. */
  async readyOf(ids: readonly string[], from: Reads = this.database): Promise<FileRow[]> {
    if (ids.length === 0) return [];
    return from.rows(`SELECT ${columns} FROM files WHERE id IN (${marks(ids)}) AND state = 'ready'`, [...ids]);
  }

  /** Writes the row of a new file that is pending. */
  async insert(
    tx: Queries,
    {
      id,
      owner_id,
      name,
      size,
      mime_type,
      conv_id,
      created_at,
    }: Omit<FileRow, 'state' | 'checksum' | 'etag' | 'blob_name' | 'width' | 'height'>,
  ): Promise<void> {
    await tx.run(
      `INSERT INTO files (id, owner_id, name, size, mime_type, state, conv_id, created_at) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)`,
      [id, owner_id, name, size, mime_type, conv_id, created_at],
    );
  }

  /** Remembers until when a storage takes bytes of a new file by itself, whatever becomes of the file. */
  async expectUntil(tx: Queries, id: string, expiresAt: number): Promise<void> {
    await tx.run('INSERT INTO file_urls (file_id, expires_at) VALUES (?, ?)', [id, expiresAt]);
  }

  /**
   * What the files of a user take together, and how many of them are what. Pending ones count by the size they declare, and only where they
   * came after `begunAfter`: the upload of others is over.
   */
  async heldBy(
    userId: string,
    begunAfter: number,
    from: Reads = this.database,
  ): Promise<{ bytes: number; pending: number; ready: number }> {
    const held = `FROM files${words[this.database.dialect].by('files_held')} WHERE owner_id = ?`;
    const rows = await from.rows<{ state: FileState; bytes: number | null; count: number }>(
      `SELECT state, SUM(size) AS bytes, COUNT(*) AS count ${held} AND state <> 'pending' GROUP BY state
       UNION ALL SELECT 'pending', SUM(size), COUNT(*) ${held} AND state = 'pending' AND created_at > ?`,
      [userId, userId, begunAfter],
    );
    const countOf = (wanted: FileState) => Number(rows.find(({ state }) => state === wanted)?.count ?? 0);
    return {
      bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
      pending: countOf('pending'),
      ready: countOf('ready'),
    };
  }

  /** Ready files of a user, newest first, after a place; `skip` of them are left out. */
  async ownedBy(userId: string, after: FilePlace | undefined, limit: number, skip = 0): Promise<FileRow[]> {
    const { createdAt, id } = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' };
    return this.database.rows(
      `SELECT ${columns} FROM files WHERE owner_id = ? AND created_at <= ? AND (created_at < ? OR id < ?) AND state = 'ready'
       ORDER BY created_at DESC, id DESC LIMIT ${limit} OFFSET ${skip}`,
      [userId, createdAt, createdAt, id],
    );
  }

  /** Remembers what was uploaded for a pending file through the gateway; answers whether the file still waits for it. */
  async uploaded(id: string, checksum: string, etag: string): Promise<boolean> {
    const { affected } = await this.database.write((tx) =>
      tx.run(`UPDATE files SET checksum = ?, etag = ? WHERE id = ? AND state = 'pending'`, [checksum, etag, id]),
    );
    return affected > 0;
  }

  /**
   * Chooses the bytes that a pending file is to have. Whoever chooses last is the one who may make it ready. Answers whether the file is
   * pending.
   */
  async choose(id: string, blobName: string): Promise<boolean> {
    return this.database.write(async (tx) => {
      await tx.run(`UPDATE files SET blob_name = ? WHERE id = ? AND state = 'pending'`, [blobName, id]);
      return (await this.get(id, tx))?.state === 'pending';
    });
  }

  /** Makes a pending file ready, unused as of now, with the bytes that were chosen. One that is ready already stays as it is. */
  async makeReady(id: string, blobName: string, { mimeType, checksum, etag, width, height }: Found): Promise<void> {
    await this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      await tx.run(
        `UPDATE files SET state = 'ready', mime_type = ?, checksum = ?, etag = ?, width = ?, height = ?, unused_since = ?
         WHERE id = ? AND state = 'pending' AND blob_name = ?`,
        [mimeType, checksum, etag, width, height, now, id, blobName],
      );
    });
  }

  /** Begins the end of a file: from now on nobody reads it, and it is nobody's picture. Answers the file, if there was one. */
  async markDeleting(id: string): Promise<FileRow | undefined> {
    return this.database.write(async (tx) => {
      const { affected } = await tx.run(`UPDATE files SET state = 'deleting' WHERE id = ? AND state <> 'deleting'`, [id]);
      if (affected > 0) await this.avatars.takeDown(tx, id);
      const [row] = affected > 0 ? await tx.rows<FileRow>(`SELECT ${columns} FROM files WHERE id = ?`, [id]) : [];
      return row;
    });
  }

  /** Forgets files that are being deleted, when their bytes are gone, and what carried them. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.write(async (tx) => {
      const rows = await tx.rows<{ id: string }>(`SELECT id FROM files WHERE id IN (${marks(ids)}) AND state = 'deleting'`, [...ids]);
      const gone = rows.map(({ id }) => id);
      if (gone.length === 0) return;
      for (const table of ['file_avatars', 'file_uses']) await tx.run(`DELETE FROM ${table} WHERE file_id IN (${marks(gone)})`, gone);
      await tx.run(`DELETE FROM files WHERE id IN (${marks(gone)})`, gone);
    });
  }

  /**
   * Those of the given files that a user may read and that are ready: their own, those that a message carries which they may read now
   * (inside their window, not recalled, not ended, not edited since they left), and avatars. Without a user: avatars.
   */
  async mayRead(userId: string | undefined, ids: readonly string[]): Promise<FileRow[]> {
    const rows = await this.readyOf([...new Set(ids)]);
    const others = rows.filter(({ owner_id }) => owner_id !== userId).map(({ id }) => id);
    if (others.length === 0) return rows;
    const shown = await this.database.rows<{ file_id: string }>(
      `SELECT file_id FROM file_avatars WHERE file_id IN (${marks(others)})`,
      others,
    );
    const open = new Set(shown.map(({ file_id }) => file_id));
    const rest = others.filter((id) => !open.has(id));
    if (userId !== undefined) for (const id of await this.carriedTo(userId, rest)) open.add(id);
    return rows.filter(({ id, owner_id }) => owner_id === userId || open.has(id));
  }

  /** Those of the given files that a message carries which a user may read now, as a member: who has left keeps the words alone. */
  private async carriedTo(userId: string, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const now = await this.database.storeTime(this.database);
    const rows = await this.database.rows<{ file_id: string }>(
      `SELECT DISTINCT u.file_id FROM file_uses u
       JOIN members m ON m.conversation_id = u.conversation_id AND m.user_id = ?
       JOIN conversations c ON c.id = u.conversation_id
       JOIN entries e ON e.conversation_id = u.conversation_id AND e.seq = u.seq
       WHERE u.file_id IN (${marks(ids)}) AND m.until_seq IS NULL AND u.seq >= ${fromSql} AND u.seq <= COALESCE(c.closed_seq, u.seq)
         AND e.kind = 'message' AND e.recalled = 0 AND (e.expire_at IS NULL OR e.expire_at > ?)`,
      [userId, ...ids, now],
    );
    return rows.map(({ file_id }) => file_id);
  }

  /** Whether the callback of a signature was heard already. */
  async heard(signature: string): Promise<boolean> {
    const rows = await this.database.rows('SELECT 1 FROM file_callbacks WHERE id = ?', [signature]);
    return rows.length > 0;
  }

  /** Remembers the signature of a callback; answers whether it was not heard before. */
  async hear(signature: string): Promise<boolean> {
    return this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      const { insertIgnore } = words[this.database.dialect];
      const { affected } = await tx.run(`${insertIgnore} INTO file_callbacks (id, at) VALUES (?, ?)`, [signature, now]);
      return affected > 0;
    });
  }

  /** Forgets signatures of callbacks that are so many milliseconds old, at most `limit` of them; answers how many. */
  async forgetCallbacks(ms: number, limit: number): Promise<number> {
    return this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      const old = await tx.rows<{ id: string }>(`SELECT id FROM file_callbacks WHERE at < ? ORDER BY at LIMIT ${limit}`, [now - ms]);
      if (old.length === 0) return 0;
      const { affected } = await tx.run(
        `DELETE FROM file_callbacks WHERE id IN (${marks(old)})`,
        old.map(({ id }) => id),
      );
      return affected;
    });
  }
}
