import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { GroupsService } from './groups.service';

/** REST routes on groups themselves. */
@Controller()
export class GroupsController {
  constructor(private readonly service: GroupsService) {}

  @Route('createGroup')
  create(@Asker() caller: Caller, @Input() { body }: RouteInput<'createGroup'>): Promise<RouteOutput<'createGroup'>> {
    return this.service.create(caller, body);
  }

  @Route('groups')
  groups(@Asker() caller: Caller, @Input() { query }: RouteInput<'groups'>): Promise<RouteOutput<'groups'>> {
    return this.service.list(caller, query);
  }

  @Route('group')
  group(@Asker() caller: Caller, @Input() { params }: RouteInput<'group'>): Promise<RouteOutput<'group'>> {
    return this.service.get(caller, params.id);
  }

  @Route('updateGroup')
  update(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'updateGroup'>): Promise<RouteOutput<'updateGroup'>> {
    return this.service.update(caller, params.id, body);
  }

  @Route('dissolveGroup')
  async dissolve(@Asker() caller: Caller, @Input() { params }: RouteInput<'dissolveGroup'>): Promise<RouteOutput<'dissolveGroup'>> {
    await this.service.dissolve(caller, params.id);
    return {};
  }

  @Route('transferGroup')
  transfer(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'transferGroup'>): Promise<RouteOutput<'transferGroup'>> {
    return this.service.transfer(caller, params.id, body.userId);
  }
}
