import { randomUUID } from 'node:crypto';
import { type RateLimiter } from './rate-limiter';

/** A fresh limiter and a way to let its clock run: by hand, or by waiting where the clock is real. */
export interface RateLimiterUnderTest {
  readonly limiter: RateLimiter;
  pass(ms: number): Promise<void> | void;
}

/** What every `RateLimiter` does, as tests. The limits are slow enough that a real clock may run on between two calls. */
export function rateLimiterContract(name: string, make: () => Promise<RateLimiterUnderTest> | RateLimiterUnderTest): void {
  describe(`${name} as a RateLimiter`, () => {
    const limit = { perSecond: 2, burst: 3 };
    let limiter: RateLimiter;
    let pass: RateLimiterUnderTest['pass'];
    let key: string;

    beforeEach(async () => {
      const made = await make();
      limiter = made.limiter;
      pass = (ms) => made.pass(ms);
      // A store may be shared with other runs.
      key = randomUUID();
    });
    afterEach(() => limiter.close());

    async function empty(which: string): Promise<void> {
      expect(await limiter.take(which, limit, limit.burst)).toBe(0);
    }

    function expectWait(ms: number, atMost: number): void {
      expect(Number.isInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(1);
      expect(ms).toBeLessThanOrEqual(atMost);
    }

    it('a new key has its burst at once and then a wait', async () => {
      for (let taken = 0; taken < limit.burst; taken++) expect(await limiter.take(key, limit)).toBe(0);
      expectWait(await limiter.take(key, limit), 500);
    });

    it('after the wait it answered, the tokens are there', async () => {
      await empty(key);
      const wait = await limiter.take(key, limit);
      await pass(wait);
      expect(await limiter.take(key, limit)).toBe(0);
      expectWait(await limiter.take(key, limit), 500);
    });

    it('what is refused takes nothing', async () => {
      expect(await limiter.take(key, limit, 2)).toBe(0);
      expectWait(await limiter.take(key, limit, 3), 1000);
      expectWait(await limiter.take(key, limit, 2), 500);
      expect(await limiter.take(key, limit)).toBe(0);
    });

    it('never holds more than the burst, however long nobody came', async () => {
      await empty(key);
      await pass(2200);
      await empty(key);
      expectWait(await limiter.take(key, limit), 500);
    });

    it('more than the burst is never there', async () => {
      expect(await limiter.take(key, limit, limit.burst + 1)).toBe(Infinity);
      await empty(key);
    });

    it('keys do not share tokens', async () => {
      await empty(key);
      await empty(`${key}.other`);
    });

    it('what is given back can be taken again, up to the burst', async () => {
      await empty(key);
      await limiter.giveBack(key, limit);
      expect(await limiter.take(key, limit)).toBe(0);
      expectWait(await limiter.take(key, limit), 500);
      await limiter.giveBack(key, limit, 100);
      await empty(key);
      expectWait(await limiter.take(key, limit), 500);
    });

    it('giving back to a full bucket changes nothing', async () => {
      await limiter.giveBack(key, limit);
      await empty(key);
      expectWait(await limiter.take(key, limit), 500);
    });

    it('of several keys all are taken', async () => {
      const requests = [
        { key, limit, n: 2 },
        { key: `${key}.other`, limit },
      ];
      expect(await limiter.takeAll(requests)).toBe(0);
      expect(await limiter.take(key, limit)).toBe(0);
      expect(await limiter.take(`${key}.other`, limit, 2)).toBe(0);
      expectWait(await limiter.take(key, limit), 500);
      expectWait(await limiter.take(`${key}.other`, limit), 500);
    });

    it('of several keys none is taken when one is short, and the longest wait is answered', async () => {
      const slow = { perSecond: 0.01, burst: 1 };
      const requests = [
        { key: `${key}.first`, limit },
        { key, limit },
        { key: `${key}.slow`, limit: slow },
        { key: `${key}.last`, limit },
      ];
      await empty(key);
      expectWait(await limiter.takeAll(requests), 500);
      expect(await limiter.take(`${key}.slow`, slow)).toBe(0);
      const wait = await limiter.takeAll(requests);
      expectWait(wait, 100_000);
      expect(wait).toBeGreaterThan(50_000);
      await empty(`${key}.first`);
      await empty(`${key}.last`);
    });

    it('a key that is named twice pays twice', async () => {
      const request = { key, limit, n: 2 };
      expectWait(await limiter.takeAll([request, request]), 500);
      await empty(key);
    });

    it('of no keys all are taken', async () => {
      expect(await limiter.takeAll([])).toBe(0);
    });

    it('concurrent calls get no more than there is', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, async () => limiter.take(key, limit)));
      expect(answers.filter((wait) => wait === 0)).toHaveLength(limit.burst);
    });
  });
}
