import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { MessagesService } from './messages.service';
import { SendLimit } from './send-limit';

/** REST twins of the message actions. */
@Controller()
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly sendLimit: SendLimit,
  ) {}

  @Route('send')
  async send(@Asker() caller: Caller, @Input() { body }: RouteInput<'send'>): Promise<RouteOutput<'send'>> {
    await this.sendLimit.take(caller);
    return this.messages.send(caller, body);
  }

  @Route('history')
  history(@Asker() caller: Caller, @Input() { query }: RouteInput<'history'>): Promise<RouteOutput<'history'>> {
    return this.messages.history(caller, query);
  }

  @Route('entries')
  entries(@Asker() caller: Caller, @Input() { query }: RouteInput<'entries'>): Promise<RouteOutput<'entries'>> {
    return this.messages.entries(caller, query);
  }

  @Route('edit')
  async edit(@Asker() caller: Caller, @Input() { body }: RouteInput<'edit'>): Promise<RouteOutput<'edit'>> {
    await this.sendLimit.take(caller);
    return this.messages.edit(caller, body);
  }

  @Route('recall')
  async recall(@Asker() caller: Caller, @Input() { body }: RouteInput<'recall'>): Promise<RouteOutput<'recall'>> {
    await this.sendLimit.take(caller);
    return this.messages.recall(caller, body);
  }
}
