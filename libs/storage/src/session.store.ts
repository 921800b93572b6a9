import type { Database } from './database';
import { isDuplicateKey } from './failure';

/** A session: one login on one device. */
export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly device_id: string | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
}

/** A session, and when a connection of it last went. */
export type SeenSession = SessionRow & { readonly last_seen_at: number | null };

/** A session with what its user may do. */
export type LiveSession = SessionRow & { readonly banned_at: number | null };

/** A session that was ended before it expired, and when in the store's time. */
export interface RevokedSession {
  readonly id: string;
  readonly user_id: string;
  readonly revoked_at: number;
}

const revokedPage = 500;

const columns = 'id, user_id, device_id, created_at, expires_at, revoked_at';

/** Sessions. An ended one stays until it would have expired, so that its tokens are known to be void. */
export class SessionStore {
  constructor(private readonly database: Database) {}

  async insert(session: SessionRow): Promise<void> {
    await this.database.write(async (tx) => {
      try {
        await tx.run(`INSERT INTO sessions (${columns}) VALUES (?, ?, ?, ?, ?, NULL)`, [
          session.id,
          session.user_id,
          session.device_id,
          session.created_at,
          session.expires_at,
        ]);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Run again after an answer that was lost, it finds its own row.
        const [own] = await tx.rows<SessionRow>(`SELECT ${columns} FROM sessions WHERE id = ?`, [session.id]);
        if (own?.user_id !== session.user_id || own.created_at !== session.created_at) throw error;
      }
      // Each login takes two dead sessions along, so the table does not grow without a job that cleans it.
      const dead = await tx.rows<{ id: string }>('SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT 2', [
        session.created_at,
      ]);
      for (const { id } of dead) await tx.run('DELETE FROM sessions WHERE id = ?', [id]);
    });
  }

  /** The sessions of the given ids that exist, in any order. */
  async getMany(ids: readonly string[]): Promise<LiveSession[]> {
    if (ids.length === 0) return [];
    return this.database.rows(
      `SELECT s.id, s.user_id, s.device_id, s.created_at, s.expires_at, s.revoked_at, u.banned_at
       FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id IN (${ids.map(() => '?').join(', ')})`,
      [...ids],
    );
  }

  /** The user's sessions that are neither ended nor expired, newest first, at most 200. */
  async ofUser(userId: string, now: number): Promise<SeenSession[]> {
    return this.database.rows(
      `SELECT ${columns}, last_seen_at FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY created_at DESC, id LIMIT 200`,
      [userId, now],
    );
  }

  /** Ends a session of the user, as of the store's time; `false` when there is no such open session. */
  async revoke(id: string, userId: string): Promise<boolean> {
    // Run again after an answer that was lost, it finds the session ended, by itself.
    let ended = false;
    return this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      const { affected } = await tx.run('UPDATE sessions SET revoked_at = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL', [
        now,
        id,
        userId,
      ]);
      ended ||= affected > 0;
      return ended;
    });
  }

  /** What time it is for `revokedSince`. */
  time(): Promise<number> {
    return this.database.storeTime(this.database);
  }

  /**
   * The sessions that were ended at `since` (store time) or later, oldest first, in pages: the next one is `after` the last of the one
   * before, and an empty one is the end. A session may be committed a few seconds after the time it bears.
   */
  async revokedSince(since: number, after?: RevokedSession): Promise<RevokedSession[]> {
    const at = after?.revoked_at ?? since;
    return this.database.rows(
      `SELECT id, user_id, revoked_at FROM sessions WHERE revoked_at >= ? AND (revoked_at > ? OR id > ?)
       ORDER BY revoked_at, id LIMIT ${revokedPage}`,
      [at, at, after?.id ?? ''],
    );
  }

  /** Lets a session live on. */
  async extend(id: string, expiresAt: number): Promise<void> {
    await this.database.write((tx) => tx.run('UPDATE sessions SET expires_at = ? WHERE id = ?', [expiresAt, id]));
  }
}
