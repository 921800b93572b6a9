import { Inject, Injectable } from '@nestjs/common';
import { Passwords } from '@app/auth';
import type { Config } from '@app/config';
import { Lane, Metrics, newId } from '@app/kit';
import { ImError, type User, type updateUserSchema } from '@app/protocol';
import type { RateLimiter } from '@app/rate-limit';
import { type UserRow, UserStore } from '@app/storage';
import type { z } from 'zod';
import type { Caller } from '../caller';
import { CONFIG } from '../infra/config';
import { RATE_LIMITER } from '../infra/infra.module';
import { Avatars } from './avatars';

/** Registrations that may wait for each other. */
const maxWaiting = 1_000;

/** Users and their profiles. */
@Injectable()
export class UsersService {
  /** Registrations take turns, so that a rush of them does not fill the queue in which logins wait. */
  private readonly registrations = new Lane();

  constructor(
    private readonly users: UserStore,
    private readonly avatars: Avatars,
    private readonly passwords: Passwords,
    private readonly metrics: Metrics,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Makes a user. Throws `NOT_ENABLED`, `RATE_LIMIT` per address, `ALREADY_EXISTS`. */
  async register(
    { username, password, nickname }: { username: string; password: string; nickname?: string | undefined },
    address: string,
  ): Promise<{ id: string }> {
    if (!this.config.auth.registration) throw new ImError('NOT_ENABLED', 'registration is closed here');
    const perMinute = this.config.auth.registrationsPerAddressPerMinute;
    const waitMs = await this.limiter.take(`register:${address}`, { perSecond: perMinute / 60, burst: perMinute });
    if (waitMs > 0) {
      this.metrics.rateLimited.inc({ limit: 'register' });
      throw new ImError('RATE_LIMIT', 'too many registrations from here', { retryAfterMs: waitMs });
    }
    if (this.registrations.length >= maxWaiting) throw new ImError('UNAVAILABLE');
    return this.registrations.run(async () => {
      if (await this.users.byUsername(username)) throw new ImError('ALREADY_EXISTS', 'this user name is taken');
      const id = newId();
      await this.users.register({ id, username, nickname: nickname ?? username, passwordHash: await this.passwords.hash(password) });
      return { id };
    });
  }

  /** The caller's own profile. */
  me({ userId }: Caller): Promise<User> {
    return this.get(userId);
  }

  /** Changes the given fields of the caller's profile. Throws `NOT_FOUND`, `BAD_REQUEST`, `TOO_LARGE` for a file that is no picture. */
  async updateMe({ userId }: Caller, { avatarFileId, ...changes }: z.output<typeof updateUserSchema>): Promise<User> {
    if (avatarFileId === undefined) await this.users.update(userId, changes);
    else {
      const avatarUrl = await this.avatars.checkChoice(userId, avatarFileId);
      await this.users.update(userId, { ...changes, avatarUrl }, avatarFileId);
    }
    return this.get(userId);
  }

  /** Users whose user name or id begins with `q`. */
  async search({ q, limit }: { q: string; limit: number }): Promise<{ users: User[] }> {
    return { users: (await this.users.search(q, limit)).map(shown) };
  }

  /** Those of some users that there are, in the order in which they were asked for, each once. Throws `TOO_LARGE`. */
  async several(userIds: readonly string[]): Promise<{ users: User[] }> {
    const { maxListItems } = this.config;
    if (userIds.length > maxListItems) throw new ImError('TOO_LARGE', `at most ${maxListItems} userIds`);
    const asked = [...new Set(userIds)];
    const found = new Map((await this.users.several(asked)).map((row) => [row.id, row]));
    return { users: asked.flatMap((id) => found.get(id) ?? []).map(shown) };
  }

  /** One user. Throws `NOT_FOUND`. */
  async get(id: string): Promise<User> {
    const row = await this.users.get(id);
    if (!row) throw new ImError('NOT_FOUND', 'there is no such user');
    return shown(row);
  }
}

const shown = ({ id, username, nickname, avatar_url }: UserRow): User => ({ id, username, nickname, avatarUrl: avatar_url });
