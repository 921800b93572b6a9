import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { RequestsService } from './requests.service';

/** REST routes on invitations into groups and requests to join them. */
@Controller()
export class RequestsController {
  constructor(private readonly service: RequestsService) {}

  @Route('inviteToGroup')
  invite(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'inviteToGroup'>): Promise<RouteOutput<'inviteToGroup'>> {
    return this.service.invite(caller, params.id, body.userIds);
  }

  @Route('groupInvitations')
  invitations(@Asker() caller: Caller, @Input() { query }: RouteInput<'groupInvitations'>): Promise<RouteOutput<'groupInvitations'>> {
    return this.service.invitations(caller, query);
  }

  @Route('acceptInvitation')
  acceptInvitation(@Asker() caller: Caller, @Input() { params }: RouteInput<'acceptInvitation'>): Promise<RouteOutput<'acceptInvitation'>> {
    return this.service.acceptInvitation(caller, params.id);
  }

  @Route('rejectInvitation')
  async rejectInvitation(
    @Asker() caller: Caller,
    @Input() { params }: RouteInput<'rejectInvitation'>,
  ): Promise<RouteOutput<'rejectInvitation'>> {
    await this.service.rejectInvitation(caller, params.id);
    return {};
  }

  @Route('groupRequests')
  requests(@Asker() caller: Caller, @Input() { params, query }: RouteInput<'groupRequests'>): Promise<RouteOutput<'groupRequests'>> {
    return this.service.list(caller, params.id, query);
  }

  @Route('acceptGroupRequest')
  async accept(@Asker() caller: Caller, @Input() { params }: RouteInput<'acceptGroupRequest'>): Promise<RouteOutput<'acceptGroupRequest'>> {
    await this.service.accept(caller, params.id, params.askerId);
    return {};
  }

  @Route('rejectGroupRequest')
  async reject(@Asker() caller: Caller, @Input() { params }: RouteInput<'rejectGroupRequest'>): Promise<RouteOutput<'rejectGroupRequest'>> {
    await this.service.reject(caller, params.id, params.askerId);
    return {};
  }
}
