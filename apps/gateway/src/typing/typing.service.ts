import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Config } from '@app/config';
import { Background } from '@app/kit';
import { type ActionInput, type ActionOutput, type ConversationName, ImError, typingIntervalMs } from '@app/protocol';
import { GroupStore, otherOf } from '@app/storage';
import type { Caller } from '../caller';
import { Access } from '../conversations/access';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';

/** What was last told of somebody in a conversation, and what is so by now. */
interface Told {
  readonly at: number;
  readonly typing: boolean;
  now: boolean;
  waiting: boolean;
}

/**
 * Who is writing at the moment. It is told, never stored: at most one event per user, conversation and interval, and the last word of an
 * interval is told at its end.
 */
@Injectable()
export class TypingService {
  private readonly told = new LRUCache<string, Told>({ max: 100_000 });

  constructor(
    private readonly access: Access,
    private readonly groups: GroupStore,
    private readonly hub: Hub,
    private readonly background: Background,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Tells it to those who hear the conversation. Throws what a send would throw. */
  async type({ userId }: Caller, input: ActionInput<'typing'>): Promise<ActionOutput<'typing'>> {
    const { ref } = await this.access.checkWriteNow(this.access.nameOf(input, userId), userId);
    const key = `${userId} ${ref.name.convId}`;
    const told = this.told.get(key);
    const waitMs = told ? told.at + typingIntervalMs - performance.now() : 0;
    if (!told || waitMs <= 0) await this.tell(ref.name, userId, input.typing);
    else {
      told.now = input.typing;
      if (!told.waiting) {
        told.waiting = true;
        setTimeout(() => this.background.run('typing', this.tellLast(ref.name, userId, told)), waitMs).unref();
      }
    }
    return {};
  }

  /** What became of it within the interval, if it is something else and still theirs to say. */
  private async tellLast(name: ConversationName, userId: string, told: Told): Promise<void> {
    told.waiting = false;
    if (told.now === told.typing) return;
    try {
      await this.access.checkWriteNow(name, userId);
    } catch (error) {
      if (error instanceof ImError) return;
      throw error;
    }
    // Something newer was told while this was found out.
    if (this.told.peek(`${userId} ${name.convId}`) === told) await this.tell(name, userId, told.now);
  }

  private async tell(name: ConversationName, userId: string, typing: boolean): Promise<void> {
    this.told.set(`${userId} ${name.convId}`, { at: performance.now(), typing, now: typing, waiting: false });
    const event = { convId: name.convId, userId, typing };
    if (name.convType === 'c2c') return this.hub.publishState(otherOf(name.users, userId), 'typing', event);
    const group = await this.groups.get(name.groupId);
    if (group && group.member_count <= this.config.presenceGroupSize) this.hub.publishToOthers(name.convId, userId, 'typing', event);
  }
}
