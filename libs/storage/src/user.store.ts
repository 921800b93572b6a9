import { LRUCache } from 'lru-cache';
import { ImError } from '@app/protocol';
import { AvatarStore } from './avatar.store';
import type { Queries } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { isDuplicateKey } from './failure';

/** A user. `username` and `password_hash` are null for users that an embedding product signs in. */
export interface UserRow {
  readonly id: string;
  readonly username: string | null;
  readonly nickname: string;
  readonly avatar_url: string | null;
  readonly password_hash: string | null;
  /** Tokens without a session that were issued before this time (ms) are refused. */
  readonly tokens_not_before: number;
  readonly banned_at: number | null;
}

const columns = 'id, username, nickname, avatar_url, password_hash, tokens_not_before, banned_at';

/** Names and ids are ASCII, and some stores refuse to compare them with anything else. */
const isAscii = (text: string): boolean => /^[\x20-\x7d]*$/.test(text);

/** Users. */
export class UserStore {
  /** Users are never deleted, so one that was seen exists. */
  private readonly seen = new LRUCache<string, true>({ max: 100_000 });

  private readonly avatars: AvatarStore;

  constructor(private readonly database: Database) {
    this.avatars = new AvatarStore(database);
  }

  async get(id: string): Promise<UserRow | undefined> {
    const [row] = await this.database.rows<UserRow>(`SELECT ${columns} FROM users WHERE id = ?`, [id]);
    if (row) this.seen.set(id, true);
    return row;
  }

  /** Those of some users that there are, in any order. */
  async several(ids: readonly string[]): Promise<UserRow[]> {
    if (ids.length === 0) return [];
    const rows = await this.database.rows<UserRow>(
      `SELECT ${columns} FROM users${words[this.database.dialect].byKey} WHERE id IN (${ids.map(() => '?').join(', ')})`,
      [...ids],
    );
    for (const { id } of rows) this.seen.set(id, true);
    return rows;
  }

  async byUsername(username: string): Promise<UserRow | undefined> {
    if (!isAscii(username)) return undefined;
    const [row] = await this.database.rows<UserRow>(`SELECT ${columns} FROM users WHERE username = ?`, [username]);
    return row;
  }

  /** Whether there is such a user; answered without asking the store when it is known. */
  exists(id: string): boolean | Promise<boolean> {
    return this.seen.has(id) || this.get(id).then((row) => row !== undefined);
  }

  /** Holds users while a transaction lasts, so that what it counts of theirs stays so. In the order of their ids: two never wait for each other. */
  async hold(tx: Queries, ids: readonly string[]): Promise<void> {
    const { byKey, forUpdate } = words[this.database.dialect];
    await tx.rows(`SELECT id FROM users${byKey} WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id${forUpdate}`, [...ids]);
  }

  /** Each of the ids once, when there are at most `max` and all are users. Throws `TOO_LARGE`, `NOT_FOUND`. */
  async checkAll(ids: readonly string[], max: number): Promise<string[]> {
    if (ids.length > max) throw new ImError('TOO_LARGE', `at most ${max} users at once`);
    const each = [...new Set(ids)];
    if (each.length === 0) return each;
    const [row] = await this.database.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM users${words[this.database.dialect].byKey} WHERE id IN (${each.map(() => '?').join(', ')})`,
      each,
    );
    if (Number(row?.count ?? 0) < each.length) throw new ImError('NOT_FOUND', 'not all of them are users');
    return each;
  }

  /** Users whose user name or id begins with `prefix`, by id. */
  async search(prefix: string, limit: number): Promise<UserRow[]> {
    if (!isAscii(prefix)) return [];
    // Above every character that names and ids can have.
    const end = `${prefix}~`;
    return this.database.rows(
      `SELECT ${columns} FROM users WHERE (username >= ? AND username < ?) OR (id >= ? AND id < ?) ORDER BY username, id LIMIT ${limit}`,
      [prefix.toLowerCase(), end.toLowerCase(), prefix, end],
    );
  }

  /** Makes a user with a password. Throws `ALREADY_EXISTS` when the user name is taken. */
  async register(user: { id: string; username: string; nickname: string; passwordHash: string }): Promise<void> {
    const { id, username, nickname, passwordHash } = user;
    await this.database.write(async (tx) => {
      try {
        await tx.run('INSERT INTO users (id, username, nickname, password_hash, created_at) VALUES (?, ?, ?, ?, ?)', [
          id,
          username,
          nickname,
          passwordHash,
          this.database.clock.now(),
        ]);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Run again after an answer that was lost, it finds its own row. A hash has a salt, so nobody else's is the same.
        const [own] = await tx.rows('SELECT id FROM users WHERE id = ? AND password_hash = ?', [id, passwordHash]);
        if (!own) throw new ImError('ALREADY_EXISTS', 'this user name is taken');
      }
    });
  }

  /** Makes a user without a password, unless it is there already. */
  async provision(id: string): Promise<void> {
    await this.database.write((tx) =>
      tx.run(`${words[this.database.dialect].insertIgnore} INTO users (id, nickname, created_at) VALUES (?, ?, ?)`, [
        id,
        id,
        this.database.clock.now(),
      ]),
    );
  }

  /**
   * Changes the given fields and leaves the others; `avatar` is the file at `avatarUrl`, if it is one of ours. Throws `NOT_FOUND` when that
   * is not ready.
   */
  async update(
    id: string,
    { nickname, avatarUrl }: { nickname?: string | undefined; avatarUrl?: string | null | undefined },
    avatar: string | null = null,
  ): Promise<void> {
    await this.database.write(async (tx) => {
      if (avatarUrl !== undefined) await this.avatars.show(tx, `user:${id}`, avatar);
      if (nickname !== undefined) await tx.run('UPDATE users SET nickname = ? WHERE id = ?', [nickname, id]);
      if (avatarUrl !== undefined) await tx.run('UPDATE users SET avatar_url = ? WHERE id = ?', [avatarUrl, id]);
    });
  }
}
