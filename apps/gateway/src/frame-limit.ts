import type { Config } from '@app/config';
import type { RateLimit } from '@app/rate-limit';

/** Frames that one connection may send: at least twice the sends that are allowed, or raising those would have no effect. */
export function frameLimitOf({ framesPerSecond, framesBurst, wsSendQPS, wsSendBurst }: Config): RateLimit {
  return { perSecond: Math.max(framesPerSecond, 2 * wsSendQPS), burst: Math.max(framesBurst, 2 * wsSendBurst) };
}
