import { setImmediate as turnOver } from 'node:timers/promises';
import { type Favorite, ImError } from '@app/protocol';
import type { Queries, Reads, SqlValue } from './connections';
import type { Database } from './database';
import { words } from './dialect';
import { folded, searchedText, tagsAsText, tagsOf } from './favorite-text';

/** A favorite that is to be kept, under a new id. */
export type NewFavorite = Omit<Favorite, 'tags' | 'note' | 'createdAt'>;

/** What is put on a favorite; what is absent stays as it is, and `null` takes the note away. */
export interface Labels {
  readonly tags?: readonly string[] | undefined;
  readonly note?: string | null | undefined;
}

/** Which favorites: of a type, with all of some tags, holding a keyword. */
export interface FavoriteFilter {
  readonly type?: Favorite['type'] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly keyword?: string | undefined;
}

/** The place of a favorite in the list of its user. */
export interface FavoritePlace {
  readonly createdAt: number;
  readonly id: string;
}

/** How many favorites a user has. */
export interface FavoriteCounts {
  readonly total: number;
  readonly byType: ReadonlyMap<string, number>;
  readonly byTag: ReadonlyMap<string, number>;
}

/** A row of `favorites`, as every dialect answers it. */
interface Row {
  readonly id: string;
  readonly created_at: number;
  readonly type: Favorite['type'];
  readonly conv_id: string | null;
  readonly seq: number | null;
  readonly from_id: string | null;
  readonly said_at: number | null;
  readonly note: string | null;
  readonly tags: string;
  readonly payload: string;
}

type Place = Pick<Row, 'id' | 'created_at'>;

const columns = 'id, created_at, type, conv_id, seq, from_id, said_at, note, tags, payload';

/** Rows that are looked through at once. The embedded store answers nobody else meanwhile. */
const lookedAt = 250;
/** Rows that are read at once. */
const readAt = 64;
/** Bytes of payloads after which a page ends early. */
const maxPageBytes = 256 * 1024;

/** What users keep for themselves. What one of them does at once happens one after the other. */
export class FavoriteStore {
  private readonly byKey: string;

  constructor(private readonly database: Database) {
    this.byKey = words[database.dialect].byKey;
  }

  /** A user's favorite of a message. */
  async ofMessage(userId: string, convId: string, seq: number, from: Reads = this.database): Promise<Favorite | undefined> {
    const [row] = await from.rows<Row>(`SELECT ${columns} FROM favorites WHERE user_id = ? AND conv_id = ? AND seq = ?`, [
      userId,
      convId,
      seq,
    ]);
    return row && favoriteOf(row);
  }

