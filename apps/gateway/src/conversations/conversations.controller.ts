import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { ConversationsService } from './conversations.service';

/** REST routes on the conversation list and what a user sets in it. */
@Controller()
export class ConversationsController {
  constructor(private readonly service: ConversationsService) {}

  @Route('conversations')
  conversations(@Asker() caller: Caller, @Input() { query }: RouteInput<'conversations'>): Promise<RouteOutput<'conversations'>> {
    return this.service.list(caller, query);
  }

  @Route('pinConversation')
  pinConversation(
    @Asker() caller: Caller,
    @Input() { params, body }: RouteInput<'pinConversation'>,
  ): Promise<RouteOutput<'pinConversation'>> {
    return this.service.set(caller, params.convId, body);
  }

  @Route('muteConversation')
  muteConversation(
    @Asker() caller: Caller,
    @Input() { params, body }: RouteInput<'muteConversation'>,
  ): Promise<RouteOutput<'muteConversation'>> {
    return this.service.set(caller, params.convId, body);
  }

  @Route('saveDraft')
  saveDraft(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'saveDraft'>): Promise<RouteOutput<'saveDraft'>> {
    return this.service.set(caller, params.convId, { draft: body.text });
  }

  @Route('deleteConversation')
  deleteConversation(
    @Asker() caller: Caller,
    @Input() { body }: RouteInput<'deleteConversation'>,
  ): Promise<RouteOutput<'deleteConversation'>> {
    return this.service.delete(caller, body.convId);
  }
}
