import { Injectable } from '@nestjs/common';
import { groupConversation } from '@app/protocol';
import { ConversationLog, ConversationStore, GroupStore } from '@app/storage';

/** Groups that are read at once. */
const pageSize = 100;

/** Files as pictures of groups, when they are about to go. */
@Injectable()
export class Pictures {
  constructor(
    private readonly conversations: ConversationStore,
    private readonly groups: GroupStore,
    private readonly log: ConversationLog,
  ) {}

  /**
   * Leaves the groups whose picture a file is without one, and lets their logs tell of it: `userId` did it. Whoever deletes a file may,
   * whatever their role is by now.
   */
  async takeDown(userId: string, fileId: string): Promise<void> {
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const groupIds: string[] = await this.groups.showing(fileId, cursor, pageSize);
      for (const groupId of groupIds) await this.takeDownOf(userId, groupId, fileId);
      cursor = groupIds.length < pageSize ? undefined : groupIds.at(-1);
    }
  }

  private async takeDownOf(userId: string, groupId: string, fileId: string): Promise<void> {
    const ref = await this.conversations.ensure(groupConversation(groupId));
    await this.log.change(ref, async (change) => {
      const group = await this.groups.get(groupId, change);
      // Another one may have been chosen meanwhile.
      if (group?.avatar_url !== `/files/${fileId}`) return;
      change.append(userId, { kind: 'group_updated', fields: { avatarUrl: null } });
      await this.groups.update(change, groupId, { avatar_url: null });
    });
  }
}
