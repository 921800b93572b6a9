import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { TypingService } from './typing.service';

/** The WebSocket action `typing`. */
@Injectable()
export class TypingActions {
  constructor(private readonly service: TypingService) {}

  readonly handlers = {
    typing: async (caller, input) => ack(await this.service.type(caller, input)),
  } satisfies Partial<Handlers>;
}
