import { parseMetrics } from './prometheus';
import { pointOf, quantile, readingOf } from './readings';

const scrape = (at: number, sends: number, buckets: readonly number[], more = '') =>
  readingOf(
    parseMetrics(
      [
        'parley_connections 2',
        `parley_sends_total{type="text"} ${sends}`,
        'parley_sends_total{type="image"} 1',
        ...[0.01, 0.1, '+Inf'].map((le, index) => `parley_send_seconds_bucket{le="${le}"} ${buckets[index]}`),
        more,
      ].join('\n'),
    ),
    at,
  );

describe('two readings of the metrics', () => {
  it('make rates of counters, over all their labels', () => {
    const point = pointOf(scrape(3_000, 30, [0, 0, 0]), scrape(1_000, 10, [0, 0, 0]));
    expect(point).toMatchObject({ sends: 10, connections: 2, p50: null, p99: null });
  });

  it('make quantiles of what was observed in between, and of nothing before', () => {
    const { p50, p99 } = pointOf(scrape(3_000, 0, [110, 120, 120]), scrape(1_000, 0, [100, 110, 110]));
    expect(p50).toBeCloseTo(5);
    expect(p99).toBeCloseTo(9.9);
  });

  it('take a counter that is smaller than before for one that began anew', () => {
    const point = pointOf(scrape(3_000, 3, [1, 1, 1]), scrape(1_000, 90, [50, 60, 60]));
    expect(point.sends).toBe(2);
    expect(point.p50).toBeCloseTo(5);
  });

  it('tell repaired gaps from others', () => {
    const gaps = (yes: number, no: number) => `parley_hub_gaps_total{repaired="yes"} ${yes}\nparley_hub_gaps_total{repaired="no"} ${no}`;
    expect(pointOf(scrape(2_000, 0, [0, 0, 0], gaps(3, 1)), scrape(1_000, 0, [0, 0, 0], gaps(1, 1)))).toMatchObject({
      gapsRepaired: 2,
      gapsLeft: 0,
    });
  });

  it('tell no rates where there is one only', () => {
    expect(pointOf(scrape(1_000, 5, [0, 0, 0]), undefined)).toMatchObject({ sends: null, connections: 2 });
  });
});

describe('a quantile', () => {
  it('lies on a line within its bucket', () => {
    expect(
      quantile(
        [
          [1, 0],
          [2, 10],
          [Infinity, 10],
        ],
        0.5,
      ),
    ).toBe(1.5);
  });

  it('is the beginning of the bucket that has no end', () => {
    expect(
      quantile(
        [
          [1, 1],
          [2, 1],
          [Infinity, 100],
        ],
        0.99,
      ),
    ).toBe(2);
  });

  it('is none of nothing', () => {
    expect(quantile([], 0.5)).toBeNull();
    expect(
      quantile(
        [
          [1, 0],
          [Infinity, 0],
        ],
        0.5,
      ),
    ).toBeNull();
  });
});
