import { Injectable } from '@nestjs/common';
import { type Notice, groupConversation } from '@app/protocol';
import { ConversationLog, type NoticeRow, NoticeStore } from '@app/storage';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Roster } from './roster';

/** Notices of groups: what those who run a group tell its members, new ones too. */
@Injectable()
export class NoticesService {
  constructor(
    private readonly access: Access,
    private readonly roster: Roster,
    private readonly notices: NoticeStore,
    private readonly log: ConversationLog,
  ) {}

  /** Notices, newest first. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async list(
    { userId }: Caller,
    groupId: string,
    { limit, cursor = Number.MAX_SAFE_INTEGER }: { limit: number; cursor?: number | undefined },
  ): Promise<{ notices: Notice[]; next: string | null }> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    const rows = await this.notices.page(ref, cursor, limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { notices: page.map(shownNotice), next: last ? String(last.id) : null };
  }

  /** Posts a notice, which is told as an entry of the group. Throws `FORBIDDEN`, `MUTED`. */
  async post({ userId }: Caller, groupId: string, text: string): Promise<Notice> {
    const { ref } = await this.access.checkMember(groupConversation(groupId), userId);
    return this.log.change(ref, async (change) => {
      await this.roster.check(change, ref, userId, 'announce');
      const row = { author_id: userId, text, created_at: change.now };
      const notice = shownNotice({ id: await this.notices.insert(change, ref, row), ...row });
      change.append(userId, { kind: 'group_updated', fields: { notice } });
      return notice;
    });
  }
}

const shownNotice = ({ id, author_id, text, created_at }: NoticeRow): Notice => ({
  id,
  authorId: author_id,
  text,
  createdAt: created_at,
});
