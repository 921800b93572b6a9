import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { PresenceService } from './presence.service';

/** The WebSocket action `presence`. */
@Injectable()
export class PresenceActions {
  constructor(private readonly service: PresenceService) {}

  readonly handlers = {
    presence: async (caller, input) => ack(await this.service.look(caller, input.userIds)),
  } satisfies Partial<Handlers>;
}
