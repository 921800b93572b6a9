import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ActionInput, type ActionOutput, ImError } from '@app/protocol';
import type { Clock } from '@app/kit';
import { BlockStore, ConversationListStore, Database, FriendRequestStore, FriendStore, GroupRequestStore } from '@app/storage';
import type { Caller } from '../caller';
import type { Config } from '@app/config';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { shownBlock } from '../blocks/shown';
import { requestLifetimeMs, shown, shownRequest } from '../friends/shown';
import * as inGroups from '../groups/shown';
import { placeId, placeToken } from '../place-token';

const pageSize = 100;
/** A token reaches this far back, because transactions that end later may carry an earlier time. */
const overlapMs = 10_000;

/**
 * A place in a sync: `since` is what the client asked for, `until` the time that the whole sync stands for, `section` and `cursor` where
 * the page before ended.
 */
const placeSchema = z.object({
  since: z.number().int().min(0),
  until: z.number().int().min(0),
  section: z.number().int().min(0).max(20),
  cursor: placeId,
});
const places = placeToken(placeSchema);

type Sections = Omit<ActionOutput<'sync'>, 'next' | 'hasMore'>;

/**
 * One kind of thing that a sync tells: what of it changed at or after `since` (store time), after `cursor`; everything that is there with
 * `since` 0. `cursor` goes into the next call, `''` begins and `null` is the end.
 */
interface Section<T> {
  page(userId: string, since: number, cursor: string, limit: number): Promise<{ items: readonly T[]; cursor: string | null }>;
}

/** What changed for a user since they last asked: the truth behind every hint. */
@Injectable()
export class SyncService {
  private readonly sections: { readonly [S in keyof Sections]: Section<Sections[S][number]> };

  constructor(
    friends: FriendStore,
    requests: FriendRequestStore,
    blocks: BlockStore,
    groupRequests: GroupRequestStore,
    lists: ConversationListStore,
    private readonly database: Database,
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) clock: Clock,
  ) {
    const lifetimeMs = requestLifetimeMs(config);
    this.sections = {
      conversations: {
        page: async (userId, since, cursor, limit) => {
          const page = await lists.changed(userId, since, readNumber(cursor), limit);
          return { items: page.conversations, cursor: page.cursor === null ? null : String(page.cursor) };
        },
      },
      friends: {
        page: async (userId, since, cursor, limit) => {
          const more = limit + 1;
          const rows = await (since === 0 ? friends.page(userId, cursor, more) : friends.changedSince(userId, since, cursor, more));
          return pageOf(rows, limit, shown, ({ friend_id }) => friend_id);
        },
      },
      friendRequests: {
        page: async (userId, since, cursor, limit) => {
          const rows = await requests.changedSince(userId, since, clock.now() - lifetimeMs, cursor, limit + 1);
          const page = pageOf(
            rows,
            limit,
            (row) => shownRequest(userId, row, lifetimeMs),
            ({ id }) => id,
          );
          return since === 0 ? { ...page, items: page.items.filter(({ state }) => state === 'pending') } : page;
        },
      },
      blocks: {
        page: async (userId, since, cursor, limit) => {
          const more = limit + 1;
          const rows = await (since === 0 ? blocks.page(userId, cursor, more) : blocks.changedSince(userId, since, cursor, more));
          return pageOf(rows, limit, shownBlock, ({ blocked_id }) => blocked_id);
        },
      },
      groupRequests: {
        page: async (userId, since, cursor, limit) => {
          const lifetimeMs = inGroups.requestLifetimeMs(config);
          const rows = await groupRequests.changedSince(userId, since, clock.now() - lifetimeMs, cursor, limit + 1);
          const page = pageOf(
            rows,
            limit,
            (row) => inGroups.shownRequest(row, lifetimeMs),
            ({ id }) => id,
          );
          return since === 0 ? { ...page, items: page.items.filter(({ state }) => state === 'pending') } : page;
        },
      },
    };
  }

  /** What changed since an earlier sync, a page at a time. Throws `BAD_REQUEST` for a token that is none of ours. */
  async sync({ userId }: Caller, { since }: ActionInput<'sync'>): Promise<ActionOutput<'sync'>> {
    const asked = since === undefined ? { since: 0, until: 0, section: 0, cursor: '' } : places.read(since);
    // The first page fixes the time that the whole sync stands for: what changes while it is paged comes with the next one.
    const place = asked.until === 0 ? { ...asked, until: await this.startTime() } : asked;
    const names = Object.keys(this.sections) as (keyof Sections)[];
    const told = Object.fromEntries(names.map((name) => [name, []])) as unknown as Sections;
    let left = pageSize;
    for (let { section, cursor } = place; section < names.length; section++, cursor = '') {
      if (left <= 0) return { ...told, next: places.write({ ...place, section, cursor }), hasMore: true };
      const name = names[section] as keyof Sections;
      const page = await this.sections[name].page(userId, place.since, cursor, left);
      Object.assign(told, { [name]: page.items });
      left -= page.items.length;
      if (page.cursor !== null) return { ...told, next: places.write({ ...place, section, cursor: page.cursor }), hasMore: true };
    }
    return { ...told, next: places.write({ since: place.until, until: 0, section: 0, cursor: '' }), hasMore: false };
  }

  private async startTime(): Promise<number> {
    return Math.max(1, (await this.database.storeTime(this.database)) - overlapMs);
  }
}

/** The first `limit` of the rows, and where the next page begins when there are more. */
function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  shownAs: (row: R) => T,
  placeOf: (row: R) => string,
): { items: T[]; cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map(shownAs), cursor: last === undefined ? null : placeOf(last) };
}

function readNumber(cursor: string): number {
  const number = Number(cursor);
  if (!Number.isSafeInteger(number) || number < 0) throw new ImError('BAD_REQUEST', 'this is not a token of an earlier answer');
  return number;
}
