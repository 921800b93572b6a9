import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { GroupsService } from './groups.service';

/** REST routes on groups. */
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

  @Route('joinGroup')
  join(@Asker() caller: Caller, @Input() { params }: RouteInput<'joinGroup'>): Promise<RouteOutput<'joinGroup'>> {
    return this.service.join(caller, params.id);
  }

  @Route('leaveGroup')
  async leave(@Asker() caller: Caller, @Input() { params }: RouteInput<'leaveGroup'>): Promise<RouteOutput<'leaveGroup'>> {
    await this.service.leave(caller, params.id);
    return {};
  }

  @Route('groupMembers')
  members(@Asker() caller: Caller, @Input() { params, query }: RouteInput<'groupMembers'>): Promise<RouteOutput<'groupMembers'>> {
    return this.service.listMembers(caller, params.id, query);
  }

  @Route('updateMember')
  updateMember(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'updateMember'>): Promise<RouteOutput<'updateMember'>> {
    return this.service.mute(caller, params.id, params.userId, body.mutedUntil);
  }

  @Route('removeMember')
  async removeMember(@Asker() caller: Caller, @Input() { params }: RouteInput<'removeMember'>): Promise<RouteOutput<'removeMember'>> {
    await this.service.remove(caller, params.id, params.userId);
    return {};
  }
}
