import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import type { Clock } from '@app/kit';
import { ImError } from '@app/protocol';
import { UserStore } from '@app/storage';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { RequestLimit } from '../request-limit';
import type { RouteInput, RouteOutput } from '../route';
import { Signatures } from './signatures';

type Link = RouteOutput<'fileLinks'>['links'][number];

/** Links that stand for a user's token at one file for some minutes. What that user may read is asked when a link is used. */
@Injectable()
export class Links {
  constructor(
    private readonly users: UserStore,
    private readonly signatures: Signatures,
    private readonly requests: RequestLimit,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A link for a user to a file. */
  for(userId: string, fileId: string): Link {
    const expiresAt = this.clock.now() + this.config.files.linkLifetimeSeconds * 1000;
    const signature = this.signatures.of(['get', fileId, userId, expiresAt]);
    return { fileId, url: `/files/${fileId}?user=${userId}&expires=${expiresAt}&signature=${signature}`, expiresAt };
  }

  /** Whom a link stands for; nobody where the request is none. Throws `FORBIDDEN` for one that has expired or is not ours, `RATE_LIMIT`. */
  async bearerOf(fileId: string, { user, expires, signature }: RouteInput<'downloadFile'>['query']): Promise<string | undefined> {
    if (user === undefined && expires === undefined && signature === undefined) return undefined;
    if (user === undefined || expires === undefined || signature === undefined) throw new ImError('FORBIDDEN', 'this is not a whole link');
    if (!this.signatures.fits(['get', fileId, user, expires], signature)) throw new ImError('FORBIDDEN', 'this link was not signed here');
    if (expires <= this.clock.now()) throw new ImError('FORBIDDEN', 'this link has expired');
    await this.requests.take(user);
    if ((await this.users.get(user))?.banned_at !== null) throw new ImError('FORBIDDEN', 'this user is banned');
    return user;
  }
}
