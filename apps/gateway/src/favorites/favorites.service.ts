import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { newId } from '@app/kit';
import { type Favorite, ImError, type Message } from '@app/protocol';
import { EntryStore, type FavoriteFilter, FavoriteStore, type Labels } from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Access, type ReadRight } from '../conversations/access';
import { CONFIG } from '../infra/config';
import { placeId, placeToken } from '../place-token';

/** The place of a page's last favorite. */
const places = placeToken(z.object({ createdAt: z.number().int().min(0), id: placeId }));

/** Tags that are counted by name. */
const countedTags = 200;

/** What users keep for themselves: copies of messages as they could read them, and what they made up. Nobody else hears of it. */
@Injectable()
export class FavoritesService {
  constructor(
    private readonly access: Access,
    private readonly entries: EntryStore,
    private readonly favorites: FavoriteStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Keeps a copy of a message, which stays when the message is edited or taken back, or the caller leaves. One that is kept already gets the given
   * labels. Throws `NOT_FOUND` for what the caller cannot read, `FORBIDDEN` for what is to end by itself, `TOO_LARGE`.
   */
  async addMessage({ userId }: Caller, { convId, seq, ...labels }: { convId: string; seq: number } & Labels): Promise<Favorite> {
    const right = await this.access.checkRead(this.access.nameOf({ convId }, userId), userId);
    // Also when the message is gone since: who adds it again need not know.
    const known = await this.favorites.ofMessage(userId, convId, seq);
    const kept = known && (await this.favorites.update(userId, known.id, labels));
    if (kept) return kept;
    const { type, from, timestamp, payload } = await this.readable(right, seq);
    return this.favorites.add(userId, { id: newId(), type, convId, seq, from, timestamp, payload }, labels, this.config.maxFavorites);
  }

  /** Keeps what the caller made up. Throws `TOO_LARGE`. */
  async addCustom({ userId }: Caller, { payload, ...labels }: Pick<Favorite, 'payload'> & Labels): Promise<Favorite> {
    const { maxPayloadBytes, maxFavorites } = this.config;
    if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
      throw new ImError('TOO_LARGE', `the payload is larger than ${maxPayloadBytes} bytes`);
    }
    return this.favorites.add(userId, { id: newId(), type: 'custom', payload }, labels, maxFavorites);
  }

  /** The caller's favorites that fit, newest first. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    { limit, cursor, ...filter }: { limit: number; cursor?: string | undefined } & FavoriteFilter,
  ): Promise<{ favorites: Favorite[]; next: string | null }> {
    const after = cursor === undefined ? undefined : places.read(cursor);
    const { items, hasMore } = await this.favorites.page(userId, filter, after, limit);
    const last = hasMore ? items.at(-1) : undefined;
    return { favorites: items, next: last ? places.write({ createdAt: last.createdAt, id: last.id }) : null };
  }

  /** How many favorites the caller has. */
  async stats({ userId }: Caller): Promise<{ total: number; byType: Record<string, number>; byTag: Record<string, number> }> {
    const { total, byType, byTag } = await this.favorites.counts(userId);
    const used = [...byTag].sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1)).slice(0, countedTags);
    return { total, byType: Object.fromEntries(byType), byTag: Object.fromEntries(used) };
  }

  /** Puts labels on a favorite of the caller. Throws `NOT_FOUND`. */
  async update({ userId }: Caller, id: string, labels: Labels): Promise<Favorite> {
    const favorite = await this.favorites.update(userId, id, labels);
    if (!favorite) throw notThere();
    return favorite;
  }

  /** Keeps a favorite of the caller no more. Throws `NOT_FOUND`. */
  async remove({ userId }: Caller, id: string): Promise<void> {
    if (!(await this.favorites.remove(userId, id))) throw notThere();
  }

  /** A message with what it says, as whoever has the right reads it. */
  private async readable({ ref, window }: ReadRight, seq: number): Promise<Message & Pick<Favorite, 'payload'>> {
    const only = { ...window, from: Math.max(window.from, seq) };
    const page = ref && (await this.entries.messagesBefore(ref, only, seq + 1, 1));
    const [message] = page?.items ?? [];
    if (message?.seq !== seq || !message.payload) throw new ImError('NOT_FOUND', 'there is no such message');
    if (message.burnAfterRead || message.expireAtMs !== undefined) {
      throw new ImError('FORBIDDEN', 'a message that ends by itself is not to be kept');
    }
    return { ...message, payload: message.payload };
  }
}

const notThere = () => new ImError('NOT_FOUND', 'there is no such favorite');
