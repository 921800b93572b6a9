import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { type Log, newId } from '@app/kit';
import { type ErrorBody, ImError, deviceIdSchema, errors, subprotocol } from '@app/protocol';
import { CONFIG } from '../infra/config';
import { LOG } from '../infra/infra.module';
import { bearerOf } from '../sessions/bearer';
import { type Identity, SessionsService } from '../sessions/sessions.service';
import { Connections } from './connections';

/** Somebody who may connect. */
export interface Admitted {
  readonly identity: Identity;
  readonly deviceId: string;
}

/** An upgrade that is refused, as the HTTP answer to it. */
export interface Refusal {
  readonly status: number;
  readonly body: ErrorBody;
  readonly retryAfterSeconds?: number;
}

/** How soon a refused client may try again. */
const retryAfterSeconds = 2;

/** Decides about an upgrade before it is accepted: path, origin, token, and then whether there is room. */
@Injectable()
export class Admission {
  /** Set while the process stops: nobody is admitted any more. */
  draining = false;

  constructor(
    private readonly sessions: SessionsService,
    private readonly connections: Connections,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Admits a request or says why not. Never throws. */
  async decide(request: IncomingMessage): Promise<Admitted | Refusal> {
    const address = `ws://localhost${request.url ?? '/'}`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.pathname !== '/ws') return refuse('NOT_FOUND', 'WebSockets are spoken at /ws');
    if (this.draining) return refuse('UNAVAILABLE', 'this server is stopping', 503);
    if (!this.originAllowed(request)) return refuse('FORBIDDEN', 'this origin is not allowed');
    const deviceId = deviceIdSchema.safeParse(url.searchParams.get('deviceId') ?? newId());
    if (!deviceId.success) return refuse('BAD_REQUEST', 'deviceId must be 1 to 64 of A-Z a-z 0-9 . _ -');
    const token = tokenOf(request, url);
    if (token === undefined) return refuse('UNAUTHENTICATED', 'a token is required');
    try {
      const identity = await this.sessions.authenticate(token);
      return { identity, deviceId: deviceId.data };
    } catch (error) {
      if (error instanceof ImError) return refuse(error.code, error.message, error.code === 'UNAVAILABLE' ? 503 : undefined);
      const errorId = newId();
      this.log.error({ errorId, err: error }, 'an upgrade failed');
      return { status: 500, body: { ...new ImError('INTERNAL').toBody(), errorId } };
    }
  }

  /** Refuses somebody whose session has ended meanwhile, or for whom there is no room. Holds for as long as nothing is awaited: others may be on their way. */
  roomFor({ identity: { userId, sessionId }, deviceId }: Admitted): Refusal | undefined {
    if (this.sessions.hasEnded(sessionId)) return refuse('UNAUTHENTICATED', 'the session has ended');
    if (this.draining) return refuse('UNAVAILABLE', 'this server is stopping', 503);
    if (this.connections.size >= this.config.maxConnections) return refuse('UNAVAILABLE', 'this server is full', 503);
    if (this.connections.countOtherDevices(userId, deviceId) < this.config.maxConnectionsPerUser) return undefined;
    return refuse('RATE_LIMIT', `at most ${this.config.maxConnectionsPerUser} connections per user`, 429);
  }

  /** Browsers name the page's origin; others send none. */
  private originAllowed({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (origin === undefined) return true;
    if (this.config.allowedOrigins.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }
}

function refuse(code: keyof typeof errors, message: string, retryStatus?: number): Refusal {
  const status = retryStatus ?? errors[code].status;
  if (retryStatus === undefined) return { status, body: { code, message } };
  return { status, body: { code, message, retryAfterMs: retryAfterSeconds * 1000 }, retryAfterSeconds };
}

/** The token, in the order of preference of the protocol. */
function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bearer = offered.includes(subprotocol) ? offered.find((name) => name.startsWith('bearer.')) : undefined;
  if (bearer) return bearer.slice('bearer.'.length);
  return bearerOf(request.headers.authorization) ?? url.searchParams.get('token') ?? undefined;
}
