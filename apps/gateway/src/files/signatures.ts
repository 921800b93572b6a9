import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import { CONFIG } from '../infra/config';

/** What a signature is for: to put the bytes of a file, or to get them as somebody. */
type Claim = readonly ['put', fileId: string, expires: number] | readonly ['get', fileId: string, userId: string, expires: number];

const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'parley file urls', 32));

/**
 * Signs the URLs of files, by a key that follows from `jwtSecret`: every gateway makes the same one. What a former secret signed is still
 * taken. Whether a claim has expired is for the caller to see.
 */
@Injectable()
export class Signatures {
  private readonly keys: readonly Buffer[];

  constructor(@Inject(CONFIG) { jwtSecret, jwtPreviousSecrets }: Config) {
    this.keys = [jwtSecret, ...jwtPreviousSecrets].map(keyOf);
  }

  /** The signature of a claim: 64 hexadecimal digits. */
  of(claim: Claim): string {
    return sign(this.keys[0] as Buffer, claim).toString('hex');
  }

  /** Whether this or another gateway signed the claim. */
  fits(claim: Claim, signature: string): boolean {
    const given = Buffer.from(signature, 'hex');
    return this.keys.some((key) => {
      const own = sign(key, claim);
      return own.length === given.length && timingSafeEqual(own, given);
    });
  }
}

// No part of a claim holds a line end.
const sign = (key: Buffer, claim: Claim): Buffer => createHmac('sha256', key).update(claim.join('\n')).digest();
