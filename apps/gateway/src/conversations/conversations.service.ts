import { Injectable } from '@nestjs/common';
import { type Conversation, ImError } from '@app/protocol';
import { ConversationStore } from '@app/storage';
import type { Caller } from '../caller';

/** Lists of conversations. */
@Injectable()
export class ConversationsService {
  constructor(private readonly conversations: ConversationStore) {}

  /** All conversations of the user, a page at a time. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ conversations: Conversation[]; next: string | null }> {
    const page = await this.conversations.list(userId, 0, cursor === undefined ? 0 : readCursor(cursor), limit);
    const next = page.cursor === null ? null : Buffer.from(String(page.cursor)).toString('base64url');
    return { conversations: [...page.conversations], next };
  }
}

function readCursor(token: string): number {
  const row = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isSafeInteger(row) || row < 1) throw new ImError('BAD_REQUEST', 'this is not a cursor of an earlier answer');
  return row;
}
