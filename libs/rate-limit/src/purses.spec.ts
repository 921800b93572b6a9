import fc from 'fast-check';
import { Purses } from './purses';

const limit = { perSecond: 1, burst: 100, lot: 10 };

describe('purses', () => {
  let purses: Purses;
  beforeEach(() => void (purses = new Purses()));

  it('expect nothing ahead for a key that comes once, and a lot when it comes again', () => {
    expect(purses.expect('key', limit)).toBe(0);
    purses.arrive('key', 0, 0);
    expect(purses.expect('key', limit)).toBe(10);
    purses.arrive('key', 10, 4);
    expect(purses.expect('key', limit)).toBe(6);
  });

  it('hold nothing for a limit without lots', () => {
    for (let i = 0; i < 2; i++) expect(purses.expect('key', { perSecond: 1, burst: 100 })).toBe(0);
    expect(purses.size).toBe(0);
    expect(purses.spend('key', 1)).toBe(false);
  });

  it('tell what is left of a key once nobody came between two sweeps, but not while something is on its way', () => {
    purses.expect('key', limit);
    purses.expect('key', limit);
    expect(purses.sweep()).toEqual([]);
    expect(purses.sweep()).toEqual([]);
    purses.arrive('key', 10, 10);
    expect(purses.spend('key', 3)).toBe(true);
    expect(purses.sweep()).toEqual([]);
    expect(purses.sweep()).toEqual([{ key: 'key', limit, tokens: 7 }]);
    expect([purses.size, purses.spend('key', 1)]).toEqual([0, false]);
  });

  it('never hold and expect more than a lot, and spend what arrived and no more', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const), answered: fc.nat(10) }),
      fc.record({ kind: fc.constant('spend' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('answer' as const) }),
      fc.record({ kind: fc.constant('sweep' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const model = new Purses();
        const asked: { ahead: number; answered: number }[] = [];
        let held = 0;
        for (const one of steps) {
          if (one.kind === 'ask') {
            const ahead = model.expect('key', limit);
            asked.push({ ahead, answered: Math.min(ahead, one.answered) });
          } else if (one.kind === 'spend') {
            const enough = held >= one.n;
            expect(model.spend('key', one.n)).toBe(enough);
            if (enough) held -= one.n;
          } else if (one.kind === 'sweep') {
            for (const { tokens } of model.sweep()) held -= tokens;
          } else {
            const next = asked.shift();
            if (!next) continue;
            model.arrive('key', next.ahead, next.answered);
            held += next.answered;
          }
          const coming = asked.reduce((sum, { ahead }) => sum + ahead, 0);
          expect(held).toBeGreaterThanOrEqual(0);
          expect(held + coming).toBeLessThanOrEqual(limit.lot);
        }
      }),
    );
  });
});
