import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { ConversationsService } from './conversations.service';

/** REST routes on the conversation list. */
@Controller()
export class ConversationsController {
  constructor(private readonly service: ConversationsService) {}

  @Route('conversations')
  conversations(@Asker() caller: Caller, @Input() { query }: RouteInput<'conversations'>): Promise<RouteOutput<'conversations'>> {
    return this.service.list(caller, query);
  }
}
