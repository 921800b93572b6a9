import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ImError, type RouteName, accessRules, routes } from '@app/protocol';
import { type ApiRequest, ROUTE } from '../route';
import { bearerOf } from '../sessions/bearer';
import { SessionsService } from '../sessions/sessions.service';
import { RequestLimit } from '../request-limit';

/** Lets a request through to a declared route when it carries what the route asks for. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionsService,
    private readonly requests: RequestLimit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = this.reflector.get<RouteName | undefined>(ROUTE, context.getHandler());
    const auth = name === undefined ? 'none' : accessRules[routes[name].access].auth;
    const request = context.switchToHttp().getRequest<ApiRequest>();
    // Who comes by a link is asked about it by the route.
    if (auth !== 'bearer' && (auth !== 'link' || request.headers.authorization === undefined)) return true;
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new ImError('UNAUTHENTICATED');
    const { userId, sessionId, deviceId } = await this.sessions.authenticate(token);
    await this.requests.take(userId);
    request.caller = { userId, sessionId, deviceId };
    return true;
  }
}
