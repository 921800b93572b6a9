import * as fc from 'fast-check';
import { TokenBucket } from './token-bucket';

type Step = { readonly ms: number; readonly n: number };

const wholeLimit = fc.record({ perSecond: fc.integer({ min: 1, max: 5000 }), burst: fc.integer({ min: 1, max: 2000 }) });
const steps = fc.array(fc.record<Step>({ ms: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 5000 })), n: fc.integer({ min: 1, max: 40 }) }), {
  maxLength: 100,
});

/** The same bucket in plain words: every millisecond adds its share, one after the other, in exact whole thousandths. */
class Model {
  private thousandths: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.thousandths = burst * 1000;
  }

  tick(): void {
    this.thousandths = Math.min(this.burst * 1000, this.thousandths + this.perSecond);
  }

  has(n: number): boolean {
    return this.thousandths >= n * 1000;
  }

  take(n: number): void {
    this.thousandths -= n * 1000;
  }

  /** How many ticks until `n` are there, found by ticking. */
  waitFor(n: number): number {
    if (n > this.burst) return Infinity;
    const copy = new Model(this.perSecond, this.burst);
    copy.thousandths = this.thousandths;
    let ticks = 0;
    for (; !copy.has(n); ticks++) copy.tick();
    return ticks;
  }
}

describe('TokenBucket', () => {
  it('answers like its model, whatever is taken whenever', () => {
    fc.assert(
      fc.property(wholeLimit, steps, (limit, todo) => {
        let now = 123_456_789;
        const bucket = new TokenBucket(limit, () => now);
        const model = new Model(limit.perSecond, limit.burst);
        for (const { ms, n } of todo) {
          now += ms;
          for (let tick = 0; tick < ms; tick++) model.tick();
          expect(bucket.take(n)).toBe(model.waitFor(n));
          if (model.has(n)) model.take(n);
        }
      }),
    );
  });

  const anyDouble = { perSecond: fc.double({ min: 0.01, max: 5000, noNaN: true }), burst: fc.double({ min: 40, max: 2000, noNaN: true }) };
  // Sums of these are exact, so that nothing is owed to rounding.
  const sixtyFourths = (min: number, max: number) => fc.integer({ min: min * 64, max: max * 64 }).map((parts) => parts / 64);
  const exact = { perSecond: sixtyFourths(1, 5000), burst: sixtyFourths(40, 2000) };

  it.each([
    ['any fraction, at most the millisecond too long that rounding may cost', anyDouble, 2.5],
    ['fractions that a double holds, not a millisecond too long', exact, 1.5],
  ])('with any clock the wait it answers is enough and, for rates of %s', (_, limit, earlierMs) => {
    const rounding = [
      { ms: 97, n: 39 },
      { ms: 8, n: 27 },
      { ms: 4, n: 24 },
    ];
    fc.assert(
      fc.property(fc.record(limit), steps, fc.double({ min: 0, max: 1e9, noNaN: true }), (rate, todo, start) => {
        let now = start;
        const bucket = new TokenBucket(rate, () => now);
        for (const { ms, n } of todo) {
          now += ms / 7;
          const wait = bucket.take(n);
          if (wait === 0) continue;
          now += wait - earlierMs;
          if (wait > earlierMs + 0.5) expect(bucket.take(n)).toBeGreaterThan(0);
          // One more millisecond pays for the rounding of fractions.
          now += earlierMs + 1;
          expect(bucket.take(n)).toBe(0);
        }
      }),
      { examples: limit === anyDouble ? [[{ perSecond: 4999.999999999987, burst: 40.00000000000012 }, rounding, 0]] : [] },
    );
  });

  it('never lets through more than the burst and what has flowed in, even if the clock goes back', () => {
    const jump = fc.record({ ms: fc.integer({ min: -5000, max: 5000 }), n: fc.integer({ min: 1, max: 10 }) });
    fc.assert(
      fc.property(wholeLimit, fc.array(jump, { maxLength: 100 }), (limit, todo) => {
        let now = 1_000_000;
        let flowed = limit.burst * 1000;
        const bucket = new TokenBucket(limit, () => now);
        for (const { ms, n } of todo) {
          now += ms;
          flowed += Math.max(0, ms) * limit.perSecond;
          if (bucket.take(n) === 0) flowed -= n * 1000;
          expect(flowed).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('a clock that goes back takes nothing away and does not stop the filling', () => {
    let now = 10_000_000;
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, () => now);
    expect(bucket.take()).toBe(0);
    now -= 3_600_000;
    expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(100);
    now += 100;
    expect(bucket.take()).toBe(0);
  });

  it('more than the burst is never there, and costs nothing to ask', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, () => 0);
    expect(bucket.take(3)).toBe(Infinity);
    expect(bucket.take(2)).toBe(0);
  });

  it('a bucket that never fills gives its burst once', () => {
    let now = 0;
    const bucket = new TokenBucket({ perSecond: 0, burst: 1 }, () => now);
    expect(bucket.take()).toBe(0);
    now += 1e9;
    expect(bucket.take()).toBe(Infinity);
  });

  it('is full again when all it gave has flowed back or was given back', () => {
    let now = 0;
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, () => now);
    expect(bucket.full).toBe(true);
    bucket.take(2);
    bucket.giveBack();
    now = 999;
    expect(bucket.full).toBe(false);
    now = 1000;
    expect(bucket.full).toBe(true);
    bucket.giveBack();
    expect(bucket.take(3)).toBe(Infinity);
  });
});
