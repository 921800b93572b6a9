import { Controller, Ip, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ImError, refreshCookie } from '@app/protocol';
import type { Caller } from '../caller';
import { type ApiRequest, Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { bearerOf } from './bearer';
import { type Issued, SessionsService } from './sessions.service';

const cookiePath = '/api/token/refresh';

/** REST routes from login to logout. */
@Controller()
export class SessionsController {
  constructor(private readonly service: SessionsService) {}

  @Route('login')
  async login(
    @Input() { body }: RouteInput<'login'>,
    @Ip() address: string,
    @Req() request: ApiRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RouteOutput<'login'>> {
    const issued = await this.service.login(body, address);
    if (body.cookie) setCookie(request, reply, issued);
    return told(issued);
  }

  @Route('refresh')
  async refresh(@Req() request: ApiRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<RouteOutput<'refresh'>> {
    const bearer = bearerOf(request.headers.authorization);
    const cookie = request.cookies[refreshCookie];
    if (bearer !== undefined) return told(await this.service.refresh(bearer, 'access'));
    if (cookie === undefined) throw new ImError('UNAUTHENTICATED', 'a token or the refresh cookie is required');
    const issued = await this.service.refresh(cookie, 'refresh');
    setCookie(request, reply, issued);
    return told(issued);
  }

  @Route('logout')
  async logout(@Asker() caller: Caller, @Res({ passthrough: true }) reply: FastifyReply): Promise<RouteOutput<'logout'>> {
    await this.service.logout(caller);
    void reply.clearCookie(refreshCookie, { path: cookiePath });
    return {};
  }

  @Route('sessions')
  sessions(@Asker() caller: Caller): Promise<RouteOutput<'sessions'>> {
    return this.service.list(caller);
  }

  @Route('revokeSession')
  async revoke(@Asker() caller: Caller, @Input() { params }: RouteInput<'revokeSession'>): Promise<RouteOutput<'revokeSession'>> {
    await this.service.revoke(caller, params.id);
    return {};
  }
}

const told = ({ token, userId, expiresAt }: Issued): RouteOutput<'login'> => ({ token, userId, expiresAt });

function setCookie(request: ApiRequest, reply: FastifyReply, { refreshToken, expiresAt }: Issued): void {
  void reply.setCookie(refreshCookie, refreshToken, {
    path: cookiePath,
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure(request),
    expires: new Date(expiresAt),
  });
}

/** Whether the page that asks came by HTTPS: as the connection says or, behind a proxy that is not named in `trustedProxies`, the page's browser. */
const isSecure = ({ protocol, headers: { origin = '' } }: ApiRequest): boolean => protocol === 'https' || /^https:/i.test(origin);
