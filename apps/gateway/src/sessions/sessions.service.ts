import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Claims, Passwords, TokenRefused, Tokens } from '@app/auth';
import type { Config } from '@app/config';
import { type Clock, newId } from '@app/kit';
import { ImError } from '@app/protocol';
import { SessionStore, type UserRow, UserStore } from '@app/storage';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { RequestLimit } from '../request-limit';
import { LoginLimit } from './login-limit';
import { SessionReader } from './session-reader';

/** Whom a token stands for, and until when (ms). */
export interface Identity {
  readonly userId: string;
  readonly sessionId: string | null;
  readonly deviceId: string | null;
  readonly expiresAt: number;
}

/** A new token. `refreshToken` goes into the cookie and nowhere else. */
export interface Issued {
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: number;
  readonly refreshToken: string;
}

const userCachedMs = 10_000;

/** Sessions: who somebody is, from login to logout. */
@Injectable()
export class SessionsService {
  private readonly usersSeen = new LRUCache<string, UserRow>({ max: 100_000, ttl: userCachedMs });

  constructor(
    private readonly users: UserStore,
    private readonly sessions: SessionStore,
    private readonly reader: SessionReader,
    private readonly passwords: Passwords,
    private readonly tokens: Tokens,
    private readonly hub: Hub,
    private readonly loginLimit: LoginLimit,
    private readonly requests: RequestLimit,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Starts a session. An unknown user and a wrong password get the same answer after the same time.
   * Throws `UNAUTHENTICATED`, `FORBIDDEN` for a banned user, `RATE_LIMIT`.
   */
  async login(
    { username, password, deviceId }: { username: string; password: string; deviceId?: string | undefined },
    address: string,
  ): Promise<Issued> {
    const name = username.toLowerCase();
    const user = await this.loginLimit.attempt(name, address, () => this.compare(name, password));
    if (!user) throw new ImError('UNAUTHENTICATED', 'wrong user name or password');
    if (user.banned_at !== null) throw new ImError('FORBIDDEN', 'this user is banned');
    const now = this.clock.now();
    const session = { id: newId(), user_id: user.id, device_id: deviceId ?? null, created_at: now, revoked_at: null };
    const issued = this.issue(user.id, session.id);
    await this.sessions.insert({ ...session, expires_at: issued.expiresAt });
    return issued;
  }

  /** Reads an access token. Throws `UNAUTHENTICATED`, `FORBIDDEN` for a banned user. */
  async authenticate(token: string): Promise<Identity> {
    return this.identify(this.claimsOf(token, 'access'));
  }

  /** Whether this gateway knows that the session has ended, whatever was read of it. */
  hasEnded(sessionId: string | null): boolean {
    return sessionId !== null && this.reader.hasEnded(sessionId);
  }

  /** A new token for the same session, by an access token or a refresh token. Throws like `authenticate`, and `RATE_LIMIT`: each is a write. */
  async refresh(token: string, use: 'access' | 'refresh'): Promise<Issued> {
    const { userId, sessionId } = await this.identify(this.claimsOf(token, use));
    if (sessionId === null) throw new ImError('UNAUTHENTICATED', 'this token has no session to refresh');
    await this.requests.take(userId);
    const issued = this.issue(userId, sessionId);
    await this.sessions.extend(sessionId, issued.expiresAt);
    this.reader.forget(sessionId);
    return issued;
  }

  /** The caller's open sessions, newest first. */
  async list({
    userId,
    sessionId,
  }: Caller): Promise<{ sessions: { id: string; deviceId: string | null; createdAt: number; expiresAt: number; current: boolean }[] }> {
    const rows = await this.sessions.ofUser(userId, this.clock.now());
    return {
      sessions: rows.map((row) => ({
        id: row.id,
        deviceId: row.device_id,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        current: row.id === sessionId,
      })),
    };
  }

  /** Ends one of the caller's sessions: its sockets close and its tokens are refused everywhere. Throws `NOT_FOUND`. */
  async revoke({ userId }: Caller, id: string): Promise<void> {
    const ended = await this.sessions.revoke(id, userId);
    if (!ended) throw new ImError('NOT_FOUND', 'there is no such session');
    this.reader.end(id);
    this.hub.publishRevoked(userId, id);
  }

  /** Ends the caller's session, if the token has one. */
  async logout(caller: Caller): Promise<void> {
    if (caller.sessionId === null) return;
    await this.revoke(caller, caller.sessionId);
  }

  /** The user, if the password is theirs. A user that does not exist costs the same time. */
  private async compare(username: string, password: string): Promise<UserRow | undefined> {
    const user = await this.users.byUsername(username);
    return (await this.passwords.verify(user?.password_hash ?? null, password)) ? user : undefined;
  }

  private issue(userId: string, sessionId: string): Issued {
    const { token, expiresAt } = this.tokens.issue(userId, sessionId);
    return { token, userId, expiresAt, refreshToken: this.tokens.issue(userId, sessionId, 'refresh').token };
  }

  private claimsOf(token: string, use: 'access' | 'refresh'): Claims {
    try {
      return this.tokens.verify(token, use);
    } catch (error) {
      throw error instanceof TokenRefused ? new ImError('UNAUTHENTICATED', error.message) : error;
    }
  }

  private async identify({ userId, sessionId, issuedAt, expiresAt }: Claims): Promise<Identity> {
    if (sessionId === undefined) {
      const user = await this.provisioned(userId);
      if (user.banned_at !== null) throw new ImError('FORBIDDEN', 'this user is banned');
      if (issuedAt < user.tokens_not_before) throw new ImError('UNAUTHENTICATED', 'the token is no longer valid');
      return { userId, sessionId: null, deviceId: null, expiresAt };
    }
    const session = await this.reader.read(sessionId);
    const open = session?.user_id === userId && session.revoked_at === null && session.expires_at > this.clock.now();
    if (!open || this.hasEnded(sessionId)) {
      throw new ImError('UNAUTHENTICATED', 'the session has ended');
    }
    if (session.banned_at !== null) throw new ImError('FORBIDDEN', 'this user is banned');
    return { userId, sessionId, deviceId: session.device_id, expiresAt };
  }

  /** The user of a token that a product's own login signed. */
  private async provisioned(userId: string): Promise<UserRow> {
    let user = this.usersSeen.get(userId) ?? (await this.users.get(userId));
    if (!user && this.config.auth.autoProvision) {
      await this.users.provision(userId);
      user = await this.users.get(userId);
    }
    if (!user) throw new ImError('UNAUTHENTICATED', 'there is no such user');
    this.usersSeen.set(userId, user);
    return user;
  }
}
