import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { RateLimit } from './token-bucket';

/** What is asked of a client of ioredis, whether it speaks to one server or to a Cluster. */
export type ScriptClient = Pick<Redis, 'eval' | 'evalsha'>;

/** What a bucket in Redis answers. */
export interface BucketAnswer {
  /** As of `RateLimiter.take`. */
  readonly waitMs: number;
  /** Tokens that were taken beyond those that were wanted. */
  readonly ahead: number;
}

// The build copies it beside the compiled file (`assets` in nest-cli.json).
const script = readFileSync(join(__dirname, 'token-bucket.lua'), 'utf8');
const sha = createHash('sha1').update(script).digest('hex');

/**
 * Takes `wanted` tokens from the bucket of a key, or gives them back when it is below 0, and up to `ahead` more where there are plenty.
 * A server that does not have the script gets it with the call.
 */
export async function askBucket(
  client: ScriptClient,
  key: string,
  { perSecond, burst }: RateLimit,
  wanted: number,
  ahead = 0,
): Promise<BucketAnswer> {
  const args = [key, perSecond, burst, wanted, ahead];
  const answer = await client.evalsha(sha, 1, ...args).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(script, 1, ...args);
  });
  const [wait, taken] = answer as [number, number];
  return { waitMs: wait < 0 ? Infinity : wait, ahead: taken };
}
