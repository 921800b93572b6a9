import { Controller, Ip } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { UsersService } from './users.service';

/** REST routes on users. */
@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Route('register')
  register(@Input() { body }: RouteInput<'register'>, @Ip() address: string): Promise<RouteOutput<'register'>> {
    return this.users.register(body, address);
  }

  @Route('me')
  me(@Asker() caller: Caller): Promise<RouteOutput<'me'>> {
    return this.users.me(caller);
  }

  @Route('updateMe')
  updateMe(@Asker() caller: Caller, @Input() { body }: RouteInput<'updateMe'>): Promise<RouteOutput<'updateMe'>> {
    return this.users.updateMe(caller, body);
  }

  @Route('searchUsers')
  search(@Input() { query }: RouteInput<'searchUsers'>): Promise<RouteOutput<'searchUsers'>> {
    return this.users.search(query);
  }

  @Route('users')
  several(@Input() { query }: RouteInput<'users'>): Promise<RouteOutput<'users'>> {
    return this.users.several(query.userIds);
  }

  @Route('user')
  user(@Input() { params }: RouteInput<'user'>): Promise<RouteOutput<'user'>> {
    return this.users.get(params.id);
  }
}
