import fc from 'fast-check';
import { Backoff } from './backoff';

describe('the wait before an attempt', () => {
  it('has a ceiling that doubles from 500 ms up to 30 s, and is anything below it', () => {
    const longest = new Backoff({}, () => 1);
    expect(Array.from({ length: 9 }, () => longest.next())).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    const shortest = new Backoff({}, () => 0);
    expect(Array.from({ length: 3 }, () => shortest.next())).toEqual([0, 0, 0]);
  });

  it('is short again after a reset', () => {
    const backoff = new Backoff({ baseMs: 10, capMs: 1_000 }, () => 1);
    for (let i = 0; i < 5; i++) backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(10);
  });

  it('stays between 0 and its cap, however often it failed', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const backoff = new Backoff({}, () => random);
        for (let i = 0; i < failures; i++) backoff.next();
        const wait = backoff.next();
        return wait >= 0 && wait <= 30_000;
      }),
    );
  });
});
