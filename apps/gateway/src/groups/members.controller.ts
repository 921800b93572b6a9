import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { MembersService } from './members.service';

/** REST routes on the members of groups. */
@Controller()
export class MembersController {
  constructor(private readonly service: MembersService) {}

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
    return this.service.list(caller, params.id, query);
  }

  @Route('addMembers')
  add(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'addMembers'>): Promise<RouteOutput<'addMembers'>> {
    return this.service.add(caller, params.id, body.userIds);
  }

  @Route('updateMember')
  update(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'updateMember'>): Promise<RouteOutput<'updateMember'>> {
    return this.service.update(caller, params.id, params.userId, body);
  }

  @Route('removeMember')
  async remove(@Asker() caller: Caller, @Input() { params }: RouteInput<'removeMember'>): Promise<RouteOutput<'removeMember'>> {
    await this.service.remove(caller, params.id, params.userId);
    return {};
  }
}
