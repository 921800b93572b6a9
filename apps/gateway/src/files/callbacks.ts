import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import type { Clock } from '@app/kit';
import { ImError } from '@app/protocol';
import { FileStore } from '@app/storage';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { fileOfKey } from './keys';

/** What a storage reports. */
interface Report {
  readonly fileId?: string | undefined;
  readonly key?: string | undefined;
  readonly timestamp: number;
  readonly signature: string;
}

/** How far the clocks of a storage and of a gateway may be apart. */
const clocksMs = 5 * 60_000;

/** Reports of finished uploads by the storage: each is signed, has its time, and counts once on all gateways together. */
@Injectable()
export class Callbacks {
  constructor(
    private readonly files: FileStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The file of a report. Throws `NOT_ENABLED` without a secret, `BAD_REQUEST`, `FORBIDDEN`, and `ALREADY_EXISTS` for one that was heard
   * before: a forwarder knows by it that nothing is left to do, and by `CONFLICT` that the bytes are to be waited for.
   */
  async checkNew({ fileId, key, timestamp, signature }: Report): Promise<string> {
    const { callbackSecret } = this.config.objectStorage;
    if (callbackSecret === '') throw new ImError('NOT_ENABLED', 'reports of the storage are not taken here');
    const id = fileId ?? fileOfKey(key ?? '');
    if (id === undefined || (key !== undefined && fileOfKey(key) !== id)) {
      throw new ImError('BAD_REQUEST', 'key is not the one of an upload', {
        issues: [{ path: 'key', message: 'expected …pending/<fileId>' }],
      });
    }
    const own = createHmac('sha256', callbackSecret).update(`${timestamp}\n${id}`).digest();
    if (!timingSafeEqual(own, Buffer.from(signature, 'hex'))) throw new ImError('FORBIDDEN', 'the signature does not fit');
    const age = this.clock.now() - timestamp;
    if (age > this.config.files.uploadLifetimeSeconds * 1000 + clocksMs || age < -clocksMs)
      throw new ImError('FORBIDDEN', 'the timestamp is too old or lies ahead');
    if (await this.files.heard(signature)) throw replayed();
    return id;
  }

  /** Remembers a report that was worked on: one that failed may be sent again as it is. Throws `ALREADY_EXISTS` if it came twice at once. */
  async settle({ signature }: Report): Promise<void> {
    if (!(await this.files.hear(signature))) throw replayed();
  }
}

const replayed = (): ImError => new ImError('ALREADY_EXISTS', 'this report was heard before, and the file was made ready by it');
