import { InProcessRateLimiter } from './in-process.rate-limiter';
import { Purses } from './purses';
import type { RateLimiter, RateRequest } from './rate-limiter';
import type { LimiterConnector } from './redis-connector';
import { type LinkTimings, RedisLink } from './redis-link';
import type { RateLimit } from './token-bucket';
import { askBucket } from './token-bucket-script';

/** What a limiter over Redis works with. */
export interface RedisRateLimiterOptions {
  readonly connect: LimiterConnector;
  /** What the names of its keys begin with. */
  readonly prefix: string;
  /** Called for every decision that was made in this process alone because Redis did not answer. */
  readonly onFallback?: () => void;
  /** Why Redis cannot be asked; each reason once until it can be. */
  readonly onTrouble?: (error: Error) => void;
  readonly timings?: Partial<LinkTimings>;
}

const productionTimings: LinkTimings = { answerMs: 50, readyMs: 2_000, pauseMs: 1_000 };
const sweepMs = 1_000;
const leftoversAtOnce = 100;

/**
 * The `RateLimiter` of several processes on one Redis. Each bucket is one key, on the clock of Redis.
 *
 * A bucket in this process is asked first: it holds at least what the shared one holds, so that what it refuses would be refused, and
 * Redis decides only about those who may pass. While Redis cannot be asked, for at least a second after a failure, that bucket decides
 * alone. Nobody waits longer than 50 ms.
 *
 * Keys whose limit has a `lot` are taken ahead of need, and most takes are then answered at once. The price: beside its burst, a key may
 * pass one lot more for each process that takes from it; what is not used for a second or two is given back.
 *
 * `takeAll` asks each key by itself and gives back when one is short, because keys may live on different servers. Others may meanwhile be
 * refused for tokens that come back.
 */
export class RedisRateLimiter implements RateLimiter {
  private readonly local = new InProcessRateLimiter();
  private readonly purses = new Purses();
  private readonly link: RedisLink;
  private readonly sweeper: NodeJS.Timeout;
  private giving: Promise<void> = Promise.resolve();

  constructor(private readonly options: RedisRateLimiterOptions) {
    const { connect, timings, onTrouble = () => undefined } = options;
    this.link = new RedisLink({ connect, timings: { ...productionTimings, ...timings }, trouble: onTrouble });
    this.sweeper = setInterval(() => this.sweep(), sweepMs).unref();
  }

  take(key: string, limit: RateLimit, n = 1): Promise<number> | number {
    return this.takeAll([{ key, limit, n }]);
  }

  takeAll(requests: readonly RateRequest[]): Promise<number> | number {
    const waitMs = this.local.takeAll(requests);
    if (!this.link.up) this.options.onFallback?.();
    if (waitMs > 0 || !this.link.up) return waitMs;
    const spent = requests.map(({ key, n = 1 }) => this.purses.spend(key, n));
    return spent.includes(false) ? this.ask(requests, spent) : 0;
  }

  giveBack(key: string, limit: RateLimit, n = 1): Promise<void> | void {
    this.local.giveBack(key, limit, n);
    if (this.link.up) return this.giveToRedis(key, limit, n);
  }

  /** Gives back what was taken ahead, as far as Redis answers. */
  async close(): Promise<void> {
    clearInterval(this.sweeper);
    await this.giving;
    await this.giveLeftovers(true);
    await this.link.close();
    this.local.close();
  }

  /** Asks Redis about those whose tokens were not at hand. */
  private async ask(requests: readonly RateRequest[], spent: readonly boolean[]): Promise<number> {
    const waits = await Promise.all(requests.map(async (request, i) => (spent[i] ? 0 : this.askOne(request))));
    const longest = Math.max(...waits.map((wait) => wait ?? 0));
    if (longest > 0) await this.undo(requests, spent, waits);
    // This process's own buckets have decided.
    else if (waits.includes(undefined)) this.options.onFallback?.();
    return longest;
  }

  private async askOne({ key, limit, n = 1 }: RateRequest): Promise<number | undefined> {
    const ahead = this.purses.expect(key, limit);
    const answer = await this.link.ask((client) => askBucket(client, this.options.prefix + key, limit, n, ahead));
    this.purses.arrive(key, ahead, answer?.ahead ?? 0);
    return answer?.waitMs;
  }

  /** One was short: gives back what was taken for the others. */
  private async undo(requests: readonly RateRequest[], spent: readonly boolean[], waits: readonly (number | undefined)[]): Promise<void> {
    const given: Promise<void>[] = [];
    requests.forEach(({ key, limit, n = 1 }, i) => {
      const wait = waits[i];
      this.local.giveBack(key, limit, n);
      if (spent[i]) this.purses.putBack(key, n);
      else if (wait === 0) given.push(this.giveToRedis(key, limit, n));
      // Until then nobody here needs to ask again.
      else if (wait !== undefined) this.local.holdBack(key, limit, n, wait);
    });
    await Promise.all(given);
  }

  private async giveToRedis(key: string, limit: RateLimit, n: number): Promise<void> {
    await this.link.ask((client) => askBucket(client, this.options.prefix + key, limit, -n));
  }

  private sweep(): void {
    this.giving = this.giving.then(() => this.giveLeftovers());
  }

  /** A few at a time: many may fall silent in the same second. */
  private async giveLeftovers(all = false): Promise<void> {
    const leftovers = this.purses.sweep(all);
    for (let i = 0; i < leftovers.length; i += leftoversAtOnce) {
      const some = leftovers.slice(i, i + leftoversAtOnce);
      await Promise.all(some.map(({ key, limit, tokens }) => this.giveToRedis(key, limit, tokens)));
    }
  }
}
