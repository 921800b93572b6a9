import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ActionInput, type ActionOutput, type Conversation, ImError } from '@app/protocol';
import { ConversationStore, Database } from '@app/storage';
import type { Caller } from '../caller';

const pageSize = 100;
/** A token reaches this far back, because transactions that end later may carry an earlier time. */
const overlapMs = 10_000;

/**
 * A place in a sync: `since` is what the client asked for, `until` the time that the whole sync stands for, `cursor` the last row of
 * the page before.
 */
const placeSchema = z.object({ since: z.number().int().min(0), until: z.number().int().min(0), cursor: z.number().int().min(0) });
type Place = z.infer<typeof placeSchema>;

/** Lists of conversations. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationStore,
    private readonly database: Database,
  ) {}

  /** Conversations that changed since an earlier sync. Throws `BAD_REQUEST` for a token that is none of ours. */
  async sync({ userId }: Caller, { since }: ActionInput<'sync'>): Promise<ActionOutput<'sync'>> {
    const asked = since === undefined ? { since: 0, until: 0, cursor: 0 } : readPlace(since);
    // The first page fixes the time that the whole sync stands for: what changes while it is paged comes with the next one.
    const place = asked.cursor === 0 ? { ...asked, until: await this.startTime() } : asked;
    const { conversations, cursor } = await this.conversations.list(userId, place.since, place.cursor, pageSize);
    const next = cursor === null ? { since: place.until, until: 0, cursor: 0 } : { ...place, cursor };
    return { conversations: [...conversations], next: writePlace(next), hasMore: cursor !== null };
  }

  /** All conversations of the user, a page at a time. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ conversations: Conversation[]; next: string | null }> {
    const after = cursor === undefined ? 0 : readPlace(cursor).cursor;
    const page = await this.conversations.list(userId, 0, after, limit);
    const next = page.cursor === null ? null : writePlace({ since: 0, until: 0, cursor: page.cursor });
    return { conversations: [...page.conversations], next };
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
    throw new ImError('BAD_REQUEST', 'this is not a token of an earlier answer');
  }
}
