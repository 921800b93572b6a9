import { Injectable } from '@nestjs/common';
import { type Conversation, type ConversationSettings, ImError } from '@app/protocol';
import { ConversationListStore, type ListKey, PositionStore, type SettingsChange, SettingsStore } from '@app/storage';
import { z } from 'zod';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { Access } from './access';

/** The place where a page of the list ended. */
const cursorSchema = z.tuple([z.number().int().min(0), z.number().int().min(0), z.number().int().min(0)]);

/** The list of a user's conversations, and what they set in it for themselves. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly access: Access,
    private readonly lists: ConversationListStore,
    private readonly settings: SettingsStore,
    private readonly positions: PositionStore,
    private readonly hub: Hub,
  ) {}

  /** All conversations of the user in the order of the list, a page at a time. Throws `BAD_REQUEST` for a cursor that is none of ours. */
  async list(
    { userId }: Caller,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ conversations: Conversation[]; next: string | null }> {
    const page = await this.lists.list(userId, cursor === undefined ? undefined : readCursor(cursor), limit);
    return { conversations: [...page.conversations], next: page.cursor && writeCursor(page.cursor) };
  }

  /** Sets something for the caller alone and tells their devices. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async set({ userId }: Caller, convId: string, change: SettingsChange): Promise<ConversationSettings> {
    const { ref } = await this.access.checkMember(this.access.nameOf({ convId }, userId), userId);
    const found = await this.settings.set(ref, userId, change);
    if (!found) throw new ImError('NOT_GROUP_MEMBER');
    const { changed, pinnedAt, hiddenSeq, ...rest } = found;
    const settings = {
      convId,
      pinned: pinnedAt !== null,
      ...(pinnedAt === null ? {} : { pinnedAt }),
      ...rest,
      ...(hiddenSeq === null ? {} : { hiddenSeq }),
    };
    if (changed) this.hub.publishState(userId, 'conversation_settings', settings);
    return settings;
  }

  /** Deletes for the caller alone what a conversation holds now, and tells their devices. Throws `NOT_FOUND`. */
  async delete({ userId }: Caller, convId: string): Promise<{ convId: string; hiddenSeq: number }> {
    const { ref, window } = await this.access.checkRead(this.access.nameOf({ convId }, userId), userId);
    const hidden = ref && (await this.positions.hide(ref, userId));
    if (!hidden) return { convId, hiddenSeq: 0 };
    const { hiddenSeq, muted } = hidden;
    // A former member's devices have it in no list.
    if (window.until === null)
      this.hub.publishState(userId, 'conversation_settings', { convId, pinned: false, muted, draft: null, hiddenSeq });
    return { convId, hiddenSeq };
  }
}

const writeCursor = ({ pin, activeAt, row }: ListKey): string => Buffer.from(JSON.stringify([pin, activeAt, row])).toString('base64url');

function readCursor(token: string): ListKey {
  try {
    const [pin, activeAt, row] = cursorSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return { pin, activeAt, row };
  } catch {
    throw new ImError('BAD_REQUEST', 'this is not a cursor of an earlier answer');
  }
}
