import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ActionInput, type ActionOutput, ImError } from '@app/protocol';
import { ConversationStore, Database } from '@app/storage';
import type { Caller } from '../caller';

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
  cursor: z.string().max(100),
});
type Place = z.infer<typeof placeSchema>;

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
    conversations: ConversationStore,
    private readonly database: Database,
  ) {
    this.sections = {
      conversations: {
        page: async (userId, since, cursor, limit) => {
          const page = await conversations.list(userId, since, readNumber(cursor), limit);
          return { items: page.conversations, cursor: page.cursor === null ? null : String(page.cursor) };
        },
      },
    };
  }

  /** What changed since an earlier sync, a page at a time. Throws `BAD_REQUEST` for a token that is none of ours. */
  async sync({ userId }: Caller, { since }: ActionInput<'sync'>): Promise<ActionOutput<'sync'>> {
    const asked = since === undefined ? { since: 0, until: 0, section: 0, cursor: '' } : readPlace(since);
    // The first page fixes the time that the whole sync stands for: what changes while it is paged comes with the next one.
    const place = asked.until === 0 ? { ...asked, until: await this.startTime() } : asked;
    const names = Object.keys(this.sections) as (keyof Sections)[];
    const told = Object.fromEntries(names.map((name) => [name, []])) as unknown as Sections;
    let left = pageSize;
    for (let { section, cursor } = place; section < names.length; section++, cursor = '') {
      if (left <= 0) return { ...told, next: writePlace({ ...place, section, cursor }), hasMore: true };
      const name = names[section] as keyof Sections;
      const page = await this.sections[name].page(userId, place.since, cursor, left);
      Object.assign(told, { [name]: page.items });
      left -= page.items.length;
      if (page.cursor !== null) return { ...told, next: writePlace({ ...place, section, cursor: page.cursor }), hasMore: true };
    }
    return { ...told, next: writePlace({ since: place.until, until: 0, section: 0, cursor: '' }), hasMore: false };
  }

  private async startTime(): Promise<number> {
    return Math.max(1, (await this.database.storeTime(this.database)) - overlapMs);
  }
}

const writePlace = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function readPlace(token: string): Place {
  try {
    return placeSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw badToken();
  }
}

function readNumber(cursor: string): number {
  const number = Number(cursor);
  if (!Number.isSafeInteger(number) || number < 0) throw badToken();
  return number;
}

const badToken = () => new ImError('BAD_REQUEST', 'this is not a token of an earlier answer');
