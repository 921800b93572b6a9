import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { PresenceService } from './presence.service';

/** REST routes on presence. */
@Controller()
export class PresenceController {
  constructor(private readonly service: PresenceService) {}

  @Route('presence')
  presence(@Asker() caller: Caller, @Input() { query }: RouteInput<'presence'>): Promise<RouteOutput<'presence'>> {
    return this.service.look(caller, query.userIds);
  }

  @Route('devices')
  devices(@Asker() caller: Caller): Promise<RouteOutput<'devices'>> {
    return this.service.devices(caller);
  }
}
