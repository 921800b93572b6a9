import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { ConversationsService } from './conversations.service';

/** WebSocket actions on the conversation list. */
@Injectable()
export class ConversationsActions {
  constructor(private readonly conversations: ConversationsService) {}

  readonly handlers = {
    sync: async (caller, input) => ack(await this.conversations.sync(caller, input)),
  } satisfies Partial<Handlers>;
}
