import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { FriendRequestsService } from './friend-requests.service';
import { FriendsService } from './friends.service';

/** REST routes on friends. */
@Controller()
export class FriendsController {
  constructor(
    private readonly service: FriendsService,
    private readonly asked: FriendRequestsService,
  ) {}

  @Route('friends')
  friends(@Asker() caller: Caller, @Input() { query }: RouteInput<'friends'>): Promise<RouteOutput<'friends'>> {
    return this.service.list(caller, query);
  }

  @Route('addFriend')
  add(@Asker() caller: Caller, @Input() { body }: RouteInput<'addFriend'>): Promise<RouteOutput<'addFriend'>> {
    return this.asked.ask(caller, body);
  }

  @Route('friendRequests')
  requests(@Asker() caller: Caller, @Input() { query }: RouteInput<'friendRequests'>): Promise<RouteOutput<'friendRequests'>> {
    return this.asked.list(caller, query);
  }

  @Route('acceptFriend')
  accept(@Asker() caller: Caller, @Input() { params }: RouteInput<'acceptFriend'>): Promise<RouteOutput<'acceptFriend'>> {
    return this.asked.accept(caller, params.id);
  }

  @Route('rejectFriend')
  async reject(@Asker() caller: Caller, @Input() { params }: RouteInput<'rejectFriend'>): Promise<RouteOutput<'rejectFriend'>> {
    await this.asked.reject(caller, params.id);
    return {};
  }

  @Route('withdrawFriend')
  async withdraw(@Asker() caller: Caller, @Input() { params }: RouteInput<'withdrawFriend'>): Promise<RouteOutput<'withdrawFriend'>> {
    await this.asked.end(caller, params.id);
    return {};
  }

  @Route('updateFriend')
  update(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'updateFriend'>): Promise<RouteOutput<'updateFriend'>> {
    return this.service.remark(caller, params.id, body.remark);
  }

  @Route('removeFriend')
  async remove(@Asker() caller: Caller, @Input() { params }: RouteInput<'removeFriend'>): Promise<RouteOutput<'removeFriend'>> {
    await this.service.remove(caller, params.id);
    return {};
  }
}