  /**
   * Keeps something. Where the user keeps that message already, its copy stays and the given labels are put on it. Throws `TOO_LARGE` when
   * they have `max` favorites.
   */
  async add(userId: string, favorite: NewFavorite, labels: Labels, max: number): Promise<Favorite> {
    return this.database.write(async (tx) => {
      await this.hold(tx, userId);
      const { id, convId, seq } = favorite;
      // Run again after an answer that was lost, it finds its own row.
      const known =
        convId === undefined || seq === undefined ? await this.get(userId, id, tx) : await this.ofMessage(userId, convId, seq, tx);
      if (known) return this.label(tx, userId, known, labels);
      const [row] = await tx.rows<{ count: number }>('SELECT COUNT(*) AS count FROM favorites WHERE user_id = ?', [userId]);
      if (Number(row?.count ?? 0) >= max) throw new ImError('TOO_LARGE', `a user keeps at most ${max} favorites`);
      const kept = labelled({ ...favorite, tags: [], createdAt: await this.database.storeTime(tx) }, labels);
      await tx.run(`INSERT INTO favorites (user_id, ${columns}, searched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
        userId,
        id,
        kept.createdAt,
        kept.type,
        convId ?? null,
        seq ?? null,
        kept.from ?? null,
        kept.timestamp ?? null,
        kept.note ?? null,
        tagsAsText(kept.tags),
        JSON.stringify(kept.payload),
        searchedText(kept),
      ]);
      return kept;
    });
  }

  /** Puts labels on a favorite and answers it; `undefined` when the user has no such one. */
  async update(userId: string, id: string, labels: Labels): Promise<Favorite | undefined> {
    return this.database.write(async (tx) => {
      await this.hold(tx, userId);
      const known = await this.get(userId, id, tx);
      return known && this.label(tx, userId, known, labels);
    });
  }

  /** Keeps a favorite no more; `false` when the user has no such one. */
  async remove(userId: string, id: string): Promise<boolean> {
    // Run again after an answer that was lost, it finds nothing any more.
    let removed = false;
    await this.database.write(async (tx) => {
      const { affected } = await tx.run('DELETE FROM favorites WHERE user_id = ? AND id = ?', [userId, id]);
      removed ||= affected > 0;
    });
    return removed;
  }

  /** Favorites that fit, newest first, beyond a place. A page of large ones ends early; `hasMore` tells whether there are more beyond it. */
  async page(
    userId: string,
    filter: FavoriteFilter,
    after: FavoritePlace | undefined,
    limit: number,
  ): Promise<{ items: Favorite[]; hasMore: boolean }> {
    const items: Favorite[] = [];
    let bytes = 0;
    for await (const places of this.fitting(userId, filter, after, limit)) {
      for (let read = 0; read < places.length;) {
        const some = places.slice(read, read + Math.min(readAt, limit + 1 - items.length));
        read += some.length;
        for (const row of await this.some(userId, some)) {
          bytes += 300 + Buffer.byteLength(row.payload);
          if (items.length === limit || (items.length > 0 && bytes > maxPageBytes)) return { items, hasMore: true };
          items.push(favoriteOf(row));
        }
      }
    }
    return { items, hasMore: false };
  }

  /** Counts a user's favorites. */
  async counts(userId: string): Promise<FavoriteCounts> {
    const byType = new Map<string, number>();
    const byTag = new Map<string, number>();
    let total = 0;
    for await (const rows of this.steps<{ type: string; tags: string }>(userId, 'type, tags', [], undefined, lookedAt)) {
      for (const { type, tags } of rows) {
        total++;
        byType.set(type, (byType.get(type) ?? 0) + 1);
        for (const tag of tagsOf(tags)) byTag.set(tag, (byTag.get(tag) ?? 0) + 1);
      }
    }
    return { total, byType, byTag };
  }

  private async get(userId: string, id: string, from: Reads): Promise<Favorite | undefined> {
    const [row] = await from.rows<Row>(`SELECT ${columns} FROM favorites WHERE user_id = ? AND id = ?`, [userId, id]);
    return row && favoriteOf(row);
  }

  private async some(userId: string, places: readonly Place[]): Promise<Row[]> {
    const ids = new Set(places.map(({ id }) => id));
    const times = places.map(({ created_at }) => created_at);
    // Asked for ids, SQLite would go through all that the user has: by time, which few share, it takes the key.
    const rows = await this.database.rows<Row>(
      `SELECT ${columns} FROM favorites${this.byKey} WHERE user_id = ? AND created_at IN (${times.map(() => '?').join(', ')})
       ORDER BY created_at DESC, id DESC`,
      [userId, ...times],
    );
    return rows.filter(({ id }) => ids.has(id));
  }

  private async label(tx: Queries, userId: string, known: Favorite, labels: Labels): Promise<Favorite> {
    if (labels.tags === undefined && labels.note === undefined) return known;
    const kept = labelled(known, labels);
    await tx.run('UPDATE favorites SET tags = ?, note = ?, searched = ? WHERE user_id = ? AND id = ?', [
      tagsAsText(kept.tags),
      kept.note ?? null,
      searchedText(kept),
      userId,
      kept.id,
    ]);
    return kept;
  }

  /** Holds the user while a transaction lasts: what is counted and read of theirs stays so. */
  private async hold(tx: Queries, userId: string): Promise<void> {
    const { forUpdate } = words[this.database.dialect];
    await tx.rows(`SELECT id FROM users${this.byKey} WHERE id = ?${forUpdate}`, [userId]);
  }

  /** The places of favorites that fit, newest first. */
  private async *fitting(
    userId: string,
    { type, tags = [], keyword }: FavoriteFilter,
    after: FavoritePlace | undefined,
    limit: number,
  ): AsyncIterable<Place[]> {
    const tests: readonly (readonly [sql: string, value: SqlValue])[] = [
      ...(type === undefined ? [] : [['type = ?', type] as const]),
      ...tags.map((tag) => ['INSTR(tags, ?) > 0', tagsAsText([tag])] as const),
      // No pattern: `%` and `_` are characters like all others.
      ...(keyword === undefined ? [] : [['INSTR(searched, ?) > 0', folded(keyword)] as const]),
    ];
    const fits = tests.length === 0 ? '1' : `CASE WHEN ${tests.map(([sql]) => sql).join(' AND ')} THEN 1 ELSE 0 END`;
    const values = tests.map(([, value]) => value);
    const step = tests.length === 0 ? limit + 1 : lookedAt;
    for await (const rows of this.steps<{ fits: number }>(userId, `${fits} AS fits`, values, after, step)) {
      yield rows.filter((row) => Number(row.fits) === 1);
    }
  }

  /** Goes through a user's favorites, newest first, some at a time: others have their turn between two steps. */
  private async *steps<T>(
    userId: string,
    what: string,
    values: readonly SqlValue[],
    after: FavoritePlace | undefined,
    step: number,
  ): AsyncIterable<(T & Place)[]> {
    for (let place = after; ;) {
      // The first condition is what an index can be entered by.
      const beyond = place ? ' AND created_at <= ? AND (created_at < ? OR id < ?)' : '';
      const rows = await this.database.rows<T & Place>(
        `SELECT id, created_at, ${what} FROM favorites${this.byKey} WHERE user_id = ?${beyond} ORDER BY created_at DESC, id DESC LIMIT ${step}`,
        [...values, userId, ...(place ? [place.createdAt, place.createdAt, place.id] : [])],
      );
      yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < step) return;
      place = { createdAt: last.created_at, id: last.id };
      await turnOver();
    }
  }
}

function labelled({ note: noted, ...favorite }: Favorite, { tags, note }: Labels): Favorite {
  const kept = note === undefined ? noted : (note ?? undefined);
  return { ...favorite, tags: tags ? tagsOf(tagsAsText(tags)) : favorite.tags, ...(kept === undefined ? {} : { note: kept }) };
}

function favoriteOf(row: Row): Favorite {
  const { id, type, conv_id: convId, seq, from_id: from, said_at: timestamp, payload, tags, note, created_at: createdAt } = row;
  return {
    id,
    type,
    ...(convId === null || seq === null || from === null || timestamp === null ? {} : { convId, seq, from, timestamp }),
    payload: JSON.parse(payload) as Favorite['payload'],
    tags: tagsOf(tags),
    ...(note === null ? {} : { note }),
    createdAt,
  };
}
