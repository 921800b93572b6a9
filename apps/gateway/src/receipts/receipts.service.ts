import { Injectable } from '@nestjs/common';
import { type ActionInput, type ActionOutput, ImError } from '@app/protocol';
import { MemberStore } from '@app/storage';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';

/** How far somebody has read. It is state, not an entry: a change is one row, and a hint to the user's own devices. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly access: Access,
    private readonly members: MemberStore,
    private readonly hub: Hub,
  ) {}

  /** Moves the read position forward. Throws `NOT_FOUND`, `NOT_GROUP_MEMBER`. */
  async read({ userId }: Caller, input: ActionInput<'read'>): Promise<ActionOutput<'read'>> {
    const name = this.access.nameOf(input, userId);
    const { ref } = await this.access.checkRead(name, userId);
    if (!ref) return { convId: name.convId, readSeq: 0, unread: 0 };
    const position = await this.members.moveRead(ref, userId, input.seq);
    if (!position) throw new ImError('NOT_GROUP_MEMBER');
    const { moved, ...rest } = position;
    const answer = { convId: name.convId, ...rest };
    if (moved) this.hub.publishState(userId, 'read', answer);
    return answer;
  }
}
